//! An entry as text.

use crate::domain::{Entry, Revision, Tocos, UserName, Versioned};

/// The tocos and the revision; the user is the key.
pub(super) fn encode(versioned: &Versioned) -> String {
    format!("{}:{}", versioned.entry.tocos.get(), versioned.revision)
}

/// Reads what [`encode`] wrote; anything else is of another version.
pub(super) fn decode(user: &UserName, text: &str) -> Option<Versioned> {
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
