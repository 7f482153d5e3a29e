//! NUMERIC values.

use std::error::Error as StdError;
use std::fmt;

use bytes::BytesMut;
use postgres_range::{BoundSided, Normalizable, RangeBound};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::error::chain;

/// Position of the weight in the wire format: `numeric_send` in PostgreSQL's numeric.c.
const WEIGHT: std::ops::Range<usize> = 2..4;

/// Maximum number of groups of four digits before the decimal point of a [`rust_decimal::Decimal`], beside the first.
const MAX_WEIGHT: i16 = 7;

/// A decimal number of at most 96 bits, as in Spin: any 28 digits fit. Keeps its scale.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Decimal(rust_decimal::Decimal);

impl Decimal {
    /// # Errors
    ///
    /// The text is not a decimal number, or has too many digits.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let decimal = rust_decimal::Decimal::from_str_exact(text);
        decimal.map(Self).map_err(|error| format!("invalid decimal {text}: {}", chain(&error)))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ToSql for Decimal {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.0.to_sql(kind, out)
    }

    fn accepts(kind: &Type) -> bool {
        <rust_decimal::Decimal as ToSql>::accepts(kind)
    }

    to_sql_checked!();
}

impl FromSql<'_> for Decimal {
    fn from_sql(kind: &Type, raw: &[u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        // The conversion below panics for some numbers that are too large.
        let weight = raw.get(WEIGHT).and_then(|bytes| bytes.try_into().ok()).map(i16::from_be_bytes);
        if weight.is_none_or(|weight| weight > MAX_WEIGHT) {
            return Err("the number is too large".into());
        }
        rust_decimal::Decimal::from_sql(kind, raw).map(Self)
    }

    fn accepts(kind: &Type) -> bool {
        <rust_decimal::Decimal as FromSql>::accepts(kind)
    }
}

impl Normalizable for Decimal {
    fn normalize<S: BoundSided>(bound: RangeBound<S, Self>) -> RangeBound<S, Self> {
        bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(weight: i16, groups: &[u16]) -> Result<String, String> {
        let mut raw = u16::try_from(groups.len()).unwrap().to_be_bytes().to_vec();
        raw.extend(weight.to_be_bytes());
        raw.extend([0; 4]);
        raw.extend(groups.iter().flat_map(|group| group.to_be_bytes()));
        let decimal = Decimal::from_sql(&Type::NUMERIC, &raw);
        decimal.map(|decimal| decimal.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_of_every_size_are_read_or_refused() {
        assert_eq!(read(0, &[42]).unwrap(), "42");
        assert_eq!(read(7, &[7]).unwrap(), format!("7{}", "0".repeat(28)));
        assert!(read(7, &[8]).is_err());
        for weight in [8, 9, 10, 100, i16::MAX] {
            assert_eq!(read(weight, &[1]), Err("the number is too large".to_owned()), "{weight}");
        }
        assert_eq!(read(i16::MIN, &[1]).unwrap(), "0");
        assert!(Decimal::from_sql(&Type::NUMERIC, &[0, 1]).is_err());
    }
}
