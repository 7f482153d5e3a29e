//! The settings of this API alone, and the list of all. Those that every API has are in `chassis/src/config/settings.rs`.
//!
//! To add one, declare it here, read it in [`Settings::read`], and run `hack/generate`.

use chassis::config::{self, Group, Reader};

chassis::settings! {
    "This API" {
        /// Whether a new database starts with John, Sam and Cem. If empty, only if `app_env` is `development`.
        SEED_DEMO_DATA = ("seed_demo_data", "");
    }
}

/// Every setting of the application.
pub fn all() -> Vec<Group> {
    [config::GROUPS, GROUPS].concat()
}

pub struct Settings {
    pub seed_demo_data: bool,
}

impl Settings {
    pub fn read(reader: &mut Reader) -> Option<Self> {
        let seed_demo_data = reader.flag_in_development(&SEED_DEMO_DATA);
        Some(Self { seed_demo_data: seed_demo_data? })
    }
}
