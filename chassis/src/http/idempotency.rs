//! Idempotency keys (draft-ietf-httpapi-idempotency-key-header).

use axum::http::{HeaderMap, HeaderValue};

use super::Problem;
use super::headers::{IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, Repeated, single};
use crate::types::IdempotencyKey;

pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let name = IDEMPOTENCY_KEY;
    let value = single(headers, &name).map_err(|Repeated| Problem::malformed(name.as_str(), "is given twice"))?;
    let key = value.map(|value| IdempotencyKey::parse(value.to_str().unwrap_or_default())).transpose();
    key.map_err(|error| Problem::invalid_value(name.as_str(), error))
}

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
