//! Writes every generated file of the repository: `hack/generate`. With `--check` it writes nothing, and fails if a
//! file differs from what it would write.

mod openapi;
mod region;
mod rules;
mod settings;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let is_check = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        _ => {
            eprintln!("usage: hack/generate [--check]");
            return ExitCode::from(2);
        }
    };
    match run(&root(), is_check) {
        Ok(stale) if stale.is_empty() || !is_check => ExitCode::SUCCESS,
        Ok(stale) => {
            eprintln!("These files differ from their sources; run hack/generate:");
            stale.iter().for_each(|place| eprintln!("  {place}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("hack/generate: {error}");
            ExitCode::FAILURE
        }
    }
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Writes the files that differ, unless this is a check. Returns where each of them differs first.
fn run(root: &Path, is_check: bool) -> Result<Vec<String>> {
    let mut stale = Vec::new();
    for (path, text) in files(root)? {
        let current = fs::read_to_string(root.join(&path)).unwrap_or_default();
        if current != text {
            let line = current.lines().zip(text.lines()).take_while(|(current, new)| current == new).count() + 1;
            stale.push(format!("{path}, from line {line}"));
            if !is_check {
                fs::write(root.join(&path), text).map_err(|error| format!("{path}: {error}"))?;
                println!("{path}");
            }
        }
    }
    Ok(stale)
}

/// Every generated file, by its path, with the text that it should have.
fn files(root: &Path) -> Result<Vec<(String, String)>> {
    let mut files = vec![(openapi::PATH.to_owned(), openapi::text()?), (rules::PATH.to_owned(), rules::text(root)?)];
    files.extend(rules::sources(root)?);
    let groups = api::settings::all();
    for (path, write) in settings::FILES {
        let current = fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
        files.push((path.to_owned(), write(&current, &groups).map_err(|error| format!("{path}: {error}"))?));
    }
    Ok(files)
}
