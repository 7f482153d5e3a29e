//! Calls of the key-value interface.

use serde_json::{Value as Json, json};
use spin_sdk::key_value::{Error, Store};
use spin_sdk::time;

use crate::redis::bytes;
use crate::{Parameters, instance};

pub(crate) async fn answer(path: &str, parameters: &Parameters) -> Json {
    let outcome = match path {
        "/key-value/call" => call(parameters).await,
        "/key-value/keys" => keys(parameters).await,
        _ => Ok(json!("no such function")),
    };
    let outcome = outcome.unwrap_or_else(|error| json!({ "error": format!("{error:?}") }));
    json!({"instance": instance::id(), "outcome": outcome})
}

/// Calls one function of the interface. The value is every `byte`, or `value` if there is none.
async fn call(parameters: &Parameters) -> Result<Json, Error> {
    let store = Store::open(parameters.text("store")).await?;
    let key = parameters.text("key");
    Ok(match parameters.text("function") {
        "open" => json!("opened"),
        "get" => json!(store.get(key).await?.map(bytes)),
        "set" => {
            let binary: Vec<u8> = parameters.texts("byte").filter_map(|byte| byte.parse().ok()).collect();
            let text = parameters.text("value").as_bytes();
            json!(store.set(key, if binary.is_empty() { text } else { &binary }).await?)
        }
        "delete" => json!(store.delete(key).await?),
        "exists" => json!(store.exists(key).await?),
        _ => json!("no such function"),
    })
}

/// Reads `first` keys, pauses for `ms`, and reads the others. Returns all keys and the completion.
///
/// Instead of reading the others, it gets the value of `key` during the listing (`then=get`) or after dropping it
/// (`then=leave`).
async fn keys(parameters: &Parameters) -> Result<Json, Error> {
    let store = Store::open(parameters.text("store")).await?;
    let mut keys = store.get_keys().await;
    let mut names = Vec::new();
    for _ in 0..parameters.number("first") {
        names.extend(keys.next().await);
    }
    time::sleep(parameters.milliseconds()).await;
    let value = async || Ok(json!(store.get(parameters.text("key")).await?.map(bytes)));
    match parameters.text("then") {
        "get" => return value().await,
        "leave" => {
            drop(keys);
            return value().await;
        }
        _ => {}
    }
    while let Some(name) = keys.next().await {
        names.push(name);
    }
    let completion = keys.result().await.map_or_else(|error| format!("{error:?}"), |()| "ok".to_owned());
    names.sort();
    Ok(json!({"keys": names, "completion": completion}))
}
