use chassis::ports::{Row, StoreError, StoreResult, Value};
use chassis::types::{Precondition, Revision};

use super::Store;
use crate::domain::{Entry, UserName, Versioned};

/// Sums over all users. Triggers maintain them, so the cost of a read does not depend on the number of users.
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
        match &self.cache {
            Some(cache) => cache.read(user.as_str(), work, |text| decode(user, text), encode).await,
            None => work.await,
        }
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

    /// Runs a write. `left` is the entry of the only user, if the statement writes it and returns its revision.
    pub(super) async fn write_through(
        &self,
        users: &[&UserName],
        (operation, statement): (&'static str, &str),
        parameters: Vec<Value>,
        left: Option<&Entry>,
    ) -> StoreResult<Option<Row>> {
        let work = self.database.write(operation, statement, parameters);
        let Some(cache) = &self.cache else { return work.await };
        let keys: Vec<_> = users.iter().map(|user| user.as_str()).collect();
        let left = |row: &Option<Row>| {
            let revision = row.clone()?.read().ok()?;
            left.map(|entry| encode(&Versioned { entry: entry.clone(), revision }))
        };
        cache.write(&keys, work, left).await
    }
}

fn encode(Versioned { entry, revision }: &Versioned) -> String {
    serde_json::to_string(&(entry.tocos, revision)).unwrap_or_default()
}

/// Returns `None` for a text of another version of the API, which this [`encode`] did not write.
fn decode(user: &UserName, text: &str) -> Option<Versioned> {
    let (tocos, revision) = serde_json::from_str(text).ok()?;
    Some(Versioned { entry: Entry { user: user.clone(), tocos }, revision })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Tocos;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let user = UserName::parse("Sam").unwrap();
        for (tocos, count) in [(0, 1), (Tocos::MAX, i64::MAX)] {
            let entry = Entry { user: user.clone(), tocos: Tocos::try_from(tocos).unwrap() };
            let versioned = Versioned { entry, revision: Revision { incarnation: 0xabc, count } };
            assert_eq!(decode(&user, &encode(&versioned)), Some(versioned));
        }
        for text in ["", "5", "5:a.1", "[5]", "[-1,[1,1]]", "[9007199254740992,[1,1]]", "[5,[1]]", "[5,[1,1]]x"] {
            assert_eq!(decode(&user, text), None, "{text}");
        }
    }
}
