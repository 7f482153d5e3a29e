//! Users and their tocos.

use chassis::ports::{Row, StoreError, StoreResult, Value};
use chassis::types::{Precondition, Revision};

use super::Store;
use crate::domain::{Entry, UserName, Versioned};

/// Sums over all users. Triggers keep them up to date, so the cost does not depend on the number of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    pub users: i64,
    /// Tocos of all users together: 1,025 of them can have more than an `i64` holds.
    pub tocos: i128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upsert {
    Created(Revision),
    Replaced(Revision),
    PreconditionFailed,
}

impl Store {
    pub async fn get(&self, user: &UserName) -> StoreResult<Option<Versioned>> {
        let work = async {
            let row = self.database.read("get_user", self.statements.get_user, vec![text(user)]).await?;
            row.map(|row| {
                let (user, tocos, incarnation, count) = row.read()?;
                Ok(Versioned { entry: Entry { user, tocos }, revision: Revision { incarnation, count } })
            })
            .transpose()
        };
        self.read_through(user, work).await
    }

    /// Returns at most `limit` entries with names after `after`, in the order of the names' bytes.
    pub async fn list(&self, after: Option<&UserName>, limit: u32) -> StoreResult<Vec<Entry>> {
        // No name is empty: the empty text comes before all of them.
        let after = after.map_or_else(|| text(&""), text);
        let parameters = vec![after, Value::Integer(limit.into())];
        self.database.read("list_users", self.statements.list_users, parameters).await.and_then(Row::page)
    }

    /// Adds a user, in the first state of `incarnation`. Returns `None`, and changes nothing, if the user exists.
    pub async fn create(&self, entry: &Entry, incarnation: i64) -> StoreResult<Option<Revision>> {
        let parameters = vec![text(&entry.user), Value::Integer(entry.tocos.get()), Value::Integer(incarnation)];
        let statement = ("create_user", self.statements.create_user);
        let row = self.write_through(&[&entry.user], statement, parameters, Some(entry)).await?;
        row.map(Row::read).transpose()
    }

    /// Sets the tocos of a user, and adds the user if need be.
    pub async fn put(&self, entry: &Entry, incarnation: i64, precondition: &Precondition) -> StoreResult<Upsert> {
        let (user, tocos) = (text(&entry.user), Value::Integer(entry.tocos.get()));
        let (statement, parameters) = if precondition == &Precondition::none() {
            (self.statements.upsert_user, vec![user, tocos, Value::Integer(incarnation)])
        } else {
            let [incarnations, counts, is_one_of] = states(precondition);
            if precondition.may_be_absent {
                let incarnation = Value::Integer(incarnation);
                (self.statements.upsert_user_if, vec![user, tocos, incarnation, incarnations, counts, is_one_of])
            } else {
                (self.statements.update_user_if, vec![user, tocos, incarnations, counts, is_one_of])
            }
        };
        let row = self.write_through(&[&entry.user], ("put_user", statement), parameters, Some(entry)).await?;
        Ok(match row.map(Row::read::<Revision>).transpose()? {
            Some(revision) if revision.count == 1 => Upsert::Created(revision),
            Some(revision) => Upsert::Replaced(revision),
            None => Upsert::PreconditionFailed,
        })
    }

    /// Removes a user, whose transfers stay. Returns `false` if `precondition` does not hold, or if there is no such user.
    pub async fn delete(&self, user: &UserName, precondition: &Precondition) -> StoreResult<bool> {
        let [incarnations, counts, is_one_of] = states(precondition);
        let parameters = vec![text(user), incarnations, counts, is_one_of];
        let statement = ("delete_user", self.statements.delete_user_if);
        self.write_through(&[user], statement, parameters, None).await.map(|removed| removed.is_some())
    }

    pub async fn totals(&self) -> StoreResult<Totals> {
        let row = self.database.read("totals", self.statements.totals, Vec::new()).await?;
        let row = row.ok_or_else(|| StoreError::unexpected("no totals"))?;
        let (users, tocos_high, tocos_low): (i64, i64, i64) = row.read()?;
        Ok(Totals { users, tocos: (i128::from(tocos_high) << 32) + i128::from(tocos_low) })
    }
}

pub(super) fn text(value: &impl ToString) -> Value {
    Value::Text(value.to_string())
}

/// Returns the revisions as two lists, and whether the user must be in one of them, or in none.
fn states(Precondition { revisions, is_one_of, .. }: &Precondition) -> [Value; 3] {
    let incarnations = revisions.iter().map(|revision| revision.incarnation).collect();
    let counts = revisions.iter().map(|revision| revision.count).collect();
    [Value::Integers(incarnations), Value::Integers(counts), Value::Boolean(*is_one_of)]
}
