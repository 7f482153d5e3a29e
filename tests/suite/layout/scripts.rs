//! Every script is documented: `hack/README.md` lists it, and it supports `--help`.

use std::process::Command;

use black_box::repository;

use super::files;

#[test]
fn every_script_has_its_line_in_the_readme() {
    let files = files();
    let readme = files.iter().find(|file| file.path == "hack/README.md").expect("hack/README.md");
    let scripts = files.iter().map(|file| file.path.as_str());
    let scripts: Vec<_> = scripts.filter(|path| path.starts_with("hack/") && *path != readme.path).collect();
    let rows = readme.text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let rows: Vec<_> = rows.collect();

    let unlisted: Vec<_> = scripts.iter().filter(|script| !rows.contains(script)).collect();
    assert!(unlisted.is_empty(), "no line in hack/README.md: {unlisted:?}");
    let missing: Vec<_> = rows.iter().filter(|row| !scripts.contains(row)).collect();
    assert!(missing.is_empty(), "a line in hack/README.md, but no script: {missing:?}");
}

/// Lines of a small terminal.
const SCREEN: usize = 24;

#[test]
fn every_script_answers_help_on_one_screen_and_does_nothing() {
    let files = files();
    let scripts = files.iter().filter(|file| file.path.starts_with("hack/") && file.text.starts_with("#!"));
    for script in scripts.map(|file| &file.path) {
        // In a directory where no script finds its files.
        let output = Command::new(repository::root().join(script)).arg("--help").current_dir("/").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{script}: {}", output.status);
        assert!((1..=SCREEN).contains(&help.lines().count()), "{script}: {help}");
        assert!(!help.contains("set -euo"), "{script}: {help}");
    }
}
