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
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::Problem;

/// Maximum request body, in bytes: a thousand times what a request needs, and a small part of an instance's memory.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

const BODY: &str = "body";

/// Start of serde_json's error about a number that no `f64` can hold. Such a number is valid JSON.
const OUT_OF_RANGE: &str = "number out of range";

/// Whether the handler is waiting for the client to send the body: then the deadline causes a 408, else a 504.
#[derive(Clone, Default)]
pub(super) struct Receipt(pub(super) Arc<AtomicBool>);

/// A JSON body as `T`, which should refuse unknown fields.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type());
        }
        // Refuses the body before the client sends it.
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

/// `application/json` or `application/*+json` (RFC 6839). Ignores parameters, empty ones too (RFC 9110 section 5.6.6).
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type
        .and_then(|value| value.split(';').next())
        .and_then(|essence| MediaType::parse(essence.trim_matches([' ', '\t'])).ok())
        .is_some_and(|media| media.ty == APPLICATION && (media.subty == JSON || media.suffix == Some(JSON)))
}

pub(super) fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::body_too_large()),
        Err(_) => Err(Problem::malformed(BODY, "is incomplete")),
    }
}

/// Parses the body. Text that is not JSON is malformed; JSON that does not fit `T` is an invalid value.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        // serde would read an array as a struct, with the fields in order.
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

/// Returns the name of a missing field. serde's path is that of its parent, so only the message contains the name.
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

/// Number of digits of `i64::MAX`.
const MAX_DIGITS: usize = 19;

/// The integer of a JSON value, if it is one. `5.0` and `1e2` are integers too (JSON Schema, section 4.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer(Option<i64>);

impl Integer {
    pub fn get(self) -> Option<i64> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Integer {
    /// Accepts any JSON value, so that one place checks its type and its bounds.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|value| Self(integer(value.get())))
    }
}

/// Reads a JSON number (RFC 8259 section 6) by its digits: a float would round it.
fn integer(json: &str) -> Option<i64> {
    let (sign, number) = json.strip_prefix('-').map_or(("", json), |number| ("-", number));
    if !number.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    // No i64 has an exponent that exceeds 64 bits, or one that adds as many zeros as `i64::MAX` has digits.
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let places = i64::try_from(fraction.len()).ok()?;
    let exponent = exponent.parse::<i64>().ok()?.checked_add(zeros)?.checked_sub(places)?;
    let zeros = usize::try_from(exponent).ok().filter(|zeros| *zeros < MAX_DIGITS)?;
    format!("{sign}{significant}{}", "0".repeat(zeros)).parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use futures_util::FutureExt;

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

#[cfg(test)]
mod integer_tests {
    use super::*;

    fn read(json: &str) -> Option<i64> {
        serde_json::from_str::<Integer>(json).unwrap().get()
    }

    #[test]
    fn every_form_of_an_integer_is_one() {
        for (json, value) in [
            ("0", 0),
            ("-0", 0),
            ("-0.0e5", 0),
            ("0e99999999999999999999", 0),
            ("5", 5),
            ("5.0", 5),
            ("5.00e0", 5),
            ("0.5e1", 5),
            ("0.0005E+4", 5),
            ("500e-2", 5),
            ("1e2", 100),
            ("1.50E1", 15),
            ("-1e2", -100),
            ("9007199254740991.0", 9_007_199_254_740_991),
            ("9007199254740993.0", 9_007_199_254_740_993),
            ("9.007199254740993e15", 9_007_199_254_740_993),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808.0", i64::MIN),
            ("1e18", 1_000_000_000_000_000_000),
        ] {
            assert_eq!(read(json), Some(value), "{json}");
        }
        assert_eq!(read(&format!("5.{}", "0".repeat(60_000))), Some(5));
        assert_eq!(read(&format!("{}e-60000", "5".to_owned() + &"0".repeat(60_000))), Some(5));
    }

    #[test]
    fn nothing_is_rounded_to_an_integer() {
        for json in [
            "1.5",
            "1e-1",
            "1e-400",
            "-1e-99999999999999999999",
            "4503599627370496.5",
            "9007199254740990.5",
            "9007199254740991.00000000000000001",
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn what_has_no_64_bits_and_what_is_no_number_is_none() {
        for json in [
            "9223372036854775808",
            "-9223372036854775809",
            "1e19",
            "1e400",
            "-1e400",
            "1e99999999999999999999",
            "\"5\"",
            "\"-5\"",
            "null",
            "true",
            "[5]",
            "{}",
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn broken_numbers_are_no_json() {
        for json in ["01", "+1", "1.", ".5", "1e", "1e+", "--1", "-", "NaN", "0x1", "5 5"] {
            assert!(serde_json::from_str::<Integer>(json).is_err(), "{json}");
        }
    }
}
