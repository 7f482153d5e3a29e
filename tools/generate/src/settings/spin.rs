//! The application's variables, and those of each component.

use chassis::config::{Group, Setting};

use super::each;
use crate::{Result, region};

pub(super) fn write(current: &str, groups: &[Group]) -> Result<String> {
    let mut declared = Vec::new();
    for group in groups {
        declared.push(format!("# {}", group.heading));
        for Setting { name, default, is_secret, .. } in group.settings {
            // A JSON string is also a TOML string.
            let default = serde_json::to_string(default)?;
            let secret = if *is_secret { ", secret = true" } else { "" };
            declared.push(format!("{name} = {{ default = {default}{secret} }}"));
        }
    }
    let text = region::fill(current, "application", &declared)?;
    let text = region::fill(&text, "api", &given(each(groups)))?;
    region::fill(&text, "docs-ui", &given(each(groups).filter(|setting| setting.is_for_docs_ui)))
}

/// One variable with every setting, as `chassis::adapters::read_variables` reads it.
fn given(settings: impl Iterator<Item = &'static Setting>) -> Vec<String> {
    let entries = settings.map(|Setting { name, .. }| format!("{name}={{{{ {name} }}}}\\u001f"));
    [r#"settings = """"#.to_owned()].into_iter().chain(entries).chain([r#"""""#.to_owned()]).collect()
}
