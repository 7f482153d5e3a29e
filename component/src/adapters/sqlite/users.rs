//! The statements on users, as SQLite understands them.

use async_trait::async_trait;
use spin_sdk::sqlite::Value;

use super::store::{SqliteStore, text};
use crate::adapters::columns::{Columns, entry, page_of, revision, unexpected, versioned};
use crate::domain::{Entry, Precondition, Revision, States, UserName, Versioned};
use crate::ports::{Put, StoreError, Totals, Users};

const UPSERT: &str = "INSERT INTO users (name, tocos, incarnation) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET tocos = excluded.tocos, revision = revision + 1
    RETURNING incarnation, revision";

const UPSERT_IF: &str = "INSERT INTO users (name, tocos, incarnation) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET tocos = excluded.tocos, revision = revision + 1
        WHERE ((incarnation, revision) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?4))) = ?5
    RETURNING incarnation, revision";

const UPDATE_IF: &str = "UPDATE users SET tocos = ?2, revision = revision + 1
    WHERE name = ?1 AND ((incarnation, revision) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?3))) = ?4
    RETURNING incarnation, revision";

const DELETE_IF: &str = "DELETE FROM users
    WHERE name = ?1 AND ((incarnation, revision) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))) = ?3
    RETURNING 1";

const TOTALS: &str = "SELECT users, tocos_high, tocos_low FROM user_totals WHERE id = 1";

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
        let incarnation = Value::Integer(incarnation);
        let row = if precondition == &Precondition::none() {
            self.write(UPSERT, [user, tocos, incarnation]).await?
        } else {
            let [revisions, is_listed] = states(&precondition.states);
            if precondition.may_be_absent {
                self.write(UPSERT_IF, [user, tocos, incarnation, revisions, is_listed]).await?
            } else {
                self.write(UPDATE_IF, [user, tocos, revisions, is_listed]).await?
            }
        };
        match row.map(|row| revision(&row, 0)).transpose()? {
            Some(revision) if revision.count == 1 => Ok(Put::Created(revision)),
            Some(revision) => Ok(Put::Replaced(revision)),
            None => Ok(Put::PreconditionFailed),
        }
    }

    async fn delete(&self, user: &UserName, precondition: &Precondition) -> Result<bool, StoreError> {
        let [revisions, is_listed] = states(&precondition.states);
        let removed = self.write(DELETE_IF, [text(user), revisions, is_listed]).await?;
        Ok(removed.is_some())
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let row = self.look_up(TOTALS, []).await?.ok_or_else(|| unexpected(0, "no row"))?;
        let tocos = (i128::from(row.integer(1)?) << 32) + i128::from(row.integer(2)?);
        Ok(Totals { users: row.integer(0)?, tocos })
    }
}

/// The revisions as a JSON array of pairs, because SQLite has no array of its own, and whether a user must be in one
/// of them, or in none.
fn states(states: &States) -> [Value; 2] {
    let (revisions, is_listed) = states.as_list();
    let pairs: Vec<_> = revisions.iter().map(|revision| (revision.incarnation, revision.count)).collect();
    [Value::Text(serde_json::json!(pairs).to_string()), Value::Integer(is_listed.into())]
}
