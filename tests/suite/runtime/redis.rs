//! `spin:redis`

mod commands;
mod connections;
mod outage;

use std::time::Duration;

use black_box::{Client, Options, RedisServer, Server};
use reqwest::Url;
use serde_json::Value;

use super::{Guest, PACE};

/// Enough time for a command to reach Redis.
const UNDER_WAY: Duration = Duration::from_millis(150);

/// A guest, and the Redis that it may connect to.
struct RedisGuest {
    redis: RedisServer,
    server: Server,
}

impl RedisGuest {
    async fn start(redis: RedisServer) -> Self {
        Self::start_with(redis, Options::guest()).await
    }

    async fn start_with(redis: RedisServer, options: Options) -> Self {
        let (host, port) = redis.host_and_port();
        let server = Server::start(options.variable("redis_host", &host).variable("redis_port", &port)).await;
        Self { redis, server }
    }

    /// Returns the guest's outcome at this path, with the parameters' address or the one of its Redis.
    async fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        // Lets the instance become idle, so that it gets this request too.
        tokio::time::sleep(PACE).await;
        ask(&self.server.client(), self.redis.url(), path, parameters).await["outcome"].clone()
    }

    /// Executes a command over a new connection.
    async fn execute(&self, words: &[&str]) -> Value {
        self.ask("/redis/call", &execution(words)).await
    }

    /// Executes a command over the connection that the instance keeps.
    async fn execute_kept(&self, words: &[&str]) -> Value {
        self.ask_kept(&execution(words)).await
    }

    /// Makes a call over the connection that the instance keeps.
    async fn ask_kept(&self, parameters: &[(&str, &str)]) -> Value {
        self.ask("/redis/kept/call", parameters).await
    }
}

/// Sends the address after the parameters, because the guest uses the first address.
async fn ask(client: &Client, address: &str, path: &str, parameters: &[(&str, &str)]) -> Value {
    let mut url = Url::parse("http://guest").unwrap();
    url.query_pairs_mut().extend_pairs(parameters).append_pair("address", address);
    let query = url.query().unwrap_or_default();
    client.get(&format!("{path}?{query}")).send().await.assert_json_text()
}

fn execution<'a>(words: &[&'a str]) -> Vec<(&'static str, &'a str)> {
    let (command, arguments) = words.split_first().expect("a command");
    let mut parameters = vec![("function", "execute"), ("command", *command)];
    parameters.extend(arguments.iter().map(|argument| ("text", *argument)));
    parameters
}

/// A key that no other test uses.
fn key(name: &str) -> String {
    format!("runtime:{name}:{:016x}", fastrand::u64(..))
}

fn error(outcome: &Value) -> &str {
    outcome["error"].as_str().unwrap_or_else(|| panic!("no error: {outcome}"))
}
