//! Metrics in addition to those of the chassis.

use chassis::metrics::{Family, Kind};

pub const FAMILIES: &[Family] =
    &[Family { name: "notes_created", help: "Notes that were created.", kind: Kind::Counter, initial: &[] }];

/// The series of the family `notes_created`.
pub const NOTES_CREATED: &str = "notes_created";
