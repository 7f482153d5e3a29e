//! Users in the cache that replicas share.

use chassis::ports::{Row, StoreResult, Value};
use chassis::types::Revision;

use super::Store;
use crate::domain::{Entry, Tocos, UserName, Versioned};

impl Store {
    /// Runs a statement that writes `users`. The cache serves nothing of them meanwhile, and nothing older once this
    /// returns. `left` is the entry of the only user, if the statement writes it and returns its revision.
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

/// Writes the tocos and the revision; the user is the key.
fn encode(versioned: &Versioned) -> String {
    format!("{}:{}", versioned.entry.tocos.get(), versioned.revision)
}

/// What [`encode`] did not write is of another version.
fn decode(user: &UserName, text: &str) -> Option<Versioned> {
    let (tocos, revision) = text.split_once(':')?;
    let tocos = Tocos::try_from(tocos.parse::<i64>().ok()?).ok()?;
    Some(Versioned { entry: Entry { user: user.clone(), tocos }, revision: Revision::parse(revision)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let user = UserName::parse("Sam").unwrap();
        for (tocos, count) in [(0, 1), (Tocos::MAX, i64::MAX)] {
            let entry = Entry { user: user.clone(), tocos: Tocos::try_from(tocos).unwrap() };
            let versioned = Versioned { entry, revision: Revision { incarnation: 0xabc, count } };
            assert_eq!(decode(&user, &encode(&versioned)), Some(versioned));
        }
        for text in ["", "5", "5:", ":a.1", "-1:a.1", "9007199254740992:a.1", "5:a", "5:a.1:", "x:a.1"] {
            assert_eq!(decode(&user, text), None, "{text}");
        }
    }
}
