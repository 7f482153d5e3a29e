use chassis::types::{InvalidValue, Timestamp, uuid_v7};
use derive_more::{Deref, Display};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Tocos, UserName};

/// Transfer of tocos. It never changes, and remains after its users are deleted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[schema(examples(json!({
    "id": "018bcfe5-687b-7000-8000-000000000000", "from": "Sam", "to": "John", "amount": 1, "note": "lunch",
    "created_at": "2023-11-14T22:13:20.123Z",
})))]
pub struct Transfer {
    /// Later transfers have greater ids, within the precision of the clocks.
    pub id: TransferId,
    /// User who sent.
    pub from: UserName,
    /// User who received. Differs from `from`.
    pub to: UserName,
    /// Amount, in tocos.
    pub amount: Amount,
    /// Purpose, as the sender wrote it.
    #[schema(required = true)]
    pub note: Option<Note>,
    /// Time at which the API received the request.
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(Transfer),
    UnknownUser(UserName),
    /// The giver has less than the amount.
    NotEnough(UserName),
    /// The receiver would have more than [`Tocos::MAX`].
    TooMany(UserName),
}

/// A UUID of version 7 (RFC 9562), which sorts by time.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct TransferId(Uuid);

impl TransferId {
    pub fn new(now: Timestamp, random: [u8; 16]) -> Self {
        Self(uuid_v7(now, random))
    }

    /// Accepts only the form that the API shows: hyphenated, in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(Uuid::try_parse(text).ok()?);
        (id.to_string() == text).then_some(id)
    }
}

/// Amount of a transfer, in tocos: 1 to [`Tocos::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "i64")]
pub struct Amount(i64);

impl Amount {
    pub const INVALID: InvalidValue = InvalidValue("must be an integer from 1 to 9007199254740991");

    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Amount {
    type Error = InvalidValue;

    fn try_from(amount: i64) -> Result<Self, InvalidValue> {
        if (1..=Tocos::MAX).contains(&amount) { Ok(Self(amount)) } else { Err(Self::INVALID) }
    }
}

/// 0 to [`Note::MAX_LENGTH`] characters, none of them a control character.
#[derive(Clone, Debug, Deref, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct Note(String);

impl Note {
    /// In characters.
    pub const MAX_LENGTH: usize = 200;
    const INVALID: InvalidValue = InvalidValue("must be 200 characters at most, without control characters");
}

impl TryFrom<String> for Note {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        let is_valid = text.chars().count() <= Self::MAX_LENGTH && !text.chars().any(char::is_control);
        if is_valid { Ok(Self(text)) } else { Err(Self::INVALID) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_hold_their_bounds() {
        for amount in [1, Tocos::MAX] {
            assert_eq!(Amount::try_from(amount).unwrap().get(), amount);
        }
        for amount in [i64::MIN, -1, 0, Tocos::MAX + 1] {
            assert_eq!(Amount::try_from(amount), Err(Amount::INVALID), "{amount}");
        }
    }

    #[test]
    fn notes_hold_their_bounds() {
        let longest = "é".repeat(Note::MAX_LENGTH);
        for note in ["", "for \"lunch\"", longest.as_str()] {
            assert_eq!(Note::try_from(note.to_owned()).unwrap().as_str(), note);
        }
        for note in ["a\u{0}", "a\nb", (longest.clone() + "x").as_str()] {
            assert_eq!(Note::try_from(note.to_owned()), Err(Note::INVALID), "{note:?}");
        }
    }

    #[test]
    fn an_id_is_read_only_as_it_is_shown() {
        let shown = TransferId::new(Timestamp::from(1), [7; 16]).to_string();
        assert_eq!(TransferId::parse(&shown).unwrap().to_string(), shown);
        for text in ["", "1", &shown.to_uppercase().replace("07", "0A"), &shown.replace('-', "")] {
            assert_eq!(TransferId::parse(text), None, "{text}");
        }
    }
}
