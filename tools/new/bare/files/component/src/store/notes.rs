//! Notes, and the statements of both engines.

use chassis::ports::{Row, StoreError, System};
use chassis::types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Engine, Store};
use crate::values::{Id, Text};

/// A note, with a field for each column of the statements. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Note {
    pub id: Id,
    pub text: Text,
    /// Time at which the API received the request.
    pub created_at: Timestamp,
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

impl Store {
    pub async fn get_note(&self, id: Id) -> Result<Option<Note>, StoreError> {
        let parameters = vec![id.to_string().into()];
        let row = self.database.read("get_note", statements(self).get, parameters).await?;
        row.map(Row::read).transpose()
    }

    /// Returns at most `limit` notes after `after`, the oldest first.
    pub async fn list_notes(&self, after: Option<Id>, limit: u32) -> Result<Vec<Note>, StoreError> {
        let after = after.unwrap_or(Id::FIRST).to_string();
        let parameters = vec![after.into(), limit.into()];
        self.database.read("list_notes", statements(self).list, parameters).await.and_then(Row::page)
    }

    pub async fn create_note(&self, note: &Note) -> Result<(), StoreError> {
        let Note { id, text, created_at } = note;
        let parameters = vec![id.to_string().into(), text.as_str().into(), created_at.as_millis().into()];
        self.database.write("create_note", statements(self).create, parameters).await.map(drop)
    }

    /// Returns `false` if there is no such note.
    pub async fn delete_note(&self, id: Id) -> Result<bool, StoreError> {
        let parameters = vec![id.to_string().into()];
        let row = self.database.write("delete_note", statements(self).delete, parameters).await?;
        Ok(row.is_some())
    }
}

fn statements(store: &Store) -> &'static Statements {
    match store.engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

impl Note {
    /// Returns a note that is created now.
    pub fn new(text: Text, system: &dyn System) -> Self {
        Self { id: Id::new(system), text, created_at: system.now() }
    }
}
