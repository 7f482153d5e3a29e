//! Notes: what they are, and the statements of both engines.

use std::fmt;

use chassis::ports::{Row, StoreError, System, Value};
use chassis::types::{Timestamp, uuid_v7};
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Engine, Store};

/// A note. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Note {
    pub id: NoteId,
    pub text: Text,
    /// When the request was taken.
    pub created_at: Timestamp,
}

/// The id of a note: a UUID of version 7 (RFC 9562), which sorts by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct NoteId(Uuid);

/// What a note says: 1 to [`Text::MAX_LENGTH`] characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(String);

/// The text is no [`Text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be 1 to 200 characters, without control characters")]
pub struct TextError;

chassis::row! {
    /// What the statements return, by column.
    struct NoteRow {
        id: String,
        text: String,
        created_at: i64,
    }
}

/// The statements of an engine. Their parameters are the same in both.
struct Statements {
    get: &'static str,
    list: &'static str,
    create: &'static str,
    delete: &'static str,
}

const SQLITE: Statements = Statements {
    get: "SELECT id, text, created_at FROM notes WHERE id = ?1",
    list: "SELECT json_group_array(json_array(id, text, created_at) ORDER BY id)
        FROM (SELECT * FROM notes WHERE id > ?1 ORDER BY id LIMIT ?2)",
    create: "INSERT INTO notes (id, text, created_at) VALUES (?1, ?2, ?3)",
    delete: "DELETE FROM notes WHERE id = ?1 RETURNING id",
};

const POSTGRES: Statements = Statements {
    get: "SELECT id::text, text, created_at FROM notes WHERE id = $1::text::uuid",
    list: "SELECT coalesce(json_agg(json_build_array(id, text, created_at) ORDER BY id), '[]')::text
        FROM (SELECT * FROM notes WHERE id > $1::text::uuid ORDER BY id LIMIT $2) AS page",
    create: "INSERT INTO notes (id, text, created_at) VALUES ($1::text::uuid, $2, $3)",
    delete: "DELETE FROM notes WHERE id = $1::text::uuid RETURNING id::text",
};

/// Comes before the id of every note.
const BEFORE_ALL_IDS: NoteId = NoteId(Uuid::nil());

impl Store {
    pub async fn get_note(&self, id: NoteId) -> Result<Option<Note>, StoreError> {
        let row = self.database.read("get_note", self.statements().get, vec![text(&id)]).await?;
        row.map(|row| row.read::<NoteRow>()?.try_into()).transpose()
    }

    /// At most `limit` notes after `after`, the oldest first.
    pub async fn list_notes(&self, after: Option<NoteId>, limit: u32) -> Result<Vec<Note>, StoreError> {
        let parameters = vec![text(&after.unwrap_or(BEFORE_ALL_IDS)), Value::Integer(limit.into())];
        let page = self.database.read("list_notes", self.statements().list, parameters).await?;
        Row::page::<NoteRow>(page)?.into_iter().map(Note::try_from).collect()
    }

    pub async fn create_note(&self, note: &Note) -> Result<(), StoreError> {
        let parameters = vec![text(&note.id), text(&note.text.0), Value::Integer(note.created_at.as_millis())];
        self.database.write("create_note", self.statements().create, parameters).await.map(drop)
    }

    /// Returns `false` if there is no such note.
    pub async fn delete_note(&self, id: NoteId) -> Result<bool, StoreError> {
        let row = self.database.write("delete_note", self.statements().delete, vec![text(&id)]).await?;
        Ok(row.is_some())
    }

    fn statements(&self) -> &'static Statements {
        match self.engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        }
    }
}

impl Note {
    /// A note of this moment.
    pub fn new(text: Text, system: &dyn System) -> Self {
        let created_at = Timestamp::from_system_time(system.now());
        Self { id: NoteId(uuid_v7(created_at, system.random())), text, created_at }
    }
}

impl NoteId {
    /// Reads an id as it is shown: hyphenated, in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(Uuid::try_parse(text).ok()?);
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for NoteId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

impl Text {
    /// In characters: two lines of text.
    pub const MAX_LENGTH: usize = 200;

    /// Takes a text that is in bounds.
    pub fn parse(text: String) -> Result<Self, TextError> {
        let is_in_bounds = (1..=Self::MAX_LENGTH).contains(&text.chars().count());
        if is_in_bounds && !text.chars().any(char::is_control) { Ok(Self(text)) } else { Err(TextError) }
    }
}

impl TryFrom<NoteRow> for Note {
    type Error = StoreError;

    fn try_from(NoteRow { id, text, created_at }: NoteRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: NoteId::parse(&id).ok_or_else(|| StoreError::unexpected("no id"))?,
            text: Text::parse(text).map_err(StoreError::unexpected)?,
            created_at: Timestamp::from_millis(created_at),
        })
    }
}

fn text(value: &impl ToString) -> Value {
    Value::Text(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_hold_their_bounds() {
        let longest = "é".repeat(Text::MAX_LENGTH);
        for text in ["a", "\"quoted\"", &longest] {
            assert_eq!(Text::parse(text.to_owned()).unwrap().0, text);
        }
        for text in ["", "a\nb", &format!("{longest}x")] {
            assert_eq!(Text::parse(text.to_owned()), Err(TextError), "{text:?}");
        }
    }

    #[test]
    fn an_id_is_read_only_as_it_is_shown() {
        let shown = "018bcfe5-687b-7000-8000-00000000000a";
        assert_eq!(NoteId::parse(shown).unwrap().to_string(), shown);
        for text in ["", "1", &shown.to_uppercase(), &shown.replace('-', "")] {
            assert_eq!(NoteId::parse(text), None, "{text}");
        }
    }
}
