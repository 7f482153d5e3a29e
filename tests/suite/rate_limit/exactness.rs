//! Exactly the quota passes, for any number of concurrent requests and replicas.

use black_box::{Options, RedisServer, Server};
use tokio::task::JoinSet;

/// Rejects requests if the limiter fails, so that none passes uncounted.
fn limited(options: Options, limit: &str) -> Options {
    options.variable("rate_limit", limit).variable("rate_limit_on_error", "closed")
}

#[tokio::test]
async fn exactly_the_quota_passes_on_sqlite() {
    let server = Server::start(limited(Options::api(), "40/24h")).await;
    assert_eq!(passed(&[&server], 64, 2).await, 40);
}

#[tokio::test]
async fn exactly_the_quota_passes_over_replicas_that_share_a_redis() {
    let options = limited(Options::api().redis(&RedisServer::shared()), "40/24h");
    // They have separate files, as in two pods.
    let second = options.clone().state(&black_box::StateDir::new());
    let (first, second) = (Server::start(options).await, Server::start(second).await);
    assert_eq!(passed(&[&first, &second], 64, 2).await, 40);
}

#[tokio::test]
async fn a_large_quota_is_as_exact() {
    let server = Server::start(limited(Options::api(), "4000/24h")).await;
    assert_eq!(passed(&[&server], 32, 140).await, 4000);
    let server = Server::start(limited(Options::api().redis(&RedisServer::shared()), "4000/24h")).await;
    assert_eq!(passed(&[&server], 32, 140).await, 4000);
}

#[tokio::test]
async fn a_quota_outlives_instances_and_the_process() {
    let options = Options::api().variable("rate_limit", "2/24h").flag("--max-instance-reuse-count", "1");
    let server = Server::start(options.variable("max_instance_reuse_count", "1")).await;
    server.client().get("/hello_world").send().await.assert_status(200, "one instance");
    server.client().get("/hello_world").send().await.assert_status(200, "another instance");
    let server = server.kill_and_restart().await;
    server.client().get("/hello_world").send().await.assert_problem(429, "rate-limited", "another process");
}

/// Sends requests from this many clients to the servers in turn. Returns how many pass.
async fn passed(servers: &[&Server], clients: usize, requests: usize) -> usize {
    let mut running = JoinSet::new();
    for number in 0..clients {
        let client = servers[number % servers.len()].client();
        running.spawn(async move {
            let mut passed = 0;
            for _ in 0..requests {
                let answer = client.get("/hello_world").send().await;
                assert!([200, 429].contains(&answer.status), "{answer:?}");
                passed += usize::from(answer.status == 200);
            }
            passed
        });
    }
    running.join_all().await.into_iter().sum()
}
