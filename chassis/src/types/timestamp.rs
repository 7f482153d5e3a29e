use std::time::{Duration, UNIX_EPOCH};

use derive_more::Display;
use humantime::format_rfc3339_millis;
use serde::{Deserialize, Serialize, Serializer};
use uuid::{Builder, Uuid};

/// Milliseconds since 1970-01-01T00:00:00Z, as databases store them. Its text is RFC 3339, in UTC.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[display("{}", format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(_0.unsigned_abs())))]
#[serde(from = "i64")]
pub struct Timestamp(i64);

impl Timestamp {
    /// The end of 9999, the latest that RFC 3339 can express.
    pub const MAX: Self = Self(253_402_300_799_999);

    pub fn as_millis(self) -> i64 {
        self.0
    }

    pub fn after(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from(self.0.saturating_add(millis))
    }
}

/// Clamps a time before 1970 or after 9999, as from a broken clock, to the nearest one in between.
impl From<i64> for Timestamp {
    fn from(millis: i64) -> Self {
        Self(millis.clamp(0, Self::MAX.0))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A UUID of version 7 (RFC 9562 section 5.7).
pub fn uuid_v7(now: Timestamp, random: [u8; 16]) -> Uuid {
    let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, ..] = random;
    let random = [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9];
    Builder::from_unix_timestamp_millis(now.as_millis().unsigned_abs(), &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_rfc_3339_in_utc() {
        let moment = Timestamp::from(1_700_000_000_123);
        assert_eq!(serde_json::json!(moment), "2023-11-14T22:13:20.123Z");
        assert_eq!(serde_json::json!(Timestamp::MAX), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_broken_clock_gives_a_moment_that_can_be_told() {
        assert_eq!(Timestamp::from(-1).as_millis(), 0);
        assert_eq!(Timestamp::from(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.after(Duration::MAX), Timestamp::MAX);
    }

    #[test]
    fn a_later_uuid_is_greater_and_random_bytes_make_it_unique() {
        let id = |millis, random| uuid_v7(Timestamp::from(millis), [random; 16]);
        assert!(id(1_700_000_000_000, 255) < id(1_700_000_000_001, 0));
        assert_ne!(id(1, 1), id(1, 2));
        assert_eq!(id(1, 1).get_version_num(), 7);
    }
}
