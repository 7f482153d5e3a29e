//! Who may use the protected routes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;

use super::ApiError;
use crate::config::{Auth, Config};

/// The header that carries an API key.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Who sent a request, for what is kept apart by caller: the fingerprint of the key, or nothing
/// where everybody may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller(pub String);

/// Lets a request through when it carries one of the configured keys, or when the API is open on
/// purpose. Without a configured key nothing passes.
pub async fn authenticate(
    State(config): State<Arc<Config>>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let caller = identify(&config.auth, request.headers())?;
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).await;
    // For the log, which comes after.
    response.extensions_mut().insert(caller);
    Ok(response)
}

fn identify(auth: &Auth, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let keys = match auth {
        Auth::None => return Ok(Caller(String::new())),
        Auth::ApiKey(keys) if keys.is_empty() => return Err(ApiError::NoApiKeyConfigured),
        Auth::ApiKey(keys) => keys,
    };
    let mut presented = headers.get_all(X_API_KEY).iter();
    let known = match (presented.next(), presented.next()) {
        (None, _) => return Err(ApiError::NoApiKey),
        (Some(key), None) => keys.identify(key.as_bytes()),
        (Some(_), Some(_)) => None,
    };
    known.map(|fingerprint| Caller(fingerprint.as_str().to_owned())).ok_or(ApiError::UnknownApiKey)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::domain::ApiKeys;

    fn headers(keys: &[&'static str]) -> HeaderMap {
        keys.iter().map(|key| (X_API_KEY, HeaderValue::from_static(key))).collect()
    }

    #[test]
    fn exactly_one_known_key_passes() {
        let auth = Auth::ApiKey(ApiKeys::parse("one,two"));
        for (keys, expected) in [
            (&["one"][..], None),
            (&["two"], None),
            (&[], Some(ApiError::NoApiKey)),
            (&[""], Some(ApiError::UnknownApiKey)),
            (&["three"], Some(ApiError::UnknownApiKey)),
            (&["one,two"], Some(ApiError::UnknownApiKey)),
            (&["one", "two"], Some(ApiError::UnknownApiKey)),
        ] {
            assert_eq!(identify(&auth, &headers(keys)).err(), expected, "{keys:?}");
        }
    }

    #[test]
    fn callers_are_told_apart() {
        let auth = Auth::ApiKey(ApiKeys::parse("one,two"));
        assert_ne!(identify(&auth, &headers(&["one"])), identify(&auth, &headers(&["two"])));
    }

    #[test]
    fn without_a_configured_key_nothing_passes() {
        let auth = Auth::ApiKey(ApiKeys::parse(""));
        for keys in [&[][..], &[""], &["one"]] {
            assert_eq!(identify(&auth, &headers(keys)), Err(ApiError::NoApiKeyConfigured));
        }
    }

    #[test]
    fn auth_none_lets_everybody_in() {
        assert_eq!(identify(&Auth::None, &headers(&[])), Ok(Caller(String::new())));
    }
}
