//! The settings of this API alone, and the list of all. Those that every API keeps are in `config/settings.rs`.
//!
//! To add one, declare it here, read it in `config/`, and run `hack/generate`.

use crate::config::{self, Group, Setting};

crate::settings! {
    "This API" {
        /// Whether a new database starts with John, Sam and Cem.
        SEED_DEMO_DATA = Setting::new("seed_demo_data", "true").for_docs_ui();
    }
}

/// Every setting of the application.
pub fn all() -> Vec<Group> {
    [config::GROUPS, GROUPS].concat()
}
