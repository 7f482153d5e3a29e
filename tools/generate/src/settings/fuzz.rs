//! The names of settings, for the fuzz target that reads them.

use chassis::config::Group;

use super::each;
use crate::{Result, region};

pub(super) fn write(current: &str, groups: &[Group]) -> Result<String> {
    let lines: Vec<_> = each(groups).map(|setting| format!("\"\\x0a{}=\"", setting.name)).collect();
    region::fill(current, "settings", &lines)
}
