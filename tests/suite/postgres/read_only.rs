//! A server that rejects writes, such as a demoted primary.

use std::time::Instant;

use black_box::Engine::Postgres;
use black_box::{Options, Server, example};

use super::{RECOVERY, assert_unavailable, writers};
use crate::readiness::not_ready;

#[tokio::test]
async fn a_read_only_server_is_not_ready_and_its_sessions_are_ended() {
    let options = Options::on(Postgres);
    let server = Server::start(options.clone()).await;
    server.wait_for("/readiness", 200, RECOVERY).await;
    server.kill();

    let database = options.database();
    // Sessions keep the value that they began with, so only another session can write.
    database.set("default_transaction_read_only", "on");
    let server = Server::start(options).await;
    let client = server.client();
    for _ in 0..2 {
        let writes = [client.post(example::LIST, example::new()), client.delete(example::ONE)];
        for write in writes {
            assert_unavailable(&write.send().await, "read-only");
        }
        let checks = not_ready(&server.anonymous().get("/readiness").send().await);
        assert_eq!(checks["database"], "unavailable");
        client.get(example::ONE).send().await.assert_status(200, "reads go on");
    }
    let deadline = Instant::now() + RECOVERY;
    while writers(&database, "true").await > 0 {
        assert!(Instant::now() < deadline, "sessions that can't write");
    }

    database.set("default_transaction_read_only", "off");
    client.post(example::LIST, example::new()).send().await.assert_status(201, "the first write");
    server.wait_for("/readiness", 200, RECOVERY).await;
}
