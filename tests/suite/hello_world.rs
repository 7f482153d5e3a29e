//! `GET /hello_world`

use black_box::{Options, Server};
use serde_json::json;

#[tokio::test]
async fn greets_the_world() {
    let server = Server::start(Options::api()).await;
    let answer = server.client().get("/hello_world").send().await;
    assert_eq!(answer.assert_json(200, "hello"), json!({"message": "Hello World!"}));
}
