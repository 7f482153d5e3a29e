//! `spin:key-value`

mod files;

use std::time::{Duration, Instant};

use black_box::{Client, Options, Server};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{Guest, PACE, instance, start};

/// Far longer than a response takes.
const PATIENCE: Duration = Duration::from_secs(3);

#[tokio::test]
async fn what_was_set_is_there_until_it_is_deleted() {
    let server = Server::start(Options::guest()).await;
    let client = server.client();
    for (question, expected) in [
        ("function=get&key=a", Value::Null),
        ("function=exists&key=a", json!(false)),
        ("function=delete&key=a", Value::Null),
        ("function=set&key=a&value=one", Value::Null),
        ("function=get&key=a", json!("one")),
        ("function=exists&key=a", json!(true)),
        ("function=set&key=a&byte=0&byte=255", Value::Null),
        ("function=get&key=a", json!([0, 255])),
        ("function=set&key=a&value=", Value::Null),
        ("function=get&key=a", json!("")),
        ("function=set&key=&value=no+key", Value::Null),
        ("function=get&key=", json!("no key")),
        ("function=delete&key=a", Value::Null),
        ("function=get&key=a", Value::Null),
    ] {
        assert_eq!(call(&client, question).await, expected, "{question}");
    }
}

#[tokio::test]
async fn a_store_that_the_manifest_does_not_give_is_denied() {
    let server = Server::start(Options::guest()).await;
    let outcome = ask(&server.client(), "/key-value/call?store=other&function=open").await;
    assert_eq!(outcome, json!({"error": "Error::AccessDenied"}));
}

#[tokio::test]
async fn instances_share_a_store() {
    let server = Server::start(Options::guest().flag("--max-instance-reuse-count", "1")).await;
    let client = server.client();
    let mut running = Vec::new();
    for number in 0..64 {
        let client = client.clone();
        let set = format!("function=set&key={number:02}&value=v");
        running.push(tokio::spawn(async move { call(&client, &set).await }));
    }
    for task in running {
        assert_eq!(task.await.unwrap(), Value::Null);
    }
    let expected: Vec<_> = (0..64).map(|number| format!("{number:02}")).collect();
    assert_eq!(ask(&client, "/key-value/keys?store=default").await, json!({"keys": expected, "completion": "ok"}));
}

#[tokio::test]
async fn a_listing_may_be_left_in_its_middle() {
    let server = Server::start(Options::guest()).await;
    let client = server.client();
    fill(&client).await;
    let outcome = ask(&client, "/key-value/keys?store=default&first=1&then=leave&key=1").await;
    assert_eq!(outcome, "value");
}

#[tokio::test]
async fn a_store_is_busy_while_another_instance_reads_its_keys() {
    let server = start(Options::guest().flag("--max-instance-concurrent-reuse-count", "1")).await;
    let client = server.client();
    fill(&client).await;
    let listing = ask(&client, "/key-value/keys?store=default&first=1&ms=1000");
    let reading = async {
        sleep(Duration::from_millis(300)).await;
        let start = Instant::now();
        assert_eq!(call(&client, "function=get&key=1").await, "value");
        start.elapsed()
    };
    let (listed, waited) = tokio::join!(listing, reading);
    assert_eq!(listed["completion"], "ok", "{listed}");
    assert!(waited > Duration::from_millis(300), "{waited:?}");
}

/// A defect of Spin, which the API must avoid, so the runner has it too. Often the whole server does not respond
/// afterwards.
#[tokio::test]
async fn a_listing_and_a_read_in_one_instance_wait_for_each_other_for_ever() {
    let server = Server::start(Options::guest()).await;
    let client = server.client();
    fill(&client).await;
    let both = ask(&client, "/key-value/keys?store=default&first=1&then=get&key=1");
    assert!(timeout(PATIENCE, both).await.is_err(), "it gets no response");
    let read = timeout(PATIENCE, call(&client, "function=get&key=1")).await;
    assert!(read.is_err(), "the store stays blocked");
}

#[tokio::test]
async fn the_whole_instance_waits_for_a_lock_on_the_file() {
    let server = Server::start(Options::guest()).await;
    let client = server.client();
    call(&client, "function=set&key=a&value=v").await;
    let other = Connection::open(files::default_file(server.state_dir())).unwrap();
    // Usually, two requests share an instance the first time.
    for _ in 0..5 {
        sleep(PACE).await;
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let start = Instant::now();
        let neighbour = async {
            let answer = client.get("/sleep?ms=200").send().await.assert_json_text();
            (instance(&answer), start.elapsed())
        };
        let setting = async {
            sleep(PACE).await;
            let path = "/key-value/call?store=default&function=set&key=a&value=w";
            client.get(path).send().await.assert_json_text()
        };
        let unlocking = async {
            sleep(Duration::from_millis(1500)).await;
            other.execute_batch("COMMIT").unwrap();
        };
        let ((neighbour, waited), set, ()) = tokio::join!(neighbour, setting, unlocking);
        assert_eq!(set["outcome"], Value::Null);
        if neighbour == instance(&set) {
            assert!(waited > Duration::from_millis(1400), "{waited:?}");
            return;
        }
    }
    panic!("no two requests shared an instance");
}

/// Sets more keys than a listing buffers.
async fn fill(client: &Client) {
    for key in 0..20 {
        call(client, &format!("function=set&key={key}&value=value")).await;
    }
}

async fn call(client: &Client, question: &str) -> Value {
    ask(client, &format!("/key-value/call?store=default&{question}")).await
}

async fn ask(client: &Client, path: &str) -> Value {
    client.get(path).send().await.assert_json_text()["outcome"].clone()
}
