//! The address for which a request counts if the caller is not identified.

use black_box::{Client, Options, Server};

use super::THREE;

#[tokio::test]
async fn an_open_api_is_limited_by_address() {
    let options = Options::api().variable("auth", "none").variable("rate_limit", THREE);
    let server = Server::start(options).await;
    let statuses = ask(&server.anonymous(), &[None; 5]).await;
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
}

#[tokio::test]
async fn requests_without_a_credential_are_limited_and_lock_nobody_out() {
    let server = Server::start(Options::api().variable("rate_limit", THREE)).await;
    assert_eq!(ask(&server.anonymous(), &[None; 5]).await, [401, 401, 401, 429, 429]);
    server.client().get("/hello_world").send().await.assert_status(200, "the right key");
}

#[tokio::test]
async fn a_client_cannot_say_who_it_is() {
    let options = Options::api().variable("auth", "none").variable("rate_limit", THREE);
    let server = Server::start(options.clone()).await;
    let forged = ["6.6.6.1", "6.6.6.2", "6.6.6.3", "6.6.6.4"].map(Some);
    assert_eq!(ask(&server.anonymous(), &forged).await, [200, 200, 200, 429], "no proxy is trusted");
    let request = server.anonymous().get("/hello_world").header("Spin-Client-Addr", "6.6.6.6:6");
    request.send().await.assert_status(429, "the runtime's address counts");

    let server = Server::start(options.variable("trusted_proxies", "1")).await;
    let through = ["6.6.6.1, 9.9.9.9", "6.6.6.2,9.9.9.9", "9.9.9.9", "x, 9.9.9.9"].map(Some);
    assert_eq!(ask(&server.anonymous(), &through).await, [200, 200, 200, 429], "the last is from the proxy");
    let other = ["9.9.9.8", "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:0:ffff::", "2001:db8:0:1::"];
    assert_eq!(ask(&server.anonymous(), &other.map(Some)).await, [200, 200, 200, 200, 429, 200]);
}

/// Sends one request after the other, with these values of `X-Forwarded-For`. Returns the statuses.
async fn ask(client: &Client, forwarded: &[Option<&str>]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for value in forwarded {
        let request = client.get("/hello_world");
        let request = match value {
            Some(value) => request.header("X-Forwarded-For", value),
            None => request,
        };
        statuses.push(request.send().await.status);
    }
    statuses
}
