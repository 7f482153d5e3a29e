//! What `bare.toml` says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::DIRECTORY;

/// `bare.toml`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// Words that occur only in texts about the example.
    pub(super) words: BTreeSet<String>,
    /// Words that change the meaning of the word before them, as `encoding` does in `Transfer-Encoding`.
    pub(super) followers: BTreeSet<String>,
    /// Files and directories to remove.
    pub(super) remove: Vec<PathBuf>,
    pub(super) replace: Vec<Replacement>,
    pub(super) cut: Vec<Cut>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replacement {
    pub(super) file: PathBuf,
    pub(super) old: String,
    pub(super) new: String,
}

/// Lines to remove: from the one that starts with `from`, up to but not including the one that starts with `to`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cut {
    pub(super) file: PathBuf,
    pub(super) from: String,
    pub(super) to: String,
}

impl Plan {
    /// Reads the plan of a project that is to become a bare one.
    pub(crate) fn read(project: &Path) -> Result<Self, String> {
        let file = format!("{DIRECTORY}/bare.toml");
        let text = fs::read_to_string(project.join(&file))
            .map_err(|error| format!("{file}: {error}; only a project with the example can make one without it"))?;
        toml::from_str(&text).map_err(|error| format!("{file}: {error}"))
    }

    /// Whether a text is about the example.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        let mut words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).peekable();
        while let Some(word) = words.next() {
            if self.words.contains(&word) && !words.peek().is_some_and(|next| self.followers.contains(next)) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_as_a_word_alone() {
        let plan =
            Plan { words: ["thing".to_owned()].into(), followers: ["king".to_owned()].into(), ..Plan::default() };
        for text in ["thing", "GET /thing?x", "thing_total", "a Thing.", "the king's thing"] {
            assert!(plan.mentions(text), "{text}");
        }
        for text in ["", "things", "something", "Thing-King", "thing king"] {
            assert!(!plan.mentions(text), "{text}");
        }
    }
}
