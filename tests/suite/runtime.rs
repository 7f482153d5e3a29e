//! The runtime, tested with the component in `tests/guest`. The runner must behave as Spin does.

mod bodies;
mod instances;
mod key_value;
mod outbound;
mod redis;
mod requests;
mod sqlite;
mod startup;
mod tasks;
mod variables;

use std::time::Duration;

use black_box::{Client, Options, Server, repository};
use serde_json::Value;

/// Time for which an idle instance is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);
/// Time after which an idle instance has ended, even on a busy machine.
const SURELY_GONE: Duration = Duration::from_millis(1800);
/// Time within which an idle instance has not ended yet.
const SURELY_KEPT: Duration = Duration::from_millis(300);

/// Enough time for an instance to become idle, so that it takes the next request. An earlier request
/// starts another instance.
const PACE: Duration = Duration::from_millis(60);

/// Starts a server with one idle instance.
async fn start(options: Options) -> Server {
    let server = Server::start(options).await;
    tokio::time::sleep(PACE).await;
    server
}

/// Returns the instance that responded, and the number of its requests, including this one.
async fn count(client: &Client) -> (String, u64) {
    let answer = client.get("/count").send().await.assert_json_text();
    (instance(&answer), answer["requests"].as_u64().expect("a count"))
}

fn instance(answer: &Value) -> String {
    answer["instance"].as_str().expect("an instance").to_owned()
}

/// Whether the guest is for the release candidate of WASI 0.3. On Spin 4.0, its tasks do not keep an instance.
fn is_for_candidate() -> bool {
    repository::profile() == Some("spin-4-0")
}

/// The guest's answers have no content type.
trait Guest {
    fn assert_json_text(&self) -> Value;
}

impl Guest for black_box::Answer {
    fn assert_json_text(&self) -> Value {
        self.assert_status(200, "an answer of the guest").json()
    }
}
