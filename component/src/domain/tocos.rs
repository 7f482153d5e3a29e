use chassis::types::{InvalidValue, Revision};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::UserName;

/// An amount of tocos: 0 to [`Tocos::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "i64")]
pub struct Tocos(i64);

impl Tocos {
    /// 2^53 - 1: the largest integer that every JSON reader reads exactly (RFC 8259 section 6).
    pub const MAX: i64 = (1 << 53) - 1;

    pub const INVALID: InvalidValue = InvalidValue("must be an integer from 0 to 9007199254740991");

    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Tocos {
    type Error = InvalidValue;

    fn try_from(amount: i64) -> Result<Self, InvalidValue> {
        if (0..=Self::MAX).contains(&amount) { Ok(Self(amount)) } else { Err(Self::INVALID) }
    }
}

/// User with a balance.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Entry {
    /// Name of the user.
    pub user: UserName,
    /// Balance, in tocos.
    pub tocos: Tocos,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    pub entry: Entry,
    pub revision: Revision,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_on_both_sides() {
        assert_eq!(Tocos::try_from(0).unwrap().get(), 0);
        assert_eq!(Tocos::try_from(Tocos::MAX).unwrap().get(), 9_007_199_254_740_991);
        assert_eq!(Tocos::try_from(-1), Err(Tocos::INVALID));
        assert_eq!(Tocos::try_from(Tocos::MAX + 1), Err(Tocos::INVALID));
    }

    #[test]
    fn the_error_names_the_real_bound() {
        assert!(Tocos::INVALID.to_string().contains(&Tocos::MAX.to_string()));
    }
}
