//! Metrics in addition to those of the chassis.

use chassis::metrics::{Family, Gauge, Kind};

use crate::domain::Outcome;
use crate::store::{Totals, TransferReply};

pub const FAMILIES: &[Family] = &[Family {
    name: "transfers",
    help: "Requests to transfer tocos, by what became of them.",
    kind: Kind::Counter,
    initial: &[],
}];

/// The series that counts a reply.
pub fn transfers(reply: &TransferReply) -> &'static str {
    match reply {
        TransferReply::First(Outcome::Done(_)) => r#"transfers{outcome="done"}"#,
        TransferReply::First(Outcome::UnknownUser(_)) => r#"transfers{outcome="unknown_user"}"#,
        TransferReply::First(Outcome::NotEnough(_)) => r#"transfers{outcome="not_enough"}"#,
        TransferReply::First(Outcome::TooMany(_)) => r#"transfers{outcome="too_many"}"#,
        TransferReply::Replayed(_) => r#"transfers{outcome="replayed"}"#,
        TransferReply::KeyReused | TransferReply::InProgress => r#"transfers{outcome="refused"}"#,
    }
}

pub fn gauges(Totals { users, tocos }: Totals) -> Vec<Gauge> {
    vec![
        Gauge { name: "tocos_users", help: "Users, in the whole database.", value: users.into() },
        Gauge { name: "tocos_total", help: "Tocos that all users have together.", value: tocos },
    ]
}
