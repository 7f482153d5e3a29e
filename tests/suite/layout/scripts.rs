//! `hack/README.md` lists the scripts.

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
