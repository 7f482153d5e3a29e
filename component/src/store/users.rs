use chassis::ports::{Row, StoreError, StoreResult};
use chassis::types::{Precondition, Revision};

use super::Store;
use crate::domain::{Entry, UserName, Versioned};

/// Sums, which triggers keep up to date: the cost does not depend on the number of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    pub users: i64,
    /// 1,025 users can have more than an `i64` holds.
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
            let parameters = vec![user.as_str().into()];
            let row = self.database.read("get_user", self.statements.get_user, parameters).await?;
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
        // The empty text comes before every name.
        let after = after.map_or("", |user| user.as_str());
        let parameters = vec![after.into(), limit.into()];
        self.database.read("list_users", self.statements.list_users, parameters).await.and_then(Row::page)
    }

    /// Adds a user, in the first state of `incarnation`. Returns `None`, and changes nothing, if the user exists.
    pub async fn create(&self, entry: &Entry, incarnation: i64) -> StoreResult<Option<Revision>> {
        let parameters = vec![entry.user.as_str().into(), entry.tocos.get().into(), incarnation.into()];
        let statement = ("create_user", self.statements.create_user);
        let row = self.write_through(&[&entry.user], statement, parameters, Some(entry)).await?;
        row.map(Row::read).transpose()
    }

    pub async fn put(&self, entry: &Entry, incarnation: i64, precondition: &Precondition) -> StoreResult<Upsert> {
        let (user, tocos) = (entry.user.as_str().into(), entry.tocos.get().into());
        let Precondition { may_be_absent, tags, is_one_of } = precondition.clone();
        let (statement, parameters) = if precondition == &Precondition::none() {
            (self.statements.upsert_user, vec![user, tocos, incarnation.into()])
        } else if may_be_absent {
            (self.statements.upsert_user_if, vec![user, tocos, incarnation.into(), tags.into(), is_one_of.into()])
        } else {
            (self.statements.update_user_if, vec![user, tocos, tags.into(), is_one_of.into()])
        };
        let row = self.write_through(&[&entry.user], ("put_user", statement), parameters, Some(entry)).await?;
        Ok(match row.map(Row::read::<Revision>).transpose()? {
            Some(revision) if revision.count == 1 => Upsert::Created(revision),
            Some(revision) => Upsert::Replaced(revision),
            None => Upsert::PreconditionFailed,
        })
    }

    /// Returns `false` if `precondition` does not hold, or if there is no such user. Transfers stay.
    pub async fn delete(&self, user: &UserName, precondition: &Precondition) -> StoreResult<bool> {
        let Precondition { tags, is_one_of, .. } = precondition.clone();
        let parameters = vec![user.as_str().into(), tags.into(), is_one_of.into()];
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
