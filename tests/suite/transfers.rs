//! `/transfers` and `/transfers/{id}`

mod create;
mod get;
mod idempotency;
mod integrity;
mod list;
mod refusals;

use black_box::Client;
use serde_json::{Value, json};

/// 2^53 - 1, the most tocos that a user can have and that a transfer can move.
const MOST: u64 = 9_007_199_254_740_991;

/// The body of a request.
fn transfer(from: &str, to: &str, amount: u64) -> Value {
    json!({"from": from, "to": to, "amount": amount})
}

/// Makes a transfer and returns its id.
async fn make(client: &Client, from: &str, to: &str, amount: u64) -> String {
    let answer = client.post("/transfers", transfer(from, to, amount)).send().await;
    id(&answer.assert_json(201, "a transfer"))
}

fn id(transfer: &Value) -> String {
    transfer["id"].as_str().expect("an id").to_owned()
}

async fn balance(client: &Client, user: &str) -> u64 {
    let entry = client.get(&format!("/tocos/{user}")).send().await.assert_json(200, user);
    entry["tocos"].as_u64().expect("an integer")
}

/// Every transfer, the newest first.
async fn history(client: &Client) -> Vec<Value> {
    let all = client.get("/transfers?limit=1000").send().await.assert_json(200, "the history");
    all.as_array().expect("an array").clone()
}
