use std::net::TcpListener;
use std::time::Duration;

use tokio::time::timeout;

use super::super::test_server::{address, servers, text};
use super::*;
use crate::outbound::HostPatternError;

async fn execute(connection: &Connection, statement: &str) -> u64 {
    connection.execute(statement.to_owned(), Vec::new()).await.unwrap()
}

async fn refusal(servers: &Servers, address: &str) -> String {
    match servers.connect(address, None).await {
        Err(Error::ConnectionFailed(reason)) => reason,
        Err(other) => panic!("{address}: {other:?}"),
        Ok(_) => panic!("{address} was not refused"),
    }
}

#[tokio::test]
async fn a_connection_comes_back_clean_and_is_lent_again() {
    let servers = servers();
    let address = address("clean");
    let first = servers.connect(&address, None).await.unwrap();
    let server_process = text(&first, "pg_backend_pid()").await;
    execute(&first, "SET search_path = nowhere").await;
    execute(&first, "CREATE TEMPORARY TABLE leftover (a int)").await;
    execute(&first, "SELECT pg_advisory_lock(4217)").await;
    drop(first);

    let second = servers.connect(&address, None).await.unwrap();
    assert_eq!(text(&second, "pg_backend_pid()").await, server_process);
    assert_ne!(text(&second, "current_setting('search_path')").await, "nowhere");
    assert_eq!(text(&second, "to_regclass('pg_temp.leftover') IS NULL").await, "true");
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    assert_eq!(text(&second, locks).await, "0");
}

#[tokio::test]
async fn each_address_has_connections_of_its_own() {
    let servers = servers();
    let one = servers.connect(&address("one"), None).await.unwrap();
    let process = text(&one, "pg_backend_pid()").await;
    drop(one);
    let two = servers.connect(&address("two"), None).await.unwrap();
    assert_ne!(text(&two, "pg_backend_pid()").await, process);
    assert_eq!(text(&two, "current_setting('application_name')").await, "two");
}

#[tokio::test]
async fn a_lost_connection_is_not_lent_again() {
    let servers = servers();
    let address = address("lost");
    let lost = servers.connect(&address, None).await.unwrap();
    let process = text(&lost, "pg_backend_pid()").await;
    assert!(lost.execute("SELECT pg_terminate_backend(pg_backend_pid())".to_owned(), Vec::new()).await.is_err());
    drop(lost);
    let next = servers.connect(&address, None).await.unwrap();
    assert_ne!(text(&next, "pg_backend_pid()").await, process);
}

#[tokio::test]
async fn who_finds_a_pool_empty_waits_for_a_connection() {
    const A_WHILE: Duration = Duration::from_millis(200);
    let servers = servers();
    let address = address("full");
    let mut lent = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        lent.push(servers.connect(&address, None).await.unwrap());
    }
    assert!(timeout(A_WHILE, servers.connect(&address, None)).await.is_err());
    let waiting = servers.connect(&address, None);
    lent.pop();
    assert!(timeout(MAX_CLEANING, waiting).await.unwrap().is_ok());
}

#[tokio::test]
async fn the_pools_used_last_are_kept() {
    let servers = servers();
    let pool = |number: usize| {
        let address = format!("host=db.example application_name={number}");
        servers.pool(Key { address: address.clone(), ca_root: None }, address.parse().unwrap()).unwrap()
    };
    let numbers = || {
        let pools = servers.pools.lock().unwrap();
        let names = pools.iter().map(|(key, _)| key.address.rsplit('=').next().unwrap().parse().unwrap());
        names.collect::<Vec<usize>>()
    };
    for number in 0..MAX_POOLS {
        pool(number);
    }
    pool(0);
    assert_eq!(numbers().len(), MAX_POOLS);
    pool(MAX_POOLS);
    assert_eq!(numbers(), (2..MAX_POOLS).chain([0, MAX_POOLS]).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_server_that_cannot_be_used_is_an_error() {
    let servers = servers();
    let missing = address("missing") + " dbname=no_such_database";
    let reason = refusal(&servers, &missing).await;
    assert!(reason.contains(r#"database "no_such_database" does not exist"#), "{reason}");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("host=127.0.0.1 port={} user=u", listener.local_addr().unwrap().port());
    let hang_up = std::thread::spawn(move || drop(listener.accept()));
    let reason = refusal(&servers, &silent).await;
    assert!(reason.contains("error communicating with the server"), "{reason}");
    hang_up.join().unwrap();
    let reason = refusal(&servers, &silent).await;
    assert!(reason.contains("error connecting to server: Connection refused"), "{reason}");
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_not_asked() {
    let nowhere = Servers::new("test", Arc::new(AllowedHosts::new(Vec::new())));
    let reason = refusal(&nowhere, "host=db.example port=5432 user=u password=secret").await;
    assert_eq!(reason, "address postgres://db.example:5432 is not permitted");
}

#[tokio::test]
async fn an_invalid_entry_is_another_error_than_a_host_that_is_not_listed() {
    let servers = Servers::new("test", Arc::new(AllowedHosts::invalid(HostPatternError::Port)));
    let error = servers.connect("host=db.example user=u password=secret", None).await.err();
    assert!(matches!(&error, Some(Error::Other(text)) if text.contains("the port must be")), "{error:?}");
}

#[test]
fn what_is_shown_holds_no_password() {
    let servers = servers();
    let address = "host=db.example password=secret";
    servers.pool(Key { address: address.to_owned(), ca_root: None }, address.parse().unwrap()).unwrap();
    assert!(!format!("{servers:?}").contains("secret"));
}
