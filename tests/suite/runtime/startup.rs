//! Start and stop of the server.

use std::time::{Duration, Instant};

use black_box::{Options, Server};
use tokio::net::TcpStream;

/// From the start of the process to the first 200, with a warm compile cache.
const COLD_START: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_missing_required_variable_ends_the_start() {
    let refused = Server::try_start(Options::guest().without_variable("token")).await;
    let refused = refused.expect_err("nothing may listen");
    assert!(!refused.status.success(), "{}", refused.status);
    let said = refused.logs.text();
    assert!(said.contains("token"), "{said}");
    assert!(!said.contains("Serving"), "{said}");
}

#[tokio::test]
async fn an_address_in_use_ends_the_start() {
    let server = Server::start(Options::guest()).await;
    let options = Options::guest().listen(server.address());
    let refused = Server::try_start(options).await.expect_err("the address is taken");
    assert!(!refused.status.success(), "{}", refused.status);
    let said = refused.logs.text();
    assert!(said.contains(&server.address().to_string()), "{said}");
}

#[tokio::test]
async fn sigterm_ends_it_at_once_and_in_order() {
    let server = Server::start(Options::guest()).await;
    let address = server.address();
    // A running request does not delay the stop.
    let request = tokio::spawn(server.client().get("/sleep?ms=8000").try_send());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let start = Instant::now();
    let (status, logs) = server.terminate().await;
    assert!(start.elapsed() < Duration::from_secs(3), "after {:?}", start.elapsed());
    assert_eq!(status.code(), Some(0), "{}", logs.text());
    assert!(request.await.unwrap().is_err(), "the request was cut off");
    assert!(TcpStream::connect(address).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn a_stop_is_no_failure_of_an_instance() {
    let server = Server::start(Options::api()).await;
    server.client().get("/health").send().await.assert_status(200, "an instance");
    let (_, logs) = server.terminate().await;
    assert!(!logs.text().contains("ended"), "{}", logs.text());
}

#[tokio::test]
async fn the_routes_are_listed_at_the_start() {
    let server = Server::start(Options::guest()).await;
    let said = server.logs().text();
    let serving = format!("Serving http://{}", server.address());
    let route = format!("  guest: http://{} (wildcard)", server.address());
    for line in [serving.as_str(), "Available Routes:", route.as_str()] {
        assert!(said.contains(line), "{line} in {said}");
    }
}

#[tokio::test]
async fn environment_variables_are_passed_with_env() {
    let options = Options::guest().flag("--env", "COLOUR=red").flag("-e", "SHAPE=round=ish");
    let server = Server::start(options).await;
    let answer = server.client().get("/environment").send().await;
    let seen = answer.assert_status(200, "the environment").json();
    assert_eq!(seen["COLOUR"], "red", "{seen}");
    assert_eq!(seen["SHAPE"], "round=ish", "{seen}");
    assert!(seen["PATH"].is_null(), "nothing of the server's own: {seen}");
}

#[tokio::test]
async fn a_start_is_quick_once_the_component_is_compiled() {
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let _server = Server::start(Options::api()).await;
        fastest = fastest.min(start.elapsed());
    }
    assert!(fastest < COLD_START, "{fastest:?} to the first answer");
}
