//! The statements on users, as PostgreSQL understands them.

use async_trait::async_trait;
use spin_sdk::pg::ParameterValue;

use super::store::{PostgresStore, text};
use crate::adapters::columns::{Columns, entry, page_of, revision, unexpected, versioned};
use crate::domain::{Entry, Precondition, Revision, States, UserName, Versioned};
use crate::ports::{Put, StoreError, Totals, Users};

const UPSERT: &str = "INSERT INTO users (name, tocos, incarnation) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET tocos = excluded.tocos, revision = users.revision + 1
    RETURNING incarnation, revision";

const UPSERT_IF: &str = "INSERT INTO users (name, tocos, incarnation) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET tocos = excluded.tocos, revision = users.revision + 1
        WHERE ((users.incarnation, users.revision) IN (SELECT * FROM unnest($4::bigint[], $5::bigint[]))) = $6
    RETURNING incarnation, revision";

const UPDATE_IF: &str = "UPDATE users SET tocos = $2, revision = revision + 1
    WHERE name = $1 AND ((incarnation, revision) IN (SELECT * FROM unnest($3::bigint[], $4::bigint[]))) = $5
    RETURNING incarnation, revision";

const DELETE_IF: &str = "DELETE FROM users
    WHERE name = $1 AND ((incarnation, revision) IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))) = $4
    RETURNING 1";

const TOTALS: &str = "SELECT sum(users)::bigint, sum(tocos)::text FROM user_totals";

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
        let incarnation = ParameterValue::Int64(incarnation);
        let rows = if precondition == &Precondition::none() {
            self.write(UPSERT, vec![user, tocos, incarnation]).await?
        } else {
            let [incarnations, counts, is_listed] = states(&precondition.states);
            if precondition.may_be_absent {
                self.write(UPSERT_IF, vec![user, tocos, incarnation, incarnations, counts, is_listed]).await?
            } else {
                self.write(UPDATE_IF, vec![user, tocos, incarnations, counts, is_listed]).await?
            }
        };
        match rows.first().map(|row| revision(row, 0)).transpose()? {
            Some(revision) if revision.count == 1 => Ok(Put::Created(revision)),
            Some(revision) => Ok(Put::Replaced(revision)),
            None => Ok(Put::PreconditionFailed),
        }
    }

    async fn delete(&self, user: &UserName, precondition: &Precondition) -> Result<bool, StoreError> {
        let [incarnations, counts, is_listed] = states(&precondition.states);
        let rows = self.write(DELETE_IF, vec![text(user), incarnations, counts, is_listed]).await?;
        Ok(!rows.is_empty())
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let rows = self.read(TOTALS, Vec::new()).await?;
        let row = rows.first().ok_or_else(|| unexpected(0, "no row"))?;
        let tocos = row.text(1)?.parse().map_err(|error| unexpected(1, error))?;
        Ok(Totals { users: row.integer(0)?, tocos })
    }
}

/// The revisions, and whether a user must be in one of them, or in none.
fn states(states: &States) -> [ParameterValue; 3] {
    let (revisions, is_listed) = states.as_list();
    let incarnations = revisions.iter().map(|revision| Some(revision.incarnation)).collect();
    let counts = revisions.iter().map(|revision| Some(revision.count)).collect();
    let [incarnations, counts] = [incarnations, counts].map(ParameterValue::ArrayInt64);
    [incarnations, counts, ParameterValue::Boolean(is_listed)]
}
