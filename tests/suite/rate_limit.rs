//! Rate limits: whose requests they count, how exact they are, and how they work without Redis.

mod address;
mod attempts;
mod changes;
mod exactness;
mod outage;
mod steps;

use black_box::{API_KEY, Answer, Options, Server, example, record};
use serde_json::json;
use sha2::{Digest, Sha256};

/// The window is longer than any test, so no quota refills during a test.
const THREE: &str = "3/24h";

/// A named key, and its entry in `api_key`: the name and the SHA-256.
const CI_KEY: &str = "black-box-key-of-ci-77d0";
const CI: &str = "ci:afe41cb9e8c5ccb439a65a4bc047e423383ab81c050b3848fd0baac66b103a72";

#[tokio::test]
async fn the_quota_is_told_and_then_refused() {
    let server = Server::start(Options::api().variable("rate_limit", THREE)).await;
    let client = server.client();
    let answers = [
        client.get("/hello_world").send().await.assert_status(200, "the first").clone(),
        client.get(example::NONE).send().await.assert_status(404, "errors count too").clone(),
        client.post(example::LIST, json!({})).send().await.assert_status(422, "writes count too").clone(),
    ];
    for (answer, remaining) in answers.iter().zip([2, 1, 0]) {
        assert_eq!(answer.header("RateLimit-Policy"), Some(r#""default";q=3;w=86400"#));
        assert_eq!(state(answer).0, remaining);
    }
    let refused = client.get("/hello_world").send().await;
    refused.assert_problem(429, "rate-limited", "the fourth");
    let retry_after: u64 = refused.header("Retry-After").unwrap().parse().unwrap();
    // A third of the window, less what the test has taken, rounded up.
    assert!((28_700..=28_800).contains(&retry_after), "{retry_after}");
    assert_eq!(state(&refused).0, 0);
    assert!((86_300..=86_400).contains(&state(&refused).1), "{refused:?}");
    let limited = "rate_limited_total";
    tokio::time::sleep(crate::metrics::QUIET).await;
    let told = crate::metrics::scrape(&server).await;
    assert_eq!((told.sum(limited, ("by", "caller")), told.sum(limited, ("by", "address"))), (1.0, 0.0));
}

#[tokio::test]
async fn what_is_open_is_not_limited() {
    let server = Server::start(Options::api().variable("rate_limit", "1/24h")).await;
    for path in ["/", "/health", "/healthcheck", "/readiness", "/metrics", "/nothing"] {
        for _ in 0..3 {
            let answer = server.client().get(path).send().await;
            assert_ne!(answer.status, 429, "{path}");
            assert_eq!(answer.header("RateLimit"), None, "{path}");
        }
    }
    server.client().get("/hello_world").send().await.assert_status(200, "the first that counts");
}

#[tokio::test]
async fn without_a_limit_nothing_is_said() {
    let server = Server::start(Options::api()).await;
    let answer = server.client().get("/hello_world").send().await;
    assert_eq!((answer.header("RateLimit"), answer.header("RateLimit-Policy")), (None, None));
}

#[tokio::test]
async fn callers_have_quotas_of_their_own() {
    let options = Options::api()
        .variable("api_key", &format!("{API_KEY},{CI}"))
        .variable("rate_limit", "1/24h")
        .variable("rate_limit_overrides", "ci=2/1h");
    let server = Server::start(options).await;
    let (other, ci) = (server.client(), server.with_key(CI_KEY));
    other.get("/hello_world").send().await.assert_status(200, "one of one");
    other.get("/hello_world").send().await.assert_problem(429, "rate-limited", "two of one");
    for remaining in [1, 0] {
        let answer = ci.get("/hello_world").send().await;
        assert_eq!(answer.assert_status(200, "ci").header("RateLimit-Policy"), Some(r#""default";q=2;w=3600"#));
        assert_eq!(state(&answer).0, remaining);
    }
    ci.get("/hello_world").send().await.assert_problem(429, "rate-limited", "three of two");
    let named = |line: &str| record(line).is_some_and(|record| record["status"] == 429 && record["key"] == "ci");
    server.logs().wait_for("a refusal with the key's name", named).await;
}

#[tokio::test]
async fn keys_of_one_name_share_a_quota() {
    let next = "black-box-key-of-ci-next";
    let entry = format!("ci:{:x}", Sha256::digest(next));
    let options = Options::api().variable("api_key", &format!("{CI},{entry}")).variable("rate_limit", "2/24h");
    let server = Server::start(options).await;
    for (key, status) in [(CI_KEY, 200), (next, 200), (CI_KEY, 429), (next, 429)] {
        server.with_key(key).get("/hello_world").send().await.assert_status(status, key);
    }
}

/// `r` and `t` of the header RateLimit.
fn state(answer: &Answer) -> (u64, u64) {
    let text = answer.header("RateLimit").unwrap_or_else(|| panic!("no RateLimit: {answer:?}"));
    let numbers = text.strip_prefix(r#""default";r="#).and_then(|rest| rest.split_once(";t="));
    let (remaining, reset) = numbers.unwrap_or_else(|| panic!("{text}"));
    (remaining.parse().unwrap(), reset.parse().unwrap())
}
