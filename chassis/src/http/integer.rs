//! Integers in JSON, read exactly.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Of `i64::MAX`.
const MAX_DIGITS: usize = 19;

/// A JSON value as the integer that it is, if any: `5.0` and `1e2` are integers too (JSON Schema, section 4.2.3).
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
    // An exponent too long for 64 bits is out of every bound; so is one of more zeros than an i64 has digits.
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let places = i64::try_from(fraction.len()).ok()?;
    let exponent = exponent.parse::<i64>().ok()?.checked_add(zeros)?.checked_sub(places)?;
    let zeros = usize::try_from(exponent).ok().filter(|zeros| *zeros < MAX_DIGITS)?;
    format!("{sign}{significant}{}", "0".repeat(zeros)).parse().ok()
}

#[cfg(test)]
mod tests {
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
