//! The PostgreSQL server of the tests.

use std::env;
use std::sync::Arc;

use super::bindings::DbValue;
use super::connection::Connection;
use super::pool::Servers;
use crate::outbound::AllowedHosts;

/// Allows every host.
pub(super) fn servers() -> Servers {
    let everywhere = "*://*:*".parse().unwrap();
    Servers::new("test", Arc::new(AllowedHosts::new(vec![everywhere])))
}

/// Returns the address from the environment. Tests with different names share no pool.
pub(super) fn address(application_name: &str) -> String {
    let Ok(host) = env::var("PGHOST") else {
        panic!("set PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE, or run hack/test");
    };
    let mut address = format!("application_name={application_name} host={}", quote(&host));
    let others = [("PGPORT", "port"), ("PGUSER", "user"), ("PGPASSWORD", "password"), ("PGDATABASE", "dbname")];
    for (variable, key) in others {
        if let Ok(value) = env::var(variable) {
            address.push_str(&format!(" {key}={}", quote(&value)));
        }
    }
    address
}

/// Returns a connection of the test's own.
pub(super) async fn connect() -> Connection {
    servers().connect(&address("test"), None).await.unwrap()
}

/// Evaluates an expression and returns the value as PostgreSQL writes it.
pub(super) async fn text(connection: &Connection, expression: &str) -> String {
    let statement = format!("SELECT ({expression})::text");
    let result = connection.query(statement, Vec::new()).await.unwrap();
    match &result.rows[..] {
        [row] => match &row[..] {
            [DbValue::Str(text)] => text.clone(),
            other => panic!("{expression}: {other:?}"),
        },
        other => panic!("{expression}: {other:?}"),
    }
}

fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}
