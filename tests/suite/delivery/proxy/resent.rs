//! Requests that nginx sends to another replica, and requests that it never sends twice.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use black_box::{Nginx, ProxyClient};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Site, address};

/// Starts a replica that counts requests and sends this response. An empty one only closes the connection.
async fn odd_replica(answer: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    replica(move |_| answer).await
}

/// Starts a replica whose response depends on the number of its requests.
async fn replica(answer: impl Fn(usize) -> &'static str + Send + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counter = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            if stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {
                let count = counter.fetch_add(1, Ordering::SeqCst) + 1;
                let _ = stream.write_all(answer(count).as_bytes()).await;
            }
        }
    });
    (address, count)
}

/// Sends a request to two such replicas. Returns how often it arrives, and its status.
async fn arrivals(method: &str, answer: &'static str) -> (usize, u16) {
    let ((first, at_first), (second, at_second)) = (odd_replica(answer).await, odd_replica(answer).await);
    let nginx = Nginx::start(&[first, second]).await;
    let answer = ProxyClient::send(nginx.client(address(1), None).json(method, "/transfers", &json!({}))).await;
    (at_first.load(Ordering::SeqCst) + at_second.load(Ordering::SeqCst), answer.status)
}

#[tokio::test]
async fn what_is_idempotent_goes_to_another_replica_and_nothing_else() {
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        assert_eq!(arrivals(method, "").await, (2, 502), "{method}");
    }
    for method in ["POST", "PATCH"] {
        assert_eq!(arrivals(method, "").await, (1, 502), "{method}");
    }
}

/// This state follows a change of the addresses: the replica that fails is the only one that nginx may use.
#[tokio::test]
async fn a_request_without_another_replica_starts_again_if_it_is_idempotent() {
    const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\nX-Request-Id: r\r\nX-Content-Type-Options: nosniff\r\n\
        Cache-Control: no-store\r\nConnection: close\r\n\r\n";
    for (method, expected) in [("GET", (2, 204)), ("DELETE", (2, 204)), ("POST", (1, 502))] {
        let fails = Arc::new(AtomicBool::new(false));
        let next_fails = fails.clone();
        let answer = move |_| if next_fails.swap(false, Ordering::SeqCst) { "" } else { NO_CONTENT };
        let (live, count) = replica(answer).await;
        let nginx = Nginx::start(&[live, "127.0.0.1:9".parse().unwrap()]).await;
        let client = nginx.client(address(1), None);
        let mut is_tried = false;
        for round in 0..10 {
            // nginx sends half of these to the dead replica, and then leaves it out for a second.
            for _ in 0..8 {
                client.get("/").await.assert_status(204, "the live one");
            }
            let before = count.load(Ordering::SeqCst);
            fails.store(true, Ordering::SeqCst);
            let id = format!("{method}-{round}");
            let request = client.json(method, "/transfers", &json!({})).header("X-Request-Id", &id);
            let status = ProxyClient::send(request).await.status;
            is_tried = nginx.line(&id).await["upstream"].as_str().unwrap().contains(&format!("{live}, api"));
            // Otherwise the second was over, because the machine is busy.
            if is_tried || method == "POST" {
                assert_eq!((count.load(Ordering::SeqCst) - before, status), expected, "{method}");
                break;
            }
            fails.store(false, Ordering::SeqCst);
        }
        // nginx must not look for another replica after it has sent a POST.
        assert_eq!(is_tried, method != "POST", "{method}: {}", nginx.logs().text());
    }
}

#[tokio::test]
async fn an_answer_is_an_answer() {
    const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nX-Request-Id: r\r\n\
        X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n";
    for method in ["GET", "POST"] {
        assert_eq!(arrivals(method, UNAVAILABLE).await, (1, 503), "{method}");
    }
}

#[tokio::test]
async fn what_was_not_sent_yet_goes_to_another_replica_whatever_it_is() {
    let site = Site::start(&[]).await;
    let dead = "127.0.0.1:9".parse().unwrap();
    let nginx = Nginx::start(&[dead, site.replicas[0].address()]).await;
    let caller = nginx.client(address(1), Some(black_box::API_KEY));
    for number in 0..6 {
        let body = json!({"from": "Sam", "to": "Cem", "amount": 1, "note": format!("{number}")});
        ProxyClient::send(caller.json("POST", "/transfers", &body)).await.assert_status(201, "not sent before");
    }
}

#[tokio::test]
async fn a_transfer_whose_answer_is_lost_is_not_sent_again() {
    const TRANSFERS: u8 = 18;
    let mut site = Site::start(&[]).await;
    site.caller(0).get("/tocos").await.assert_status(200, "the schema is there");
    let database = site.replicas[0].options().database();
    // Keeps the transfers in flight until the replica is killed. The database makes them afterwards.
    let lock = database.lock().await;
    let mut running = JoinSet::new();
    for number in 1..=TRANSFERS {
        let body = json!({"from": "Sam", "to": "Cem", "amount": 1, "note": format!("{number}")});
        let request = site.caller(number).json("POST", "/transfers", &body);
        running.spawn(async move { (number, ProxyClient::send(request).await.status) });
    }
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while database.number(waiting).await < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    site.kill(0);
    tokio::time::sleep(Duration::from_millis(300)).await;
    lock.release().await;

    let outcomes = running.join_all().await;
    // PostgreSQL finishes the statements of the killed replica.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (mut lost, mut lost_and_done) = (0, 0);
    for (number, status) in outcomes {
        let done = database.number(&format!("SELECT count(*) FROM transfers WHERE note = '{number}'")).await;
        match status {
            201 => assert_eq!(done, 1, "an acknowledged transfer, {number}"),
            502 => assert!(done <= 1, "a transfer that was sent again, {number}"),
            other => panic!("{other} for {number}"),
        }
        lost += usize::from(status == 502);
        lost_and_done += usize::from(status == 502 && done == 1);
    }
    assert!(lost > 0, "no response was lost with the replica");
    assert!(lost_and_done > 0, "none of {lost} lost transfers was made, so the test proves nothing");
}
