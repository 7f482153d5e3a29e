//! The settings that Compose takes from its environment or from `.env`, as `SPIN_VARIABLE_<NAME>`.

use chassis::config::Group;

use super::{each, key};
use crate::{Result, region};

/// Lists the settings that the file does not set elsewhere.
pub(super) fn write(current: &str, groups: &[Group]) -> Result<String> {
    let by_hand = region::fill(current, "settings", &[])?;
    let settings = each(groups).filter(|setting| !setting.is_by_hand);
    let names = settings.map(|setting| format!("SPIN_VARIABLE_{}:", key(setting)));
    let lines: Vec<_> = names.filter(|name| !by_hand.contains(name.as_str())).collect();
    region::fill(current, "settings", &lines)
}
