//! The variables of a SpinApp.

use chassis::config::Group;

use super::{each, key};
use crate::{Result, region};

/// The name of the `ConfigMap` and of the `Secret`; kustomize adds a hash.
const NAME: &str = "mini-api";

pub(super) fn write(current: &str, groups: &[Group]) -> Result<String> {
    region::fill(current, "variables", &variables(groups, NAME, NAME))
}

/// Returns the variables from the ConfigMap or the Secret. Without an entry the default in `spin.toml` applies, unless
/// the setting is required.
pub(super) fn variables(groups: &[Group], config_map: &str, secret: &str) -> Vec<String> {
    let settings = each(groups).filter(|setting| !setting.is_by_hand);
    let entries = settings.flat_map(|setting| {
        let (kind, name) = if setting.is_secret { ("secretKeyRef", secret) } else { ("configMapKeyRef", config_map) };
        let optional = if setting.is_required { "" } else { ", optional: true" };
        let reference = format!("{{ name: {name}, key: {}{optional} }}", key(setting));
        [format!("- name: {}", setting.name), format!("  valueFrom: {{ {kind}: {reference} }}")]
    });
    entries.collect()
}
