//! Replaces this project's example by a smaller one.
//!
//! `tools/new/bare/bare.toml` lists the example's words and files; `tools/new/bare/files` contains the smaller example.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

mod plan;

pub(crate) use plan::Plan;
use plan::{Cut, Replacement};

use crate::markdown;
use crate::project::at;

const DIRECTORY: &str = "tools/new/bare";
/// Tests of the served API. A file that mentions the example tests it.
const SUITE: &str = "tests/suite";
const DASHBOARD: &str = "observability/grafana/dashboard.json";

/// Makes the project a bare one.
pub(crate) fn make(project: &Path) -> Result<(), String> {
    let plan = Plan::read(project)?;
    let directory = project.join(DIRECTORY);
    for path in &plan.remove {
        remove(&project.join(path)).map_err(at(path))?;
    }
    copy(&directory.join("files"), project).map_err(at(&directory))?;
    fs::remove_dir_all(&directory).map_err(at(&directory))?;
    for Replacement { file, old, new } in &plan.replace {
        change(project, file, |text| text.contains(old).then(|| text.replacen(old, new, 1)))?;
    }
    for Cut { file, from, to } in &plan.cut {
        change(project, file, |text| {
            let (before, rest) = text.split_at(text.find(&format!("\n{from}"))? + 1);
            Some(before.to_owned() + rest.split_at(rest.find(&format!("\n{to}"))? + 1).1)
        })?;
    }
    let mut modules = Vec::new();
    remove_tests(&plan, &project.join(SUITE), "", &mut modules).map_err(at(Path::new(SUITE)))?;
    let gone: Vec<_> =
        plan.remove.iter().filter(|path| !project.join(path).exists()).filter_map(|path| known_as(path)).collect();
    let is_about = |text: &str| plan.mentions(text) || modules.iter().chain(&gone).any(|name| text.contains(name));
    for path in
        files(project).map_err(at(project))?.iter().filter(|path| path.extension().is_some_and(|known| known == "md"))
    {
        change(project, path, |text| Some(markdown::without(text, &is_about)))?;
    }
    change(project, Path::new(DASHBOARD), |text| Some(without_panels(text, &is_about)))
}

/// Removes the tests that mention the example, with the modules below them and the line that declares them. `modules`
/// gets their paths, each with `::` at its end.
fn remove_tests(plan: &Plan, directory: &Path, parent: &str, modules: &mut Vec<String>) -> io::Result<()> {
    let mut names: Vec<_> =
        fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    names.sort();
    for path in names.iter().filter(|path| path.extension().is_some_and(|known| known == "rs")) {
        let Some(name) = path.file_stem().and_then(|name| name.to_str()).filter(|name| *name != "main") else {
            continue;
        };
        let (module, below) = (format!("{parent}{name}::"), path.with_extension(""));
        if plan.mentions(&fs::read_to_string(path)?) {
            fs::remove_file(path)?;
            if below.exists() {
                fs::remove_dir_all(below)?;
            }
            let declaring = if parent.is_empty() { directory.join("main.rs") } else { directory.with_extension("rs") };
            let text = fs::read_to_string(&declaring)?;
            let lines = [format!("#[cfg(test)]\nmod {name};\n"), format!("mod {name};\n")];
            fs::write(declaring, lines.iter().fold(text, |text, line| text.replacen(line, "", 1)))?;
            modules.push(module);
        } else if below.exists() {
            remove_tests(plan, &below, &module, modules)?;
        }
    }
    Ok(())
}

/// Returns the dashboard without the example's panels, which are list elements indented by four spaces.
fn without_panels(text: &str, is_about: &dyn Fn(&str) -> bool) -> String {
    let (start, end) = ("    {\n", "\n    }");
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, panel)) = rest.split_once(start).and_then(|(before, after)| {
        let length = after.find(end)? + end.len();
        Some((before, after.split_at(length)))
    }) {
        kept.push_str(before);
        rest = panel.1;
        if !is_about(panel.0) {
            kept.push_str(start);
            kept.push_str(panel.0);
        } else if let Some(more) = rest.strip_prefix(",\n") {
            rest = more;
        } else {
            // It was the last panel.
            kept.truncate(kept.trim_end_matches([',', '\n']).len());
        }
    }
    kept + rest
}

/// Changes a file. Fails if `change` does not find its text.
fn change(project: &Path, file: &Path, change: impl FnOnce(&str) -> Option<String>) -> Result<(), String> {
    let path = project.join(file);
    let text = fs::read_to_string(&path).map_err(at(file))?;
    let changed = change(&text).ok_or_else(|| format!("{} has changed; correct bare.toml", file.display()))?;
    fs::write(path, changed).map_err(at(file))
}

/// Returns the text by which pages refer to a removed path.
fn known_as(path: &Path) -> Option<String> {
    let name =
        if path.extension().is_some_and(|known| known == "md") { path.file_name()?.to_str()? } else { path.to_str()? };
    Some(if path.extension().is_some() || name.contains("hack/") { name.to_owned() } else { format!("{name}/") })
}

/// Copies a directory's files over those of another.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for path in files(from)? {
        let target = to.join(&path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(from.join(path), target)?;
    }
    Ok(())
}

/// Returns the paths of the files below a directory, relative to it.
pub(crate) fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut directories) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(within) = directories.pop() {
        for entry in fs::read_dir(directory.join(&within))? {
            let entry = entry?;
            let path = within.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                directories.push(path);
            } else if kind.is_file() {
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan { words: ["thing".to_owned()].into(), ..Plan::default() }
    }

    #[test]
    fn tests_of_the_example_go_with_their_declarations() {
        let suite = tempfile::TempDir::new().unwrap();
        for (path, text) in [
            ("main.rs", "#[cfg(test)]\nmod kept;\n#[cfg(test)]\nmod gone;\n"),
            ("kept.rs", "mod below;\nmod also;\n"),
            ("kept/below.rs", "thing"),
            ("kept/also.rs", "other"),
            ("gone.rs", "// thing\nmod inner;\n"),
            ("gone/inner.rs", "other"),
        ] {
            fs::create_dir_all(suite.path().join(path).parent().unwrap()).unwrap();
            fs::write(suite.path().join(path), text).unwrap();
        }
        let mut modules = Vec::new();
        remove_tests(&plan(), suite.path(), "", &mut modules).unwrap();
        assert_eq!(modules, ["gone::", "kept::below::"]);
        let mut left = files(suite.path()).unwrap();
        left.sort();
        assert_eq!(left, [Path::new("kept/also.rs"), Path::new("kept.rs"), Path::new("main.rs")]);
        let read = |path: &str| fs::read_to_string(suite.path().join(path)).unwrap();
        assert_eq!((read("main.rs"), read("kept.rs")), ("#[cfg(test)]\nmod kept;\n".into(), "mod also;\n".into()));
    }

    #[test]
    fn a_dashboard_loses_the_panels_of_the_example() {
        let panels = |names: &[&str]| {
            let panels: Vec<_> = names.iter().map(|name| format!("    {{\n      \"{name}\"\n    }}")).collect();
            format!("{{\n  \"panels\": [\n{}\n  ]\n}}\n", panels.join(",\n"))
        };
        let without = |names: &[&str]| without_panels(&panels(names), &|text| text.contains("thing"));
        assert_eq!(without(&["a", "b"]), panels(&["a", "b"]));
        assert_eq!(without(&["thing", "a", "b thing", "c"]), panels(&["a", "c"]));
        assert_eq!(without(&["a", "thing", "b thing"]), panels(&["a"]));
    }
}
