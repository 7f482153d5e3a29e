use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use super::*;

const TIMEOUT: Duration = Duration::from_secs(10);

fn memory() -> Store {
    Store::open("default", &Storage::new(None)).unwrap()
}

async fn read(mut listing: Listing) -> (Vec<String>, Result<(), Error>) {
    let mut keys = Vec::new();
    while let Some(key) = listing.keys.recv().await {
        keys.push(key);
    }
    keys.sort();
    (keys, listing.completion.await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_is_there_until_it_is_deleted() {
    let store = memory();
    assert_eq!((store.get("key"), store.exists("key"), store.delete("key")), (Ok(None), Ok(false), Ok(())));
    for value in [&b"one"[..], b"", b"\0\xff"] {
        store.set("key", value).unwrap();
        assert_eq!((store.get("key"), store.exists("key")), (Ok(Some(value.to_vec())), Ok(true)));
    }
    store.set("", b"empty").unwrap();
    assert_eq!(store.get(""), Ok(Some(b"empty".to_vec())));
    store.delete("key").unwrap();
    assert_eq!((store.get("key"), store.exists("key")), (Ok(None), Ok(false)));
    assert_eq!(read(store.keys()).await, (vec![String::new()], Ok(())));
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_of_one_file_are_apart_and_each_storage_has_a_connection() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let (one, two) = (Storage::new(Some(path.clone())), Storage::new(Some(path)));
    let (a, b) = (Store::open("a", &one).unwrap(), Store::open("b", &two).unwrap());
    a.set("key", b"a").unwrap();
    assert_eq!(b.get("key"), Ok(None));
    b.set("key", b"b").unwrap();
    assert_eq!(a.get("key"), Ok(Some(b"a".to_vec())));
    assert_eq!(Store::open("a", &two).unwrap().get("key"), Ok(Some(b"a".to_vec())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_spins_is_taken_over() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let sqlite = Connection::open(&path).unwrap();
    sqlite
        .execute_batch(
            "CREATE TABLE spin_key_value (store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
                PRIMARY KEY (store, key));
             INSERT INTO spin_key_value VALUES ('default', 'key', X'00FF'), ('default', 'text', 'no blob');",
        )
        .unwrap();
    let store = Store::open("default", &Storage::new(Some(path))).unwrap();
    assert_eq!(store.get("key"), Ok(Some(vec![0, 255])));
    let expected = Error::Other("InvalidColumnType(0, \"value\", Text)".to_owned());
    assert_eq!(store.get("text").unwrap_err(), expected);
    store.set("key", b"new").unwrap();
    let value: Vec<u8> = sqlite
        .query_row("SELECT value FROM spin_key_value WHERE store = 'default' AND key = 'key'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(value, b"new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_goes_on_past_the_channel_and_may_be_dropped() {
    let store = memory();
    let expected: Vec<_> = (100..200).map(|number| number.to_string()).collect();
    for key in &expected {
        store.set(key, b"").unwrap();
    }
    assert_eq!(read(store.keys()).await, (expected, Ok(())));
    let dropped = store.keys();
    drop(dropped.keys);
    assert!(timeout(TIMEOUT, dropped.completion).await.unwrap().unwrap().is_err());
    assert_eq!(store.exists("100"), Ok(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_is_busy_while_its_keys_are_read() {
    let store = memory();
    for key in 0..10 {
        store.set(&key.to_string(), b"").unwrap();
    }
    let mut listing = store.keys();
    listing.keys.recv().await.unwrap();
    let other = store.clone();
    let asked = spawn_blocking(move || other.get("1"));
    sleep(Duration::from_millis(200)).await;
    assert!(!asked.is_finished());
    drop(listing);
    assert_eq!(timeout(TIMEOUT, asked).await.unwrap().unwrap(), Ok(Some(Vec::new())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_opened_is_an_error_until_it_can() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing");
    let storage = Storage::new(Some(missing.join("store.db")));
    let error = Store::open("default", &storage).unwrap_err();
    assert!(matches!(&error, Error::Other(text) if text.contains("CannotOpen")), "{error:?}");
    std::fs::create_dir(&missing).unwrap();
    assert!(Store::open("default", &storage).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_bounded_but_exists() {
    let store = memory();
    let overhead = size_of::<Option<Vec<u8>>>();
    let largest = vec![0; (128 << 20) - overhead];
    store.set("key", &largest).unwrap();
    assert!(store.get("key").is_ok());
    store.set("key", &[largest, vec![0]].concat()).unwrap();
    assert!(store.get("key").is_err());
    assert_eq!(store.exists("key"), Ok(true));
}
