//! Requests of every kind, counted by the client that sends them.

use black_box::{API_KEY, Client, Request, Server, example};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Counts;

const CONNECTIONS: usize = 32;

/// A request, and how the API should count it.
struct Ask {
    method: &'static str,
    path: &'static str,
    endpoint: &'static str,
    body: Option<Value>,
    has_key: bool,
}

impl Ask {
    fn request(&self, client: &Client) -> Request {
        let mut request = client.request(self.method, self.path);
        if self.has_key {
            request = request.header("X-API-KEY", API_KEY);
        }
        match &self.body {
            Some(body) => request.json(body.clone()),
            None => request,
        }
    }

    fn method_label(&self) -> &'static str {
        if self.method == "BREW" { "other" } else { self.method }
    }
}

/// Sends this many requests over 32 connections. Counts the responses.
pub(super) async fn send(server: &Server, requests: usize) -> Counts {
    let mut running = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let client = server.anonymous();
        running.spawn(async move {
            let mut counts = Counts::new();
            for number in (connection..requests).step_by(CONNECTIONS) {
                // At any moment, the connections send different requests.
                let asks = asks();
                let ask = &asks[(number / CONNECTIONS + connection) % asks.len()];
                let answer = ask.request(&client).send().await;
                // A database that is too busy causes 503, which counts like any other status.
                assert_ne!(answer.status, 500, "{} {}: {answer:?}", ask.method, ask.path);
                let key = (ask.method_label().to_owned(), ask.endpoint.to_owned(), answer.status);
                *counts.entry(key).or_default() += 1;
            }
            counts
        });
    }
    let mut all = Counts::new();
    for counts in running.join_all().await {
        add(&mut all, counts);
    }
    assert_eq!(all.values().sum::<u64>(), requests as u64);
    all
}

pub(super) fn add(all: &mut Counts, counts: Counts) {
    for (key, count) in counts {
        *all.entry(key).or_default() += count;
    }
}

fn asks() -> Vec<Ask> {
    let ask = |method, path, endpoint| Ask { method, path, endpoint, body: None, has_key: true };
    let with = |ask, body| Ask { body: Some(body), ..ask };
    let without_key = |ask| Ask { has_key: false, ..ask };
    let list = example::LIST;
    let more = example::MORE.iter().map(|&(method, path, endpoint, body)| {
        let body = serde_json::from_str(body).unwrap();
        Ask { body: Some(body).filter(|body: &Value| !body.is_null()), ..ask(method, path, endpoint) }
    });
    more.chain([
        without_key(ask("GET", "/", "/")),
        without_key(ask("GET", "/readiness", "/readiness")),
        ask("GET", "/hello_world", "/hello_world"),
        ask("HEAD", "/hello_world", "/hello_world"),
        without_key(ask("GET", "/hello_world", "/hello_world")),
        ask("GET", "/current_time?name=planted-in-a-query", "/current_time"),
        ask("GET", "/current_time", "/current_time"),
        ask("GET", list, list),
        ask("PATCH", list, list),
        ask("BREW", list, list),
        with(ask("POST", list, list), example::new()),
        with(ask("POST", list, list), example::new()),
        with(ask("POST", list, list), json!({"planted": 1})),
        ask("GET", example::ONE, example::ENDPOINT),
        ask("GET", example::NONE, example::ENDPOINT),
        ask("DELETE", example::NONE, example::ENDPOINT),
        without_key(ask("GET", "/planted-path", "unmatched")),
    ])
    .collect()
}
