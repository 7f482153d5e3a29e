//! The header `Idempotency-Key`, and what is said of a repeated request.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::{ApiError, FieldError};
use crate::domain::IdempotencyKey;

/// The request's header (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The answer's header, on an answer that was given before.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The key of a request, if it has one.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, ApiError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let key = IdempotencyKey::parse(value.to_str().unwrap_or_default());
            let refuse = |error| ApiError::InvalidValue(vec![FieldError::new(IDEMPOTENCY_KEY.as_str(), error)]);
            key.map(Some).map_err(refuse)
        }
        (Some(_), Some(_)) => Err(ApiError::Malformed(FieldError::new(IDEMPOTENCY_KEY.as_str(), "is given twice"))),
    }
}

/// Marks an answer as one that was given before.
pub fn mark_as_replayed(headers: &mut HeaderMap) {
    headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&'static str]) -> Result<Option<String>, ApiError> {
        let headers = values.iter().map(|value| (IDEMPOTENCY_KEY, HeaderValue::from_static(value))).collect();
        Ok(idempotency_key(&headers)?.map(|key| key.as_str().to_owned()))
    }

    #[test]
    fn a_request_has_one_key_or_none() {
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&["k-1"]), Ok(Some("k-1".into())));
        assert!(matches!(key(&[""]), Err(ApiError::InvalidValue(_))));
        assert!(matches!(key(&["a b"]), Err(ApiError::InvalidValue(_))));
        assert!(matches!(key(&["a", "a"]), Err(ApiError::Malformed(_))));
    }
}
