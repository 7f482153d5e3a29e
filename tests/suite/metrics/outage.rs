//! What is told while the database is away.

use std::time::Duration;

use black_box::{Options, PostgresServer, Server};

use super::{QUIET, scrape};

#[tokio::test]
async fn without_the_database_the_rest_is_told() {
    let postgres = PostgresServer::start_own();
    let server = Server::start(Options::on_server(&postgres)).await;
    server.client().get("/tocos/Sam").send().await.assert_status(200, "before");
    let told = scrape(&server).await;
    assert_eq!(told.sum("tocos_users", ("", "")), 3.0);
    assert_eq!(told.sum("store_errors_total", ("operation", "get_user")), 0.0);

    postgres.stop();
    server.client().get("/tocos/Sam").send().await.assert_status(503, "the database is away");
    // Another instance may be asked than the one that has counted.
    tokio::time::sleep(QUIET).await;
    let told = scrape(&server).await;
    assert_eq!(told.of("tocos_users").count() + told.of("tocos_total").count(), 0, "nobody knows");
    assert_eq!(told.sum("store_errors_total", ("operation", "get_user")), 1.0);

    postgres.start();
    server.wait_for("/readiness", 200, Duration::from_secs(5)).await;
    assert_eq!(scrape(&server).await.sum("tocos_users", ("", "")), 3.0);
}
