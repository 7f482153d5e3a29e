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

/// Lets a request through when it carries one of the configured keys, or when the API is open on
/// purpose. Without a configured key nothing passes.
pub async fn authenticate(
    State(config): State<Arc<Config>>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    check(&config.auth, request.headers())?;
    Ok(next.run(request).await)
}

fn check(auth: &Auth, headers: &HeaderMap) -> Result<(), ApiError> {
    let keys = match auth {
        Auth::None => return Ok(()),
        Auth::ApiKey(keys) if keys.is_empty() => return Err(ApiError::NoApiKeyConfigured),
        Auth::ApiKey(keys) => keys,
    };
    let mut presented = headers.get_all(X_API_KEY).iter();
    match (presented.next(), presented.next()) {
        (Some(key), None) if keys.contains(key.as_bytes()) => Ok(()),
        _ => Err(ApiError::Unauthorized),
    }
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
            (&["one"][..], Ok(())),
            (&["two"], Ok(())),
            (&[], Err(ApiError::Unauthorized)),
            (&[""], Err(ApiError::Unauthorized)),
            (&["three"], Err(ApiError::Unauthorized)),
            (&["one,two"], Err(ApiError::Unauthorized)),
            (&["one", "two"], Err(ApiError::Unauthorized)),
        ] {
            assert_eq!(check(&auth, &headers(keys)), expected, "{keys:?}");
        }
    }

    #[test]
    fn without_a_configured_key_nothing_passes() {
        let auth = Auth::ApiKey(ApiKeys::parse(""));
        for keys in [&[][..], &[""], &["one"]] {
            assert_eq!(check(&auth, &headers(keys)), Err(ApiError::NoApiKeyConfigured));
        }
    }

    #[test]
    fn auth_none_lets_everybody_in() {
        assert_eq!(check(&Auth::None, &headers(&[])), Ok(()));
    }
}
