//! Decisions on SQLSTATEs (PostgreSQL's appendix A).

use super::connection::Condition;

/// Returns the condition of the session after an error that a retry may avoid, or `None` after a bug or a wrong schema.
///
/// | class or code | what | decision |
/// |---|---|---|
/// | 08 | connection exception; PgBouncer has no other code for its own errors | unavailable, session lost |
/// | 25 | invalid transaction state, such as 25006, a server that takes no writes | unavailable, session ended |
/// | 26000, 42P05 | a pooler gave the session a server that lacks the statement, or has another of its name | the same |
/// | 40 | transaction rollback: a deadlock, a serialization failure | unavailable; the client may retry |
/// | 53 | insufficient resources: a full disk, no memory | unavailable |
/// | 55000, 55006, 55P03 | an object is in use, or locked for longer than `lock_timeout` | unavailable |
/// | 57014 | `statement_timeout`, or an administrator's cancel | unavailable |
/// | 57 | operator intervention: a shutdown | unavailable, session lost |
/// | 58 | an error of the system that PostgreSQL runs on | unavailable, session lost |
/// | the others | syntax, constraints, rights, corrupt data | bug |
pub(super) fn transient(code: &str) -> Option<Condition> {
    match (code, code.get(..2).unwrap_or_default()) {
        ("57014" | "55000" | "55006" | "55P03", _) | (_, "40" | "53") => Some(Condition::Usable),
        ("26000" | "42P05", _) | (_, "25") => Some(Condition::Unfit),
        (_, "08" | "57" | "58") => Some(Condition::Lost),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlstate_distinguishes_an_outage_from_a_bug() {
        let usable = ["40001", "40P01", "53100", "53200", "53300", "55000", "55006", "55P03", "57014"];
        let unfit = ["25006", "25P02", "25P03", "25P04", "26000", "42P05"];
        let lost = ["08006", "08P01", "57P01", "57P02", "57P03", "57P04", "57P05", "58030"];
        for (codes, condition) in
            [(&usable[..], Condition::Usable), (&unfit, Condition::Unfit), (&lost, Condition::Lost)]
        {
            for code in codes {
                assert_eq!(transient(code), Some(condition), "{code}");
            }
        }
        for code in ["22003", "23514", "42501", "42P01", "55P02", "P0001", "XX000", "XX001", "", "é", "5"] {
            assert_eq!(transient(code), None, "{code}");
        }
    }
}
