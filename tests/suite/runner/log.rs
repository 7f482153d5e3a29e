//! A log without a reader.

use black_box::{Client, Options, Server, repository};
use tokio::task::JoinSet;

/// Clients, each of which sends requests one after the other.
const CLIENTS: usize = 16;

/// Requests of each client. All lines of the log together exceed the 4 MiB that the runner buffers.
const REQUESTS: usize = 300;

#[tokio::test]
async fn requests_are_answered_while_nobody_reads_stderr() {
    if repository::serves_by_spin() {
        return;
    }
    let mut server = Server::start(Options::api().unread_stderr()).await;
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(send_requests(server.client()));
    }
    clients.join_all().await;

    server.read_stderr();
    let logs = server.logs().clone();
    logs.wait_for("what is missing", |line| line.contains("lines of the log, because stderr was read too slowly"))
        .await;
    server.client().get("/hello_world").header("X-Request-Id", "after").send().await;
    logs.wait_for("what came after", |line| line.contains(r#""request_id":"after""#)).await;
}

async fn send_requests(client: Client) {
    // A line of the log has the first 1,024 bytes of a path.
    let path = format!("/{}", "a".repeat(1_100));
    for _ in 0..REQUESTS {
        client.get(&path).send().await.assert_status(404, "a long path");
    }
}
