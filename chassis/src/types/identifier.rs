//! Identifiers that sort by time.

use uuid::{Builder, Uuid};

use super::Timestamp;

/// A UUID of version 7 (RFC 9562 section 5.7) of the moment `now`, made unique by `random`.
pub fn uuid_v7(now: Timestamp, random: [u8; 16]) -> Uuid {
    let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, ..] = random;
    let random = [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9];
    Builder::from_unix_timestamp_millis(now.as_millis().unsigned_abs(), &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ones_are_greater_and_random_ones_differ() {
        let id = |millis, random| uuid_v7(Timestamp::from_millis(millis), [random; 16]);
        assert!(id(1_700_000_000_000, 255) < id(1_700_000_000_001, 0));
        assert_ne!(id(1, 1), id(1, 2));
        assert_eq!(id(1, 1).get_version_num(), 7);
    }
}
