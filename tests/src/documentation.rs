//! Reads the tables of the documentation, to compare them with the code.

use std::collections::BTreeSet;
use std::fs;
use std::sync::LazyLock;

use serde_json::Value;

use crate::{Logs, repository};

static FIELDS: LazyLock<BTreeSet<String>> = LazyLock::new(log_fields);

/// Returns the cells of all rows of the page's tables whose first column has this title.
pub fn rows(page: &str, title: &str) -> Vec<Vec<String>> {
    let cells = |row: &str| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    let mut rows = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.starts_with(&format!("| {title} |")) {
            rows.extend(lines.by_ref().skip(1).take_while(|row| row.starts_with('|')).map(cells));
        }
    }
    assert!(!rows.is_empty(), "no table of {title}");
    rows
}

/// Returns the texts between backticks.
pub fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Returns the names in the first column of the tables with this title.
pub fn names(page: &str, title: &str) -> BTreeSet<String> {
    rows(page, title).iter().flat_map(|row| quoted(row.first().expect("a cell"))).map(str::to_owned).collect()
}

/// Returns the log fields in docs/logging.md: those of the tables and those of the sentence before.
pub fn log_fields() -> BTreeSet<String> {
    let page = fs::read_to_string(repository::root().join("docs/logging.md")).expect("docs/logging.md");
    let every_line = page.split("Every line has ").nth(1).and_then(|rest| rest.split(". ").next());
    let mut fields = names(&page, "field");
    fields.extend(quoted(every_line.expect("what every line has")).map(str::to_owned));
    fields
}

/// Panics if a log line of the API has an undocumented field.
pub(crate) fn assert_documented(logs: &Logs) {
    for record in logs.records() {
        let fields = record.as_object().expect("an object");
        if fields.get("timestamp").is_some_and(Value::is_string) && fields.contains_key("level") {
            let unknown: Vec<_> = fields.keys().filter(|field| !FIELDS.contains(*field)).collect();
            assert!(unknown.is_empty(), "docs/logging.md lacks {unknown:?}: {record}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{names, rows};

    #[test]
    fn tables_are_read() {
        let page = "| f | what |\n|---|---|\n| `a`, `b` | `c` |\n| `d{e,f}` | |\n\n| g | x |\n|---|---|\n| `h` | |\n";
        assert_eq!(names(page, "f"), ["a", "b", "d{e,f}"].map(str::to_owned).into());
        assert_eq!(rows(page, "g"), [["`h`".to_owned(), String::new()]]);
    }
}
