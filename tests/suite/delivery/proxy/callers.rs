//! Addresses, schemes and quotas of callers.

use black_box::{Nginx, ProxyClient};
use tokio::task::JoinSet;

use super::{REPLICAS, Site, address, answering};

#[tokio::test]
async fn the_address_is_that_of_the_client_whatever_it_says() {
    let site = Site::start(&[("auth", "none"), ("rate_limit", "3/24h")]).await;
    let statuses = async |client: &ProxyClient, forged: &[&str]| {
        let mut statuses = Vec::new();
        for forged in forged {
            let request = client.request("GET", "/hello_world");
            let request = request.header("X-Forwarded-For", *forged).header("Forwarded", "for=6.6.6.6");
            statuses.push(ProxyClient::send(request).await.status);
        }
        statuses
    };
    let forged = ["6.6.6.1", "6.6.6.2, 6.6.6.3", "", "127.0.77.2"];
    assert_eq!(statuses(&site.stranger(1), &forged).await, [200, 200, 200, 429], "one address, one quota");
    assert_eq!(statuses(&site.stranger(2), &["127.0.77.1", "127.0.77.1"]).await, [200, 200], "another address");
}

#[tokio::test]
async fn the_scheme_is_that_of_the_connection_whatever_the_client_says() {
    let site = Site::start(&[]).await;
    for name in ["X-Forwarded-Proto", "x-forwarded-proto"] {
        let answer = ProxyClient::send(site.stranger(1).request("GET", "/").header(name, "https")).await;
        assert_eq!(answer.assert_status(200, name).header("Strict-Transport-Security"), None, "{name}");
    }
}

#[tokio::test]
async fn the_quota_holds_across_replicas() {
    const QUOTA: usize = 40;
    let site = Site::start(&[("rate_limit", "40/24h"), ("rate_limit_on_error", "closed")]).await;
    let mut running = JoinSet::new();
    for number in 1..=24 {
        let caller = site.caller(number);
        running.spawn(async move {
            let mut passed = 0;
            for _ in 0..4 {
                let answer = caller.get("/hello_world").await;
                if answer.status == 200 {
                    passed += 1;
                } else {
                    answer.assert_problem(429, "rate-limited", "over the quota");
                    assert!(answer.header("RateLimit-Policy").is_some(), "the API's, not nginx's: {answer:?}");
                }
            }
            passed
        });
    }
    let passed: usize = running.join_all().await.into_iter().sum();
    assert_eq!(passed, QUOTA);
    let upstreams: std::collections::BTreeSet<_> =
        site.nginx.logs().records().iter().map(|record| record["upstream"].to_string()).collect();
    assert_eq!(upstreams.len(), REPLICAS, "all of them counted: {upstreams:?}");
}

#[tokio::test]
async fn a_flood_of_one_address_is_cut_off_and_of_no_other() {
    // Without a replica, so that responses cost nothing.
    let nginx = Nginx::start(&["127.0.0.1:9".parse().unwrap()]).await;
    let mut running = JoinSet::new();
    for _ in 0..8 {
        let client = nginx.client(address(1), None);
        running.spawn(async move {
            let mut refused = 0;
            for _ in 0..150 {
                let answer = client.get("/hello_world").await;
                if answer.status == 429 {
                    answer.assert_problem(429, "rate-limited", "a flood");
                    assert_eq!(answer.header("Retry-After"), Some("1"));
                    refused += 1;
                }
            }
            refused
        });
    }
    let refused: usize = running.join_all().await.into_iter().sum();
    assert!(refused > 0 && refused < 1000, "the burst of 200 passes, not all 1200: {refused} refused");
    nginx.client(address(2), None).get("/hello_world").await.assert_status(502, "another address");
}

#[tokio::test]
async fn what_is_for_the_operator_is_hidden_and_the_rest_is_not() {
    let site = Site::start(&[]).await;
    let stranger = site.stranger(1);
    let hidden = [
        "/metrics",
        "/metrics?x=1",
        "//metrics",
        "/%6detrics",
        "/readiness",
        "/health/%2e%2e/readiness",
        "/.well-known/spin/health",
        "/.well-known/spin/info",
        "/.well-known/%73pin/info",
        "/problem",
    ];
    for path in hidden {
        for method in ["GET", "HEAD", "POST"] {
            let answer = ProxyClient::send(stranger.request(method, path)).await;
            answer.assert_status(404, path);
            assert!(method == "HEAD" || answer.text().contains("problem:not-found"), "{method} {path}");
        }
    }
    for path in ["/", "/health", "/healthcheck", "/docs", "/redoc", "/openapi.json"] {
        stranger.get(path).await.assert_status(200, path);
    }
    for replica in &site.replicas {
        let metrics = replica.anonymous().get("/metrics").send().await;
        metrics.assert_status(200, "directly from the replica");
        let readiness = replica.anonymous().get("/readiness").send().await;
        readiness.assert_status(200, "directly from the replica");
    }
    assert_eq!(answering(&site.caller(2), 9).await.len(), REPLICAS);
}
