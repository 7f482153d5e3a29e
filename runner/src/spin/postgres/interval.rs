//! INTERVAL values, for which the driver has no type.

use std::error::Error as StdError;

use bytes::{Buf as _, BufMut as _, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::bindings::Interval;

/// Microseconds, days and months, big-endian: `interval_send` in PostgreSQL's timestamp.c.
impl ToSql for Interval {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        out.put_i64(self.micros);
        out.put_i32(self.days);
        out.put_i32(self.months);
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::INTERVAL
    }

    to_sql_checked!();
}

impl FromSql<'_> for Interval {
    fn from_sql(_: &Type, mut raw: &[u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        let interval = Self { micros: raw.try_get_i64()?, days: raw.try_get_i32()?, months: raw.try_get_i32()? };
        if raw.has_remaining() {
            return Err("the interval is longer than expected".into());
        }
        Ok(interval)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::INTERVAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_has_one_length() {
        let interval = Interval { micros: -1, days: 2, months: i32::MIN };
        let mut raw = BytesMut::new();
        interval.to_sql(&Type::INTERVAL, &mut raw).unwrap();
        assert_eq!(Interval::from_sql(&Type::INTERVAL, &raw).unwrap(), interval);
        assert!(Interval::from_sql(&Type::INTERVAL, &raw[1..]).is_err());
        raw.put_u8(0);
        assert!(Interval::from_sql(&Type::INTERVAL, &raw).is_err());
    }
}
