//! Users in the cache that replicas share.

use chassis::ports::StoreError;
use chassis::types::Revision;

use super::Store;
use crate::domain::{Entry, Tocos, UserName, Versioned};

impl Store {
    /// Runs a write of `users`, of which the cache serves nothing meanwhile, and nothing older once this returns. `left`
    /// returns what the write has left of its only user, if it knows.
    pub(super) async fn write_through<T>(
        &self,
        users: &[&UserName],
        work: impl Future<Output = Result<T, StoreError>>,
        left: impl FnOnce(&T) -> Option<Versioned>,
    ) -> Result<T, StoreError> {
        match &self.cache {
            Some(cache) => {
                let keys: Vec<_> = users.iter().map(|user| user.as_str()).collect();
                cache.write(&keys, work, |result| left(result).as_ref().map(encode)).await
            }
            None => work.await,
        }
    }

    /// Runs a read of `user`, unless the cache has it.
    pub(super) async fn read_through(
        &self,
        user: &UserName,
        work: impl Future<Output = Result<Option<Versioned>, StoreError>>,
    ) -> Result<Option<Versioned>, StoreError> {
        match &self.cache {
            Some(cache) => cache.read(user.as_str(), work, |text| decode(user, text), encode).await,
            None => work.await,
        }
    }
}

/// The tocos and the revision; the user is the key.
fn encode(versioned: &Versioned) -> String {
    format!("{}:{}", versioned.entry.tocos.get(), versioned.revision)
}

/// Reads what [`encode`] wrote; anything else is of another version.
fn decode(user: &UserName, text: &str) -> Option<Versioned> {
    let (tocos, revision) = text.split_once(':')?;
    let tocos = Tocos::new(tocos.parse().ok()?).ok()?;
    Some(Versioned { entry: Entry { user: user.clone(), tocos }, revision: Revision::parse(revision)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let user = UserName::parse("Sam").unwrap();
        for (tocos, count) in [(0, 1), (Tocos::MAX, i64::MAX)] {
            let entry = Entry { user: user.clone(), tocos: Tocos::new(tocos).unwrap() };
            let versioned = Versioned { entry, revision: Revision { incarnation: 0xabc, count } };
            assert_eq!(decode(&user, &encode(&versioned)), Some(versioned));
        }
        for text in ["", "5", "5:", ":a.1", "-1:a.1", "9007199254740992:a.1", "5:a", "5:a.1:", "x:a.1"] {
            assert_eq!(decode(&user, text), None, "{text}");
        }
    }
}
