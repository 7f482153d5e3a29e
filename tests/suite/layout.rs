//! Rules for the files of the repository.

mod files;
mod manifest;
mod names;
mod prose;
mod scripts;
mod security;
mod versions;

use std::fs;
use std::path::{Path, PathBuf};

use black_box::repository;
use ignore::WalkBuilder;

/// A file of the repository that is text.
struct File {
    /// From the root, with `/`.
    path: String,
    text: String,
}

impl File {
    fn absolute(&self) -> PathBuf {
        repository::root().join(&self.path)
    }

    fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|known| known == extension)
    }
}

/// Every text file that git does not ignore.
fn files() -> Vec<File> {
    let root = repository::root();
    let walk = WalkBuilder::new(&root).hidden(false).require_git(false).parents(false).build();
    let mut files = Vec::new();
    for entry in walk.map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        let path = entry.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        if path.starts_with(".git/") {
            continue;
        }
        if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(File { path, text });
        }
    }
    assert!(files.len() > 50, "only {} files", files.len());
    files
}

fn rust_files(directory: &str) -> Vec<File> {
    let mut files = files();
    files.retain(|file| file.path.starts_with(directory) && file.has_extension("rs"));
    assert!(!files.is_empty(), "no Rust in {directory}");
    files
}
