//! The application's variables, and those of each component.

use chassis::config::{Group, Setting};

use super::each;
use crate::{Result, region};

pub(super) fn write(current: &str, groups: &[Group]) -> Result<String> {
    let mut declared = Vec::new();
    for group in groups {
        declared.push(format!("# {}", group.heading));
        for Setting { name, default, is_secret, .. } in group.settings {
            // A string of JSON is one of TOML too.
            let default = serde_json::to_string(default)?;
            let secret = if *is_secret { ", secret = true" } else { "" };
            declared.push(format!("{name} = {{ default = {default}{secret} }}"));
        }
    }
    let given = |name: &str| format!("{name} = \"{{{{ {name} }}}}\"");
    let api: Vec<_> = each(groups).map(|setting| given(setting.name)).collect();
    let docs_ui = each(groups).filter(|setting| setting.is_for_docs_ui);
    let docs_ui: Vec<_> = docs_ui.map(|setting| given(setting.name)).collect();
    let text = region::fill(current, "application", &declared)?;
    let text = region::fill(&text, "api", &api)?;
    region::fill(&text, "docs-ui", &docs_ui)
}
