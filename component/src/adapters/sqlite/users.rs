//! The statements on users, as SQLite understands them.

use async_trait::async_trait;
use spin_sdk::sqlite::Value;

use super::store::{SqliteStore, text};
use crate::adapters::columns::{Columns, entry, page_of, revision, unexpected, versioned};
use crate::domain::{Entry, Precondition, Revision, UserName, Versioned};
use crate::ports::{Put, StoreError, Users};

#[async_trait]
impl Users for SqliteStore {
    async fn get(&self, user: &UserName) -> Result<Option<Versioned>, StoreError> {
        let statement = "SELECT name, tocos, incarnation, revision FROM users WHERE name = ?1";
        let row = self.look_up(statement, [text(user)]).await?;
        row.as_ref().map(versioned).transpose()
    }

    async fn list(&self, after: Option<&UserName>, limit: u32) -> Result<Vec<Entry>, StoreError> {
        // No name is empty, so that the empty text comes before all of them.
        let after = Value::Text(after.map_or_else(String::new, ToString::to_string));
        let statement = "SELECT json_group_array(json_array(name, tocos) ORDER BY name)
            FROM (SELECT name, tocos FROM users WHERE name > ?1 ORDER BY name LIMIT ?2)";
        let page = self.look_up(statement, [after, Value::Integer(limit.into())]).await?;
        page_of(page.as_ref(), entry)
    }

    async fn create(&self, entry: &Entry, incarnation: i64) -> Result<Option<Revision>, StoreError> {
        let statement = "INSERT INTO users (name, tocos, incarnation) VALUES (?1, ?2, ?3)
            ON CONFLICT (name) DO NOTHING
            RETURNING incarnation, revision";
        let tocos = Value::Integer(entry.tocos.get());
        let row = self.write(statement, [text(&entry.user), tocos, Value::Integer(incarnation)]).await?;
        row.map(|row| revision(&row, 0)).transpose()
    }

    async fn put(&self, entry: &Entry, incarnation: i64, precondition: &Precondition) -> Result<Put, StoreError> {
        let (user, tocos) = (text(&entry.user), Value::Integer(entry.tocos.get()));
        let row = match precondition {
            Precondition::Absent => {
                let created = self.create(entry, incarnation).await?;
                return Ok(created.map_or(Put::PreconditionFailed, Put::Created));
            }
            Precondition::None => {
                let statement = "INSERT INTO users (name, tocos, incarnation) VALUES (?1, ?2, ?3)
                    ON CONFLICT (name) DO UPDATE SET tocos = excluded.tocos, revision = revision + 1
                    RETURNING incarnation, revision";
                self.write(statement, [user, tocos, Value::Integer(incarnation)]).await?
            }
            Precondition::Exists => {
                let statement = "UPDATE users SET tocos = ?2, revision = revision + 1 WHERE name = ?1
                    RETURNING incarnation, revision";
                self.write(statement, [user, tocos]).await?
            }
            Precondition::OneOf(revisions) => {
                let statement = "UPDATE users SET tocos = ?2, revision = revision + 1
                    WHERE name = ?1 AND (incarnation, revision) IN (
                        SELECT value ->> 0, value ->> 1 FROM json_each(?3)
                    )
                    RETURNING incarnation, revision";
                self.write(statement, [user, tocos, pairs(revisions)]).await?
            }
        };
        match row.map(|row| revision(&row, 0)).transpose()? {
            Some(revision) if revision.count == 1 => Ok(Put::Created(revision)),
            Some(revision) => Ok(Put::Replaced(revision)),
            None => Ok(Put::PreconditionFailed),
        }
    }

    async fn delete(&self, user: &UserName) -> Result<bool, StoreError> {
        let removed = self.write("DELETE FROM users WHERE name = ?1 RETURNING 1", [text(user)]).await?;
        Ok(removed.is_some())
    }

    async fn totals(&self) -> Result<(i64, i64), StoreError> {
        let statement = "SELECT count(*), coalesce(sum(tocos), 0) FROM users";
        let row = self.scan(statement).await?.ok_or_else(|| unexpected(0, "no row"))?;
        Ok((row.integer(0)?, row.integer(1)?))
    }
}

/// The revisions as a JSON array of pairs, because SQLite has no array of its own.
fn pairs(revisions: &[Revision]) -> Value {
    let pairs: Vec<_> = revisions.iter().map(|revision| (revision.incarnation, revision.count)).collect();
    Value::Text(serde_json::json!(pairs).to_string())
}
