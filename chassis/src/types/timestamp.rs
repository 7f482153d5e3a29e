//! A moment, as precise as the API tells it.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

/// Milliseconds since 1970-01-01T00:00:00Z. As text and in JSON it is RFC 3339, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last moment that RFC 3339 can write: the end of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// A moment of the wall clock. One before 1970 or after [`Timestamp::MAX`] is a broken clock,
    /// and becomes the nearest moment that can be told.
    pub fn from_system_time(time: SystemTime) -> Self {
        let millis = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        i64::try_from(millis).map_or(Self::MAX, Self::from_millis)
    }

    /// A moment in milliseconds, as a store keeps it.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, Self::MAX.0))
    }

    /// The moment in milliseconds.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// The moment that comes `duration` later.
    pub fn after(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_add(millis))
    }
}

impl Display for Timestamp {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let millis = Duration::from_millis(self.0.unsigned_abs());
        humantime::format_rfc3339_millis(UNIX_EPOCH + millis).fmt(formatter)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_rfc_3339_in_utc() {
        let moment = Timestamp::from_millis(1_700_000_000_123);
        assert_eq!(serde_json::json!(moment), "2023-11-14T22:13:20.123Z");
        assert_eq!(serde_json::json!(Timestamp::MAX), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_broken_clock_gives_a_moment_that_can_be_told() {
        assert_eq!(Timestamp::from_system_time(UNIX_EPOCH - Duration::from_secs(1)).as_millis(), 0);
        assert_eq!(Timestamp::from_millis(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.after(Duration::MAX), Timestamp::MAX);
    }
}
