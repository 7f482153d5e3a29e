//! Makes a project's directory, completely or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bare;
use crate::rename::Renamer;

/// Files by other authors, in which a project's name means something else.
pub(crate) const OTHERS: [&str; 3] = ["docs-ui/vendor", "Cargo.lock", "LICENSE"];
/// Author of the first commit if none is configured in git.
const AUTHOR: (&str, &str) = ("hack/new", "hack-new@localhost");

/// Makes a project in `directory` from the last commit in `root`. Works in a temporary directory beside it, and moves
/// the project at the end, so a failure leaves nothing behind.
pub(crate) fn make(root: &Path, renamer: &Renamer, is_bare: bool, directory: &Path) -> Result<(), String> {
    let parent = parent(directory)?;
    if parent.starts_with(root) {
        let path = directory.display();
        return Err(format!(
            "{path} lies in this project; name a directory outside, such as ../{}",
            renamer.new_name()
        ));
    }
    if fs::symlink_metadata(directory).is_ok() && !is_empty_directory(directory) {
        return Err(format!("{} exists and is no empty directory; name another", directory.display()));
    }
    let staging = tempfile::Builder::new().prefix(".hack-new-").tempdir_in(&parent).map_err(at(&parent))?;
    // A subdirectory, because only its owner has access to the temporary directory.
    let project = staging.path().join("project");

    run(git(root).args(["clone", "--quiet", "--no-local", "--depth=1", "--no-tags", "."]).arg(&project))?;
    let template = head(&project)?;
    let history = project.join(".git");
    fs::remove_dir_all(&history).map_err(at(&history))?;
    if is_bare {
        bare::make(&project)?;
    }
    rename_entries(&project, Path::new(""), renamer).map_err(at(&project))?;
    format(&project)?;
    if is_bare {
        eprintln!("hack/new: generating the OpenAPI document of the other routes, which takes several minutes");
        // A separate target directory, because the build output must not stay in the project.
        run(Command::new(project.join("hack/generate")).env("CARGO_TARGET_DIR", staging.path().join("target")))?;
    }
    commit(&project, &template)?;
    fs::rename(&project, directory).map_err(at(directory))
}

/// Returns the parent of `directory`, as an absolute path.
fn parent(directory: &Path) -> Result<PathBuf, String> {
    let absolute = std::path::absolute(directory).map_err(at(directory))?;
    let parent = absolute.parent().ok_or_else(|| format!("{} has no parent directory", directory.display()))?;
    parent.canonicalize().map_err(at(parent))
}

fn is_empty_directory(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Replaces the names in the files below `within`, a path in the project, and in the names of its entries.
fn rename_entries(project: &Path, within: &Path, renamer: &Renamer) -> io::Result<()> {
    for entry in fs::read_dir(project.join(within))? {
        let entry = entry?;
        let inner = within.join(entry.file_name());
        let kind = entry.file_type()?;
        if OTHERS.iter().any(|other| inner.ends_with(other)) {
            continue;
        }
        if kind.is_dir() {
            rename_entries(project, &inner, renamer)?;
        } else if kind.is_symlink() {
            rename_target(&entry.path(), renamer)?;
        } else {
            rename_text(&entry.path(), renamer)?;
        }
        let Ok(name) = entry.file_name().into_string() else { continue };
        let renamed = renamer.rename(&name);
        if renamed != name {
            fs::rename(entry.path(), project.join(within).join(renamed))?;
        }
    }
    Ok(())
}

/// Replaces the names in a file's content, unless it is binary.
fn rename_text(path: &Path, renamer: &Renamer) -> io::Result<()> {
    let Ok(text) = String::from_utf8(fs::read(path)?) else { return Ok(()) };
    let renamed = renamer.rename(&text);
    if renamed == text { Ok(()) } else { fs::write(path, renamed) }
}

fn rename_target(link: &Path, renamer: &Renamer) -> io::Result<()> {
    let target = fs::read_link(link)?;
    let renamed = target.to_str().map(|target| renamer.rename(target));
    let Some(renamed) = renamed.filter(|renamed| Path::new(renamed) != target) else { return Ok(()) };
    fs::remove_file(link)?;
    std::os::unix::fs::symlink(renamed, link)
}

/// Formats the Rust files, because names of another length break lines elsewhere.
fn format(project: &Path) -> Result<(), String> {
    for manifest in ["Cargo.toml", "bench/Cargo.toml", "fuzz/Cargo.toml"] {
        if project.join(manifest).exists() {
            run(Command::new("cargo").args(["fmt", "--all", "--manifest-path"]).arg(project.join(manifest)))?;
        }
    }
    Ok(())
}

/// Returns the commit that is checked out.
fn head(clone: &Path) -> Result<String, String> {
    let output = git(clone).args(["rev-parse", "HEAD"]).output().map_err(at(clone))?;
    let commit = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() { Ok(commit) } else { Err(format!("{} has no commit", clone.display())) }
}

/// Gives the project a history of its own, of one commit. Its message names the template's commit, for later updates.
fn commit(project: &Path, template: &str) -> Result<(), String> {
    run(git(project).args(["init", "--quiet", "--initial-branch=main"]))?;
    // Overrides the user's own ignore list, because git tracked all files here.
    run(git(project).args(["add", "--all", "--force"]))?;
    let is_known = ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"]
        .iter()
        .all(|ident| git(project).args(["var", ident]).output().is_ok_and(|output| output.status.success()));
    let mut commit = git(project);
    if !is_known {
        let (name, email) = AUTHOR;
        for role in ["AUTHOR", "COMMITTER"] {
            commit.env(format!("GIT_{role}_NAME"), name).env(format!("GIT_{role}_EMAIL"), email);
        }
    }
    commit.args(["commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message=Start from the template"]);
    run(commit.arg(format!("--message=Template commit: {template}")))
}

/// Returns a git command in a directory, independent of the caller's repository.
pub(crate) fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command.current_dir(directory);
    command
}

/// Returns what git prints.
#[cfg(test)]
pub(crate) fn output(directory: &Path, arguments: &[&str]) -> String {
    let output = git(directory).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests;
