//! The connection string (libpq's keyword and value form).

use std::time::Duration;

use crate::SERVICE;
use crate::config::{PostgresHost, PostgresSettings};

const CONNECT_TIMEOUT_SECONDS: u32 = 2;
/// The operating system then drops the connection and all unsent data, so no statement arrives late.
const UNACKNOWLEDGED_SECONDS: u32 = 3;
/// Limit of a statement on the server. The API waits longer (`database::TIMEOUT`): no write takes effect after its 503.
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_millis(2500);
/// Longest wait for a lock. It is shorter, so that the log distinguishes a lock from a slow statement.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// Depends on `purpose`: Spin keeps a pool for each string, so writes that wait for a lock take no reader's connection.
pub(super) fn connection_string(settings: &PostgresSettings, purpose: &str) -> String {
    let host = match &settings.host {
        PostgresHost::Name(name) => format!("host={}", quote(name)),
        // Spin compares `host` with `allowed_outbound_hosts`, and connects to `hostaddr`.
        PostgresHost::Ipv6(address) => format!("host='[{address}]' hostaddr={address}"),
    };
    let statement_timeout = STATEMENT_TIMEOUT.as_millis();
    format!(
        "{host} port={} user={} password={} dbname={} sslmode={} connect_timeout={CONNECT_TIMEOUT_SECONDS} \
        tcp_user_timeout={UNACKNOWLEDGED_SECONDS} application_name={SERVICE}-{purpose} \
        options='-c statement_timeout={statement_timeout} -c lock_timeout={} \
        -c idle_in_transaction_session_timeout={statement_timeout}'",
        settings.port,
        quote(&settings.user),
        quote(&settings.password.0),
        quote(&settings.database),
        settings.ssl_mode,
        LOCK_TIMEOUT.as_millis(),
    )
}

fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn settings(host: PostgresHost) -> PostgresSettings {
        PostgresSettings {
            host,
            port: 5432,
            user: "o'brien".into(),
            password: Secret(r"a\b c'd".into()),
            database: "mini".into(),
            ssl_mode: "require",
            ca_root: None,
        }
    }

    #[test]
    fn values_of_the_connection_string_are_quoted() {
        let expected = [
            r"host='db.example' port=5432 user='o\'brien' password='a\\b c\'d' dbname='mini' sslmode=require",
            "connect_timeout=2 tcp_user_timeout=3 application_name=mini-api-write",
            "options='-c statement_timeout=2500 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=2500'",
        ];
        let settings = settings(PostgresHost::Name("db.example".into()));
        assert_eq!(connection_string(&settings, "write"), expected.join(" "));
    }

    #[test]
    fn an_ipv6_address_has_brackets_where_spin_compares_it() {
        let settings = settings(PostgresHost::Ipv6("::1".parse().unwrap()));
        let string = connection_string(&settings, "read");
        assert!(string.starts_with("host='[::1]' hostaddr=::1 port=5432 "), "{string}");
        assert!(string.contains(" application_name=mini-api-read "), "{string}");
    }
}
