//! The tables of `docs/settings.md`.

use chassis::config::{Group, Setting};

use super::doc;
use crate::{Result, region};

pub(super) fn write(current: &str, groups: &[Group]) -> Result<String> {
    let mut lines = Vec::new();
    for group in groups {
        lines.extend([String::new(), format!("## {}", group.heading), String::new()]);
        lines.extend(["| variable | default | meaning |".to_owned(), "|---|---|---|".to_owned()]);
        lines.extend(group.settings.iter().map(row));
    }
    lines.push(String::new());
    region::fill(current, "settings", &lines)
}

fn row(setting: &Setting) -> String {
    let default = if setting.default.is_empty() { "none".to_owned() } else { format!("`{}`", setting.default) };
    let secret = if setting.is_secret { "A secret. " } else { "" };
    format!("| `{}` | {default} | {secret}{} |", setting.name, doc(setting).replace('|', "\\|"))
}
