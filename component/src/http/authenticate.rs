//! Who asks for the protected routes.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, header};

use super::challenge::Accepted;
use super::{ApiError, Caller, Identity};
use crate::config::Auth;
use crate::domain::{ApiKeys, KeyHolder, Scopes};
use crate::ports::{Claims, System, TokenError, Tokens};

/// The header that carries an API key.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Knows callers by what they send.
pub struct Authenticator {
    /// What they may send.
    pub auth: Auth,
    /// Checks tokens, where those are accepted.
    pub tokens: Option<Arc<dyn Tokens>>,
    /// When tokens are good.
    pub system: Arc<dyn System>,
}

impl Authenticator {
    /// Whether callers need a credential.
    pub(super) fn is_required(&self) -> bool {
        !matches!(self.auth, Auth::None)
    }

    /// Who sent a request with these headers: somebody with one credential that is known, or anybody when the
    /// API is open on purpose. Without a configured key nobody is known.
    pub(super) async fn identify(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        let Auth::Required { api_keys, jwt } = &self.auth else {
            return Ok(Caller { identity: Identity::Anyone, scopes: Scopes::ALL });
        };
        let accepted = Accepted { api_key: api_keys.is_some(), token: jwt.is_some() };
        let single = |name| single(headers, &name).map_err(|ManyLines| ApiError::ManyCredentials(accepted));
        // A header that is not accepted says nothing, however often it is there.
        let key = match api_keys {
            Some(keys) => single(X_API_KEY)?.map(|key| (keys, key)),
            None => None,
        };
        let token = match jwt {
            Some(_) => single(header::AUTHORIZATION)?.and_then(bearer),
            None => None,
        };
        match (key, token) {
            (Some(_), Some(_)) => Err(ApiError::ManyCredentials(accepted)),
            (Some((keys, key)), None) => by_key(keys, key),
            (None, Some(token)) => self.by_token(token).await,
            (None, None) => {
                let is_unconfigured = jwt.is_none() && api_keys.as_ref().is_none_or(ApiKeys::is_empty);
                Err(if is_unconfigured { ApiError::NoApiKeyConfigured } else { ApiError::NoCredential(accepted) })
            }
        }
    }

    async fn by_token(&self, token: &[u8]) -> Result<Caller, ApiError> {
        let Some(tokens) = &self.tokens else {
            return Err(ApiError::Internal("tokens are accepted, but nobody checks them".into()));
        };
        let token = std::str::from_utf8(token).map_err(|_| ApiError::InvalidToken(TokenError::Malformed))?;
        match tokens.verify(token, self.system.now()).await {
            Ok(Claims { issuer, subject, scopes }) => {
                Ok(Caller { identity: Identity::Token { issuer, subject }, scopes })
            }
            Err(error) => Err(ApiError::InvalidToken(error)),
        }
    }
}

fn by_key(keys: &ApiKeys, key: &[u8]) -> Result<Caller, ApiError> {
    if keys.is_empty() {
        return Err(ApiError::NoApiKeyConfigured);
    }
    let holder = keys.identify(key).ok_or(ApiError::UnknownApiKey)?;
    let KeyHolder { fingerprint, name, scopes } = holder.clone();
    Ok(Caller { identity: Identity::Key { name, fingerprint }, scopes })
}

/// A header is there twice that is no list (RFC 9110 section 5.3).
struct ManyLines;

/// The value of a header that may be there once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a [u8]>, ManyLines> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(|value| value.as_bytes())),
        (_, Some(_)) => Err(ManyLines),
    }
}

/// The token of `Authorization: Bearer <token>`; the scheme's case does not matter (RFC 9110 section 11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(b"bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii_start())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use futures_util::FutureExt;

    use super::*;
    use crate::config::{JwtKeys, JwtSettings};

    struct NoSystem;

    #[async_trait::async_trait]
    impl System for NoSystem {
        fn now(&self) -> std::time::SystemTime {
            std::time::UNIX_EPOCH
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

    fn identify(auth: Auth, headers: &[(HeaderName, &'static str)]) -> Result<Caller, ApiError> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        let authenticator = Authenticator { auth, tokens: None, system: Arc::new(NoSystem) };
        authenticator.identify(&headers).now_or_never().unwrap()
    }

    fn by_keys(list: &str) -> Auth {
        Auth::Required { api_keys: Some(ApiKeys::parse(list, true).unwrap()), jwt: None }
    }

    fn keys(keys: &[&'static str]) -> Vec<(HeaderName, &'static str)> {
        keys.iter().map(|key| (X_API_KEY, *key)).collect()
    }

    #[test]
    fn exactly_one_known_key_passes() {
        let missing = ApiError::NoCredential(Accepted { api_key: true, token: false });
        for (sent, expected) in [
            (&["one"][..], None),
            (&["two"], None),
            (&[], Some(missing)),
            (&[""], Some(ApiError::UnknownApiKey)),
            (&["three"], Some(ApiError::UnknownApiKey)),
            (&["one,two"], Some(ApiError::UnknownApiKey)),
            (&["one", "two"], Some(ApiError::ManyCredentials(Accepted { api_key: true, token: false }))),
        ] {
            assert_eq!(identify(by_keys("one,two"), &keys(sent)).err(), expected, "{sent:?}");
        }
    }

    #[test]
    fn a_header_that_is_accepted_is_there_once() {
        let jwt = JwtSettings { issuer: "i".into(), audience: "a".into(), keys: JwtKeys::Url(String::new()) };
        let keys = ApiKeys::parse("one", true).unwrap();
        let both = Auth::Required { api_keys: Some(keys), jwt: Some(jwt.clone()) };
        let by_token = Auth::Required { api_keys: None, jwt: Some(jwt) };
        let (key, token) = ((X_API_KEY, "one"), (header::AUTHORIZATION, "Bearer x"));
        let twice = |field: &(HeaderName, &'static str)| [field.clone(), field.clone()];
        let many = |api_key, token| Err(ApiError::ManyCredentials(Accepted { api_key, token }));
        for headers in [twice(&key), twice(&token), [key.clone(), token.clone()]] {
            assert_eq!(identify(both.clone(), &headers), many(true, true), "{headers:?}");
        }
        assert_eq!(identify(by_token.clone(), &twice(&token)), many(false, true));
        let missing = |api_key, token| Err(ApiError::NoCredential(Accepted { api_key, token }));
        assert_eq!(identify(by_token, &twice(&key)), missing(false, true));
        assert_eq!(identify(by_keys("one"), &twice(&token)), missing(true, false));
    }

    #[test]
    fn callers_are_told_apart() {
        let id = |key| identify(by_keys("one,two"), &keys(&[key])).unwrap().identity.id();
        assert_ne!(id("one"), id("two"));
    }

    #[test]
    fn without_a_configured_key_nothing_passes() {
        for sent in [&[][..], &[""], &["one"]] {
            assert_eq!(identify(by_keys(""), &keys(sent)), Err(ApiError::NoApiKeyConfigured));
        }
    }

    #[test]
    fn auth_none_lets_everybody_in() {
        let caller = identify(Auth::None, &[]).unwrap();
        assert_eq!((caller.identity, caller.scopes), (Identity::Anyone, Scopes::ALL));
    }

    #[test]
    fn a_token_is_no_credential_where_keys_are() {
        let token = [(header::AUTHORIZATION, "Bearer x")];
        let missing = ApiError::NoCredential(Accepted { api_key: true, token: false });
        assert_eq!(identify(by_keys("one"), &token), Err(missing));
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
