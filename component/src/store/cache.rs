use chassis::ports::{Row, StoreResult, Value};

use super::Store;
use crate::domain::{Entry, UserName, Versioned};

impl Store {
    /// Runs a statement that writes `users`. `left` is the entry of the only user, if the statement writes it and returns
    /// its revision.
    pub(super) async fn write_through(
        &self,
        users: &[&UserName],
        (operation, statement): (&'static str, &str),
        parameters: Vec<Value>,
        left: Option<&Entry>,
    ) -> StoreResult<Option<Row>> {
        let work = self.database.write(operation, statement, parameters);
        let Some(cache) = &self.cache else {
            return work.await;
        };
        let keys: Vec<_> = users.iter().map(|user| user.as_str()).collect();
        let left = |row: &Option<Row>| {
            let revision = row.clone()?.read().ok()?;
            left.map(|entry| encode(&Versioned { entry: entry.clone(), revision }))
        };
        cache.write(&keys, work, left).await
    }

    pub(super) async fn read_through(
        &self,
        user: &UserName,
        work: impl Future<Output = StoreResult<Option<Versioned>>>,
    ) -> StoreResult<Option<Versioned>> {
        match &self.cache {
            Some(cache) => cache.read(user.as_str(), work, |text| decode(user, text), encode).await,
            None => work.await,
        }
    }
}

/// The user is the key.
fn encode(Versioned { entry, revision }: &Versioned) -> String {
    // Numbers always serialize.
    serde_json::to_string(&(entry.tocos, revision)).unwrap_or_default()
}

/// What [`encode`] did not write is of another version.
fn decode(user: &UserName, text: &str) -> Option<Versioned> {
    let (tocos, revision) = serde_json::from_str(text).ok()?;
    Some(Versioned { entry: Entry { user: user.clone(), tocos }, revision })
}

#[cfg(test)]
mod tests {
    use chassis::types::Revision;

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
