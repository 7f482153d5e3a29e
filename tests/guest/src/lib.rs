//! A component that uses the runtime in ways that the API does not: it traps, keeps state between requests, and calls
//! what the runtime refuses. `tests/suite/runtime/` checks its responses.

#[cfg(not(feature = "spin-4-0"))]
extern crate spin_sdk_final as spin_sdk;
#[cfg(feature = "spin-4-0")]
extern crate spin_sdk_rc as spin_sdk;

mod database;
mod instance;
mod key_value;
mod outbound;
mod redis;
mod stream;

use std::time::Duration;

use serde_json::{Value, json};
use spin_sdk::http::{IntoResponse, Request, Result};
use spin_sdk::{http_service, time, variables};

/// The decoded query of a request.
struct Parameters(Vec<(String, String)>);

#[http_service]
async fn handle(request: Request) -> Result<impl IntoResponse> {
    let parameters = Parameters::of(&request);
    let count = instance::enter();
    let answer = match request.uri().path() {
        "/" => json!("ok"),
        "/count" => json!({"instance": instance::id(), "requests": count}),
        "/trap" => trap(),
        "/sleep" => {
            time::sleep(parameters.milliseconds()).await;
            json!({"instance": instance::id(), "requests": count})
        }
        "/turn" => {
            instance::take_turn(parameters.milliseconds()).await;
            json!({"instance": instance::id(), "requests": count})
        }
        "/spawn" => {
            let delay = parameters.milliseconds();
            spin_sdk::wasip3::spawn(async move {
                time::sleep(delay).await;
                if let Err(error) = database::add_row().await {
                    eprintln!("spawned task: {error}");
                }
            });
            json!({"instance": instance::id()})
        }
        "/rows" => outcome(database::rows().await),
        "/attach" => outcome(database::attach(parameters.text("path")).await),
        "/stream" => outcome(database::stream(parameters.number("rows")).await),
        "/bad-sql" => database::parts("SELEKT 1", 0).await,
        "/late-error" => database::late_error(parameters.number("row")).await,
        "/other-database" => outcome(database::open_other().await),
        path if path.starts_with("/key-value/") => key_value::answer(path, &parameters).await,
        path if path.starts_with("/redis/") => redis::answer(path, &parameters).await,
        "/outbound" => json!(outbound::get(parameters.text("url")).await),
        "/headers" => headers(&request),
        "/variables" => named_variables().await,
        "/environment" => std::env::vars().map(|(name, value)| (name, json!(value))).collect(),
        "/trickle" => {
            return stream::trickle(
                parameters.number("chunks"),
                parameters.milliseconds(),
                parameters.number("length"),
            );
        }
        _ => return stream::text(404, "no such route".to_owned()),
    };
    stream::text(200, answer.to_string())
}

impl Parameters {
    fn of<B>(request: &Request<B>) -> Self {
        let query = request.uri().query().unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// Empty if the parameter is missing.
    fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// 0 if the parameter is missing or not a number.
    fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or_default()
    }

    fn milliseconds(&self) -> Duration {
        Duration::from_millis(self.number("ms").unsigned_abs())
    }
}

#[expect(clippy::panic, reason = "the trap is the question")]
fn trap() -> Value {
    panic!("asked to trap")
}

fn outcome(result: std::result::Result<Value, String>) -> Value {
    result.unwrap_or_else(|error| json!({ "error": error }))
}

fn headers(request: &Request) -> Value {
    let headers: Vec<_> = request
        .headers()
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    json!({"uri": request.uri().to_string(), "method": request.method().as_str(), "headers": headers})
}

async fn named_variables() -> Value {
    let mut answer = serde_json::Map::new();
    for name in ["token", "sentence", "greeting"] {
        let value = match variables::get(name).await {
            Ok(value) => json!(value),
            Err(error) => json!({ "error": format!("{error:?}") }),
        };
        answer.insert(name.to_owned(), value);
    }
    Value::Object(answer)
}
