//! Metrics beside those of the chassis.

use chassis::metrics::{Family, Gauge, Kind};

use crate::store::Totals;

pub const FAMILIES: &[Family] = &[Family {
    name: "transfers",
    help: "Requests to transfer tocos, by what became of them.",
    kind: Kind::Counter,
    initial: &[],
}];

/// Series of the family `transfers`.
pub mod transfers {
    pub const DONE: &str = r#"transfers{outcome="done"}"#;
    pub const UNKNOWN_USER: &str = r#"transfers{outcome="unknown_user"}"#;
    pub const NOT_ENOUGH: &str = r#"transfers{outcome="not_enough"}"#;
    pub const TOO_MANY: &str = r#"transfers{outcome="too_many"}"#;
    pub const REPLAYED: &str = r#"transfers{outcome="replayed"}"#;
    /// The idempotency key was used for another request, or its first request is running.
    pub const REFUSED: &str = r#"transfers{outcome="refused"}"#;
}

pub fn gauges(Totals { users, tocos }: Totals) -> Vec<Gauge> {
    vec![
        Gauge { name: "tocos_users", help: "Users, in the whole database.", value: users.into() },
        Gauge { name: "tocos_total", help: "Tocos that all users have together.", value: tocos },
    ]
}
