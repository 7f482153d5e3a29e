//! Calls of the Redis interface.

use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;

use futures::future::{Either, select};
use futures::lock::Mutex;
use serde_json::{Value as Json, json};
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};
use spin_sdk::time;

use crate::{Parameters, instance};

/// The first connection of this instance, which it never opens again.
static KEPT: OnceLock<Connection> = OnceLock::new();
static OPENING: Mutex<()> = Mutex::new(());

/// Cancels the call after `ms`, if that is not 0.
pub(crate) async fn answer(path: &str, parameters: &Parameters) -> Json {
    let limit = parameters.milliseconds();
    let address = parameters.text("address");
    let work = async {
        match path {
            "/redis/open" => Connection::open(address).await.map(|_| json!("opened")),
            "/redis/open-many" => Ok(open_many(address, parameters.number("count")).await),
            "/redis/call" => call(&Connection::open(address).await?, parameters).await,
            "/redis/kept/call" => call(kept(address).await?, parameters).await,
            _ => Ok(json!("no such function")),
        }
    };
    let outcome = within(limit, work).await.unwrap_or_else(|| json!({"error": "given up"}));
    json!({"instance": instance::id(), "outcome": outcome})
}

/// Returns `None` if the work takes longer than `limit`. A limit of 0 is none.
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

/// Opens connections and keeps them until `count` or an error. Returns their number and the error.
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

/// Calls one function of the interface, with every `key` and `value`. The arguments of `execute` are every `text`, then
/// every `integer`.
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

/// Returns a text, or an array of numbers if the bytes are not UTF-8.
pub(crate) fn bytes(bytes: Vec<u8>) -> Json {
    String::from_utf8(bytes).map_or_else(|error| json!(error.into_bytes()), |text| json!(text))
}
