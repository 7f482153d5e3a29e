//! The statements on users, as PostgreSQL understands them.

use async_trait::async_trait;
use spin_sdk::pg::ParameterValue;

use super::store::{PostgresStore, text};
use crate::adapters::columns::{Columns, entry, page_of, revision, unexpected, versioned};
use crate::domain::{Entry, Precondition, Revision, UserName, Versioned};
use crate::ports::{Put, StoreError, Users};

#[async_trait]
impl Users for PostgresStore {
    async fn get(&self, user: &UserName) -> Result<Option<Versioned>, StoreError> {
        let statement = "SELECT name, tocos, incarnation, revision FROM users WHERE name = $1";
        let rows = self.read(statement, vec![text(user)]).await?;
        rows.first().map(versioned).transpose()
    }

    async fn list(&self, after: Option<&UserName>, limit: u32) -> Result<Vec<Entry>, StoreError> {
        // No name is empty, so that the empty text comes before all of them.
        let after = ParameterValue::Str(after.map_or_else(String::new, ToString::to_string));
        let statement = "SELECT coalesce(json_agg(json_build_array(name, tocos) ORDER BY name), '[]')::text
            FROM (SELECT name, tocos FROM users WHERE name > $1 ORDER BY name LIMIT $2) AS page";
        let page = self.read(statement, vec![after, ParameterValue::Int64(limit.into())]).await?;
        page_of(page.first(), entry)
    }

    async fn create(&self, entry: &Entry, incarnation: i64) -> Result<Option<Revision>, StoreError> {
        let statement = "INSERT INTO users (name, tocos, incarnation) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO NOTHING
            RETURNING incarnation, revision";
        let tocos = ParameterValue::Int64(entry.tocos.get());
        let rows = self.write(statement, vec![text(&entry.user), tocos, ParameterValue::Int64(incarnation)]).await?;
        rows.first().map(|row| revision(row, 0)).transpose()
    }

    async fn put(&self, entry: &Entry, incarnation: i64, precondition: &Precondition) -> Result<Put, StoreError> {
        let (user, tocos) = (text(&entry.user), ParameterValue::Int64(entry.tocos.get()));
        let rows = match precondition {
            Precondition::Absent => {
                let created = self.create(entry, incarnation).await?;
                return Ok(created.map_or(Put::PreconditionFailed, Put::Created));
            }
            Precondition::None => {
                let statement = "INSERT INTO users (name, tocos, incarnation) VALUES ($1, $2, $3)
                    ON CONFLICT (name) DO UPDATE SET tocos = excluded.tocos, revision = users.revision + 1
                    RETURNING incarnation, revision";
                self.write(statement, vec![user, tocos, ParameterValue::Int64(incarnation)]).await?
            }
            Precondition::Exists => {
                let statement = "UPDATE users SET tocos = $2, revision = revision + 1 WHERE name = $1
                    RETURNING incarnation, revision";
                self.write(statement, vec![user, tocos]).await?
            }
            Precondition::OneOf(revisions) => {
                let statement = "UPDATE users SET tocos = $2, revision = revision + 1
                    WHERE name = $1 AND (incarnation, revision) IN (SELECT * FROM unnest($3::bigint[], $4::bigint[]))
                    RETURNING incarnation, revision";
                let incarnations = revisions.iter().map(|revision| Some(revision.incarnation)).collect();
                let counts = revisions.iter().map(|revision| Some(revision.count)).collect();
                let [incarnations, counts] = [incarnations, counts].map(ParameterValue::ArrayInt64);
                self.write(statement, vec![user, tocos, incarnations, counts]).await?
            }
        };
        match rows.first().map(|row| revision(row, 0)).transpose()? {
            Some(revision) if revision.count == 1 => Ok(Put::Created(revision)),
            Some(revision) => Ok(Put::Replaced(revision)),
            None => Ok(Put::PreconditionFailed),
        }
    }

    async fn delete(&self, user: &UserName) -> Result<bool, StoreError> {
        let rows = self.write("DELETE FROM users WHERE name = $1 RETURNING 1", vec![text(user)]).await?;
        Ok(!rows.is_empty())
    }

    async fn totals(&self) -> Result<(i64, i64), StoreError> {
        let statement = "SELECT count(*), coalesce(sum(tocos), 0)::bigint FROM users";
        let rows = self.read(statement, Vec::new()).await?;
        let row = rows.first().ok_or_else(|| unexpected(0, "no row"))?;
        Ok((row.integer(0)?, row.integer(1)?))
    }
}
