//! The files that list settings, each made from the table.

mod chart;
mod compose;
mod docs;
mod fuzz;
mod kubernetes;
mod spin;

use chassis::config::{Group, Setting};

use crate::Result;

/// Makes the text of a file from its current text and the table.
type Write = fn(&str, &[Group]) -> Result<String>;

/// Every file that lists settings.
pub(crate) const FILES: [(&str, Write); 7] = [
    ("charts/mini-api/templates/_variables.tpl", chart::variables),
    ("charts/mini-api/values.schema.json", chart::schema),
    ("compose.yaml", compose::write),
    ("docs/settings.md", docs::write),
    ("fuzz/dictionaries/config.dict", fuzz::write),
    ("k8s/base/spin-app.yaml", kubernetes::write),
    ("spin.toml", spin::write),
];

fn each(groups: &[Group]) -> impl Iterator<Item = &'static Setting> {
    groups.iter().flat_map(|group| group.settings)
}

/// Returns the setting's name in a `ConfigMap`, a `Secret` or the environment.
fn key(setting: &Setting) -> String {
    setting.name.to_uppercase()
}

/// Returns the setting's text, which is one line.
fn doc(setting: &Setting) -> &'static str {
    setting.doc.trim()
}

#[cfg(test)]
mod tests;
