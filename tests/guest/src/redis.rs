//! Redis as a component sees it.

use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;

use futures::future::{Either, select};
use futures::lock::Mutex;
use serde_json::{Value as Json, json};
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};
use spin_sdk::time;

use crate::{Parameters, instance};

/// The connection that this instance opened first, which it never opens again.
static KEPT: OnceLock<Connection> = OnceLock::new();
static OPENING: Mutex<()> = Mutex::new(());

/// Answers `/redis/...`. What it does ends after `ms`, if that is given.
pub(crate) async fn answer(path: &str, parameters: &Parameters) -> Json {
    let limit = parameters.milliseconds();
    let address = parameters.text("address");
    let work = async {
        match path {
            "/redis/open" => Connection::open(address).await.map(|_| json!("opened")),
            "/redis/open-many" => Ok(open_many(address, parameters.number("count")).await),
            "/redis/call" => call(&Connection::open(address).await?, parameters).await,
            "/redis/kept/call" => call(kept(address).await?, parameters).await,
            _ => Ok(json!("no such question")),
        }
    };
    let outcome = within(limit, work).await.unwrap_or_else(|| json!({"error": "given up"}));
    json!({"instance": instance::id(), "outcome": outcome})
}

/// The outcome of the work, or nothing when the time was over before.
async fn within(limit: Duration, work: impl Future<Output = Result<Json, Error>>) -> Option<Json> {
    let work = async { work.await.unwrap_or_else(|error| json!({ "error": format!("{error:?}") })) };
    if limit.is_zero() {
        return Some(work.await);
    }
    match select(pin!(work), pin!(time::sleep(limit))).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

async fn kept(address: &str) -> Result<&'static Connection, Error> {
    let _opening = OPENING.lock().await;
    if let Some(connection) = KEPT.get() {
        return Ok(connection);
    }
    let connection = Connection::open(address).await?;
    Ok(KEPT.get_or_init(|| connection))
}

/// Opens connections and keeps them until it is done: how many, and the error that ended it.
async fn open_many(address: &str, count: i64) -> Json {
    let mut connections = Vec::new();
    let mut failure = None;
    for _ in 0..count {
        match Connection::open(address).await {
            Ok(connection) => connections.push(connection),
            Err(error) => {
                failure = Some(format!("{error:?}"));
                break;
            }
        }
    }
    json!({"opened": connections.len(), "error": failure})
}

/// One call of the interface's function, with each `key` and `value` that is given; `execute` takes
/// each `text` and then each `integer`.
async fn call(connection: &Connection, parameters: &Parameters) -> Result<Json, Error> {
    let (key, value) = (parameters.text("key"), parameters.text("value"));
    let values = || parameters.texts("value");
    Ok(match parameters.text("function") {
        "publish" => json!(connection.publish(key, value).await?),
        "get" => json!(connection.get(key).await?.map(bytes)),
        "set" => json!(connection.set(key, value).await?),
        "incr" => json!(connection.incr(key).await?),
        "del" => json!(connection.del(parameters.texts("key")).await?),
        "sadd" => json!(connection.sadd(key, values()).await?),
        "smembers" => json!(connection.smembers(key).await?),
        "srem" => json!(connection.srem(key, values()).await?),
        "execute" => {
            let texts = parameters.texts("text").map(|text| RedisParameter::Binary(text.into()));
            let integers = parameters.texts("integer").filter_map(|text| text.parse().ok());
            let arguments = texts.chain(integers.map(RedisParameter::Int64));
            let results = connection.execute(parameters.text("command"), arguments).await?;
            results.into_iter().map(result).collect()
        }
        _ => json!("no such function"),
    })
}

fn result(result: RedisResult) -> Json {
    match result {
        RedisResult::Nil => Json::Null,
        RedisResult::Status(status) => json!({ "status": status }),
        RedisResult::Int64(integer) => json!(integer),
        RedisResult::Binary(binary) => bytes(binary),
    }
}

/// The text, or the numbers of bytes that are none.
pub(crate) fn bytes(bytes: Vec<u8>) -> Json {
    String::from_utf8(bytes).map_or_else(|error| json!(error.into_bytes()), |text| json!(text))
}
