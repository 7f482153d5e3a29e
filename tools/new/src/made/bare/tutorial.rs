//! Follows docs/your-own-api.md literally.

use std::fs;
use std::path::Path;

/// Makes every new file and every change that the page shows, one after the other.
pub(super) fn follow(project: &Path) {
    let page = fs::read_to_string(project.join("docs/your-own-api.md")).unwrap();
    let mut file = String::new();
    let mut steps = 0;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some((_, rest)) = line.split_once("New file `").or_else(|| line.split_once("In `")) {
            file = rest.split('`').next().unwrap().to_owned();
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let path = project.join(&file);
        match language {
            "sh" => continue,
            "diff" => change(&path, &block),
            _ => {
                assert!(!path.exists(), "{file} is there already");
                fs::write(path, block.join("\n") + "\n").unwrap();
            }
        }
        steps += 1;
    }
    assert!(steps > 20, "only {steps} steps");
}

/// Applies a change, whose lines without `+` must be in the file once.
fn change(path: &Path, block: &[&str]) {
    let of = |kept: char| -> String {
        let lines = block.iter().filter(|line| line.is_empty() || line.starts_with([' ', kept]));
        lines.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
    };
    let (old, new) = (of('-'), of('+'));
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text.matches(&old).count(), 1, "{} does not have once:\n{old}", path.display());
    fs::write(path, text.replacen(&old, &new, 1)).unwrap();
}
