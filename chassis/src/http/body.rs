use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use mediatype::MediaType;
use mediatype::names::{APPLICATION, JSON};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use super::Problem;

/// Longest request body, in bytes: a thousand times what a request needs, and small beside an instance's memory.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

const BODY: &str = "body";

/// How serde_json begins its error about a number that no `f64` can hold, which is JSON all the same.
const OUT_OF_RANGE: &str = "number out of range";

/// Whether the handler waits for the client to send the body, for the deadline.
#[derive(Clone, Default)]
pub(super) struct Receipt(Arc<AtomicBool>);

impl Receipt {
    pub(super) fn is_awaited(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// A JSON body as `T`, which should refuse unknown fields.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type());
        }
        // Refused before it is sent.
        if declared_length(request.headers()).is_some_and(|length| length > MAX_BODY_BYTES as u64) {
            return Err(Problem::body_too_large());
        }
        let Receipt(is_awaited) = request.extensions().get::<Receipt>().cloned().unwrap_or_default();
        is_awaited.store(true, Relaxed);
        let bytes = read(request.into_body()).await?;
        is_awaited.store(false, Relaxed);
        parse(&bytes).map(Self)
    }
}

/// `application/json` or a suffix `+json` (RFC 6839). Parameters are ignored, empty ones too (RFC 9110 section 5.6.6).
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type
        .and_then(|value| value.split(';').next())
        .and_then(|essence| MediaType::parse(essence.trim_matches([' ', '\t'])).ok())
        .is_some_and(|media| media.ty == APPLICATION && (media.subty == JSON || media.suffix == Some(JSON)))
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::body_too_large()),
        Err(_) => Err(Problem::malformed(BODY, "ended before its time")),
    }
}

/// Text that is no JSON is malformed; JSON of another shape than `T` is an invalid value.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        // serde would take an array for a struct, with the fields in their order.
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| refuse(BODY, &error))?;
        return Err(Problem::invalid_value(BODY, "must be an object, not an array"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().to_string();
        let field = if path == "." { missing_field(&message).unwrap_or(BODY) } else { &path };
        refuse(field, error.inner())
    })?;
    deserializer.end().map_err(|error| refuse(BODY, &error))?;
    Ok(value)
}

/// The path of a missing field is that of its parent; only serde's message has its name.
fn missing_field(message: &str) -> Option<&str> {
    Some(message.strip_prefix("missing field `")?.split_once('`')?.0)
}

fn refuse(field: &str, error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => Problem::invalid_value(field, error),
        Category::Syntax if error.to_string().starts_with(OUT_OF_RANGE) => Problem::invalid_value(field, error),
        Category::Syntax | Category::Eof | Category::Io => Problem::malformed(BODY, format!("is no JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use futures_util::FutureExt;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        count: i64,
        note: Option<String>,
    }

    #[test]
    fn a_body_of_the_limit_is_read_and_one_byte_more_is_not() {
        let read = |length| read(Body::from(vec![b' '; length])).now_or_never().unwrap();
        assert_eq!(read(MAX_BODY_BYTES).unwrap().len(), MAX_BODY_BYTES);
        assert_eq!(read(MAX_BODY_BYTES + 1), Err(Problem::body_too_large()));
    }

    #[test]
    fn json_is_known_by_its_media_type() {
        for (content_type, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/json;;charset=utf-8", true),
            ("application/json ; ; charset=utf-8;", true),
            ("application/json;", true),
            ("application/merge-patch+json;;", true),
            (";application/json", false),
            ("application/json, text/plain", false),
            ("application /json", false),
            ("application/merge-patch+json", true),
            ("text/json", false),
            ("application/xml", false),
            ("application/jsonx", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
            assert_eq!(is_json(&headers), expected, "{content_type:?}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn a_fitting_body_is_parsed() {
        assert_eq!(parse::<Sample>(br#" {"count": 1} "#).unwrap(), Sample { count: 1, note: None });
    }

    #[test]
    fn broken_json_is_malformed() {
        for body in ["", "{", r#"{"count": 1"#, r#"{"count": 1} x"#, r#"{"count": 01}"#, "[1", "\u{0}"] {
            let error = parse::<Sample>(body.as_bytes()).unwrap_err();
            assert_eq!(error.slug, "malformed-request", "{body:?}");
        }
    }

    #[test]
    fn json_of_another_shape_names_the_field() {
        for (body, field) in [
            (r#"{"count": "1"}"#, "count"),
            (r#"{"count": 1.5}"#, "count"),
            (r#"{"count": null}"#, "count"),
            (r#"{"count": 1e400}"#, "count"),
            (r#"{"count": 1, "note": -1e400}"#, "note"),
            ("1e400", "body"),
            (r#"{"count": 1, "extra": 2}"#, "extra"),
            ("{}", "count"),
            ("[]", "body"),
            (" [1]", "body"),
            (r#""x""#, "body"),
        ] {
            let error = parse::<Sample>(body.as_bytes()).unwrap_err();
            assert_eq!((error.slug, error.errors[0].field.as_str()), ("invalid-value", field), "{body}");
        }
    }
}
