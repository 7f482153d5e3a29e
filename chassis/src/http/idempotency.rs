//! The header `Idempotency-Key`, and what is said of a repeated request.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::Problem;
use crate::types::IdempotencyKey;

/// The request's header (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The answer's header, on an answer that was given before.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The key of a request, if it has one.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let key = IdempotencyKey::parse(value.to_str().unwrap_or_default());
            key.map(Some).map_err(|error| Problem::invalid_value(IDEMPOTENCY_KEY.as_str(), error))
        }
        (Some(_), Some(_)) => Err(Problem::malformed(IDEMPOTENCY_KEY.as_str(), "is given twice")),
    }
}

/// Marks an answer as one that was given before.
pub fn mark_as_replayed(headers: &mut HeaderMap) {
    headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&'static str]) -> Result<Option<String>, &'static str> {
        let headers = values.iter().map(|value| (IDEMPOTENCY_KEY, HeaderValue::from_static(value))).collect();
        let key = idempotency_key(&headers).map_err(|problem| problem.slug)?;
        Ok(key.map(|key| key.as_str().to_owned()))
    }

    #[test]
    fn a_request_has_one_key_or_none() {
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&["k-1"]), Ok(Some("k-1".into())));
        assert_eq!(key(&[""]), Err("invalid-value"));
        assert_eq!(key(&["a b"]), Err("invalid-value"));
        assert_eq!(key(&["a", "a"]), Err("malformed-request"));
    }
}
