//! Connections need file descriptors, which run out.

use std::time::Duration;

use black_box::{Options, Raw, Server, repository};
use tokio::net::TcpStream;

/// Enough for the server itself, and for some connections.
const LIMIT: u32 = 128;

/// Maximum time until the server responds again. It retries once a second, and the machine may be busy.
const RECOVERY: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_server_without_descriptors_answers_again_once_it_has_some() {
    if repository::serves_by_spin() {
        return;
    }
    let server = Server::start(Options::api().open_files(LIMIT, LIMIT)).await;
    let mut idle = Vec::new();
    // The last ones wait in the kernel's queue.
    for _ in 0..LIMIT {
        idle.push(TcpStream::connect(server.address()).await.expect("the kernel accepts"));
    }
    server.logs().wait_for("the error", |line| line.contains("cannot accept a connection")).await;
    drop(idle);
    server.wait_for("/health", 200, RECOVERY).await;
}

#[tokio::test]
async fn the_limit_is_raised_at_the_start() {
    if repository::serves_by_spin() {
        return;
    }
    let server = Server::start(Options::api().open_files(LIMIT / 2, 4 * LIMIT)).await;
    let mut open = Vec::new();
    for _ in 0..LIMIT {
        let mut connection = Raw::connect(server.address()).await;
        connection.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        assert!(connection.receives_within(RECOVERY).await, "connection {}", open.len());
        open.push(connection);
    }
}
