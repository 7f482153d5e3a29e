//! A Redis that stops, restarts, or does not respond.

use std::time::{Duration, Instant};

use black_box::{Options, Server};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use super::super::SURELY_GONE;
use super::{RedisGuest, RedisServer, UNDER_WAY, error, execution};

const LOST: &str = "Error::Other(\"broken pipe\")";
/// Far longer than an error takes.
const AT_ONCE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_lost_connection_stays_lost_and_a_new_one_works() {
    let guest = RedisGuest::start(RedisServer::start_own()).await;
    assert_eq!(guest.execute_kept(&["PING"]).await, json!([{"status": "PONG"}]));
    guest.redis.stop();
    for _ in 0..2 {
        assert_eq!(error(&guest.execute_kept(&["PING"]).await), LOST);
    }
    let refused = guest.ask("/redis/open", &[]).await;
    assert!(error(&refused).contains("Connection refused"), "{refused}");
    guest.redis.start();
    for _ in 0..2 {
        assert_eq!(error(&guest.execute_kept(&["PING"]).await), LOST, "the guest has not opened it again");
    }
    assert_eq!(guest.execute(&["PING"]).await, json!([{"status": "PONG"}]));
    sleep(SURELY_GONE).await;
    assert_eq!(guest.execute_kept(&["PING"]).await, json!([{"status": "PONG"}]), "another instance");
}

#[tokio::test]
async fn a_restart_between_two_commands_is_not_hidden() {
    let guest = RedisGuest::start(RedisServer::start_own()).await;
    guest.execute_kept(&["PING"]).await;
    guest.redis.stop();
    guest.redis.start();
    assert_eq!(error(&guest.execute_kept(&["PING"]).await), LOST);
}

#[tokio::test]
async fn a_command_that_waits_is_told_of_the_end() {
    let guest = RedisGuest::start(RedisServer::start_own()).await;
    let waiting = guest.execute_kept(&["BLPOP", "nothing", "0"]);
    let ending = async {
        sleep(UNDER_WAY).await;
        guest.redis.stop();
    };
    let both = async { tokio::join!(waiting, ending) };
    let (outcome, ()) = timeout(AT_ONCE, both).await.expect("an error at once");
    assert_eq!(error(&outcome), LOST);
}

#[tokio::test]
async fn a_pause_of_redis_is_waited_for() {
    let guest = RedisGuest::start(RedisServer::start_own()).await;
    let start = Instant::now();
    guest.execute(&["CLIENT", "PAUSE", "2000", "ALL"]).await;
    assert_eq!(error(&guest.ask("/redis/open", &[("ms", "300")]).await), "given up");
    assert_eq!(guest.execute(&["PING"]).await, json!([{"status": "PONG"}]));
    assert!(start.elapsed() > Duration::from_millis(1900), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_command_that_was_given_up_is_done_all_the_same() {
    let guest = RedisGuest::start(RedisServer::start_own()).await;
    let slow = "local function now() return tonumber(redis.call('TIME')[1]) end
        local start = now()
        while now() < start + 2 do end
        return redis.call('INCR', KEYS[1])";
    let mut increment = execution(&["EVAL", slow, "1", "counter"]);
    increment.push(("ms", "300"));
    assert_eq!(error(&guest.ask("/redis/call", &increment).await), "given up");
    assert_eq!(guest.execute(&["GET", "counter"]).await, json!(["1"]));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_waited_for_until_the_guest_gives_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let server = Server::start(Options::guest().variable("redis_port", &port)).await;
    let start = Instant::now();
    let path = format!("/redis/open?address=redis://127.0.0.1:{port}&ms=4000");
    let answer = server.client().get(&path).send().await.assert_status(200, "the guest's own answer").json();
    assert_eq!(error(&answer["outcome"]), "given up");
    assert!(start.elapsed() >= Duration::from_secs(4), "{:?}", start.elapsed());
    server.client().get("/count").send().await.assert_status(200, "the instance still responds");
}
