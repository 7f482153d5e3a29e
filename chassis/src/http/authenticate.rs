use std::sync::Arc;

use axum::http::{HeaderMap, header};

use super::Problem;
use super::headers::{Repeated, X_API_KEY, single};
use crate::config::AuthMethods;
use crate::ports::{Claims, System, TokenError, Tokens};
use crate::types::{ApiKeys, Caller, Identity, Scopes};

pub enum Authenticator {
    /// `auth = "none"`: every caller has these scopes.
    Open(Scopes),
    Required {
        api_keys: Option<ApiKeys>,
        tokens: Option<Arc<dyn Tokens>>,
        system: Arc<dyn System>,
    },
}

impl Authenticator {
    pub(super) fn is_required(&self) -> bool {
        matches!(self, Self::Required { .. })
    }

    pub(super) async fn identify(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let (api_keys, tokens, system) = match self {
            Self::Open(scopes) => return Ok(Caller { identity: Identity::Anyone, scopes: scopes.clone() }),
            Self::Required { api_keys, tokens, system } => (api_keys, tokens, system),
        };
        let methods = AuthMethods { api_keys: api_keys.is_some(), tokens: tokens.is_some() };
        // Headers of other methods are ignored, even if they are repeated.
        let credential = |name, is_accepted: bool| match single(headers, &name) {
            _ if !is_accepted => Ok(None),
            Ok(value) => Ok(value.map(|value| value.as_bytes())),
            Err(Repeated) => Err(Problem::many_credentials(methods)),
        };
        let key = api_keys.as_ref().zip(credential(X_API_KEY, methods.api_keys)?);
        let token = tokens.as_ref().zip(credential(header::AUTHORIZATION, methods.tokens)?.and_then(bearer));
        match (key, token) {
            (Some(_), Some(_)) => Err(Problem::many_credentials(methods)),
            (Some((keys, _)), None) if keys.is_empty() => Err(Problem::no_api_key_configured()),
            (Some((keys, key)), None) => keys.identify(key).cloned().ok_or_else(Problem::unknown_api_key),
            (None, Some((tokens, token))) => by_token(&**tokens, token, &**system).await,
            (None, None) if tokens.is_none() && api_keys.as_ref().is_none_or(ApiKeys::is_empty) => {
                Err(Problem::no_api_key_configured())
            }
            (None, None) => Err(Problem::no_credential(methods)),
        }
    }
}

async fn by_token(tokens: &dyn Tokens, token: &[u8], system: &dyn System) -> Result<Caller, Problem> {
    let token = std::str::from_utf8(token).map_err(|_| Problem::invalid_token(&TokenError::Malformed))?;
    let verified = tokens.verify(token, system.now()).await;
    let Claims { issuer, subject, scopes } = verified.map_err(|error| Problem::invalid_token(&error))?;
    Ok(Caller { identity: Identity::Token { issuer, subject }, scopes })
}

/// Returns the token of `Authorization: Bearer <token>`; the scheme ignores case (RFC 9110 section 11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(b"bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii_start())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};
    use futures_util::FutureExt;

    use super::*;

    struct NoSystem;

    #[async_trait::async_trait]
    impl System for NoSystem {
        fn now(&self) -> crate::types::Timestamp {
            crate::types::Timestamp::from(0)
        }
        fn elapsed(&self) -> std::time::Duration {
            std::time::Duration::ZERO
        }
        fn random(&self) -> [u8; 16] {
            [0; 16]
        }
        fn write_stderr(&self, _: &str) {}
        async fn sleep(&self, _: std::time::Duration) {}
        fn spawn(&self, _: futures_util::future::BoxFuture<'static, ()>) {}
    }

    struct NoToken;

    #[async_trait::async_trait]
    impl Tokens for NoToken {
        async fn verify(&self, _: &str, _: crate::types::Timestamp) -> Result<Claims, TokenError> {
            Err(TokenError::Malformed)
        }
    }

    fn identify(authenticator: &Authenticator, headers: &[(HeaderName, &'static str)]) -> Result<Caller, Problem> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        authenticator.identify(&headers).now_or_never().unwrap()
    }

    fn accepting(api_keys: Option<&str>, tokens: bool) -> Authenticator {
        let api_keys = api_keys.map(|list| ApiKeys::parse(list, &[], true).unwrap());
        let tokens = tokens.then(|| -> Arc<dyn Tokens> { Arc::new(NoToken) });
        Authenticator::Required { api_keys, tokens, system: Arc::new(NoSystem) }
    }

    fn by_keys(list: &str) -> Authenticator {
        accepting(Some(list), false)
    }

    fn keys(keys: &[&'static str]) -> Vec<(HeaderName, &'static str)> {
        keys.iter().map(|key| (X_API_KEY, *key)).collect()
    }

    #[test]
    fn exactly_one_known_key_passes() {
        let missing = Problem::no_credential(AuthMethods { api_keys: true, tokens: false });
        for (sent, expected) in [
            (&["one"][..], None),
            (&["two"], None),
            (&[], Some(missing)),
            (&[""], Some(Problem::unknown_api_key())),
            (&["three"], Some(Problem::unknown_api_key())),
            (&["one,two"], Some(Problem::unknown_api_key())),
            (&["one", "two"], Some(Problem::many_credentials(AuthMethods { api_keys: true, tokens: false }))),
        ] {
            assert_eq!(identify(&by_keys("one,two"), &keys(sent)).err(), expected, "{sent:?}");
        }
    }

    #[test]
    fn a_header_that_is_accepted_is_there_once() {
        let (both, by_token) = (accepting(Some("one"), true), accepting(None, true));
        let (key, token) = ((X_API_KEY, "one"), (header::AUTHORIZATION, "Bearer x"));
        let twice = |field: &(HeaderName, &'static str)| [field.clone(), field.clone()];
        let many = |api_keys, tokens| Err(Problem::many_credentials(AuthMethods { api_keys, tokens }));
        for headers in [twice(&key), twice(&token), [key.clone(), token.clone()]] {
            assert_eq!(identify(&both, &headers), many(true, true), "{headers:?}");
        }
        assert_eq!(identify(&by_token, &twice(&token)), many(false, true));
        let missing = |api_keys, tokens| Err(Problem::no_credential(AuthMethods { api_keys, tokens }));
        assert_eq!(identify(&by_token, &twice(&key)), missing(false, true));
        assert_eq!(identify(&by_keys("one"), &twice(&token)), missing(true, false));
    }

    #[test]
    fn callers_are_told_apart() {
        let id = |key| identify(&by_keys("one,two"), &keys(&[key])).unwrap().identity.id();
        assert_ne!(id("one"), id("two"));
    }

    #[test]
    fn without_a_configured_key_nothing_passes() {
        for sent in [&[][..], &[""], &["one"]] {
            assert_eq!(identify(&by_keys(""), &keys(sent)), Err(Problem::no_api_key_configured()));
        }
    }

    #[test]
    fn auth_none_lets_everybody_in() {
        let caller = identify(&Authenticator::Open(Scopes::all(&[])), &[]).unwrap();
        assert_eq!((caller.identity, caller.scopes), (Identity::Anyone, Scopes::all(&[])));
    }

    #[test]
    fn a_token_is_no_credential_where_keys_are() {
        let token = [(header::AUTHORIZATION, "Bearer x")];
        let missing = Problem::no_credential(AuthMethods { api_keys: true, tokens: false });
        assert_eq!(identify(&by_keys("one"), &token), Err(missing));
    }

    #[test]
    fn bearer_tokens_are_known_by_their_scheme() {
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc", Some("abc")),
            ("BEARER abc", Some("abc")),
            ("Bearer", None),
            ("Basic abc", None),
            ("Bearerabc", None),
            ("", None),
        ] {
            assert_eq!(bearer(value.as_bytes()), expected.map(str::as_bytes), "{value:?}");
        }
    }
}
