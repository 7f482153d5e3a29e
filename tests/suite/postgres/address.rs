//! The address of the server.

use std::net::TcpListener;

use black_box::{Options, PostgresServer, Server, example};

use crate::readiness::not_ready;

#[tokio::test]
async fn an_ipv6_address_in_brackets_is_reached() {
    if TcpListener::bind("[::1]:0").is_err() {
        eprintln!("no IPv6 here");
        return;
    }
    let postgres = PostgresServer::start_own();
    let options = Options::on_server(&postgres);
    options.database().execute("ALTER SYSTEM SET listen_addresses = '::1'").await.unwrap();
    postgres.stop();
    postgres.start();
    let server = Server::start(options.variable("pghost", "[::1]")).await;
    server.anonymous().get("/readiness").send().await.assert_status(200, "ready");
    server.client().post(example::LIST, example::new()).send().await.assert_status(201, "a write");
}

#[tokio::test]
async fn a_list_of_hosts_is_a_configuration_problem() {
    let options = Options::api().variable("database", "postgres").variable("pghost", "a.example,b.example");
    let server = Server::start(options).await;
    let checks = not_ready(&server.anonymous().get("/readiness").send().await);
    assert_eq!(
        checks["configuration"],
        "pghost must be one host, not a list: put a proxy or a name in front of several"
    );
}
