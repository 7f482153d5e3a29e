//! The file of a store.

use std::fs;
use std::path::{Path, PathBuf};

use black_box::{Options, Server, StateDir};
use rusqlite::Connection;
use serde_json::Value;

use super::call;

/// The file of the `default` store.
pub(super) fn default_file(state_dir: &StateDir) -> PathBuf {
    state_dir.path().join("sqlite_key_value.db")
}

#[tokio::test]
async fn the_default_store_is_a_table_of_a_file_in_the_state_directory() {
    let server = Server::start(Options::guest()).await;
    let client = server.client();
    call(&client, "function=set&key=a&value=one").await;
    let file = Connection::open(default_file(server.state_dir())).unwrap();
    let select = "SELECT store, key, value FROM spin_key_value";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let found: (String, String, Vec<u8>) = file.query_row(select, [], row).unwrap();
    assert_eq!(found, ("default".to_owned(), "a".to_owned(), b"one".to_vec()));
    let insert = "INSERT INTO spin_key_value (store, key, value)
        VALUES ('default', 'b', X'74776F'), ('other', 'c', X'00'), ('default', 'text', 'no blob')";
    file.execute_batch(insert).unwrap();
    assert_eq!(call(&client, "function=get&key=b").await, "two");
    assert_eq!(call(&client, "function=exists&key=c").await, false);
    let outcome = call(&client, "function=get&key=text").await;
    assert_eq!(outcome["error"], r#"Error::Other("InvalidColumnType(0, \"value\", Text)")"#);
}

#[tokio::test]
async fn what_was_set_outlives_a_kill() {
    let mut server = Server::start(Options::guest()).await;
    for round in 0..3 {
        let set = format!("function=set&key=a&value={round}");
        assert_eq!(call(&server.client(), &set).await, Value::Null);
        server = server.kill_and_restart().await;
        assert_eq!(call(&server.client(), "function=get&key=a").await, round.to_string());
    }
}

#[tokio::test]
async fn the_runtime_configuration_says_which_file_from_its_own_folder() {
    let folder = StateDir::new();
    let options = configured(folder.path(), "path = \"stores/own.db\"");
    let server = Server::start(options).await;
    call(&server.client(), "function=set&key=a&value=one").await;
    assert!(folder.path().join("stores/own.db").exists());
    assert!(!default_file(server.state_dir()).exists());
}

#[tokio::test]
async fn a_store_without_a_file_is_shared_by_instances_and_gone_with_the_server() {
    let folder = StateDir::new();
    let options = configured(folder.path(), "").flag("--max-instance-reuse-count", "1");
    let server = Server::start(options).await;
    call(&server.client(), "function=set&key=a&value=one").await;
    assert_eq!(call(&server.client(), "function=get&key=a").await, "one");
    let server = server.kill_and_restart().await;
    assert_eq!(call(&server.client(), "function=get&key=a").await, Value::Null);
    assert!(!default_file(server.state_dir()).exists());
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_an_error_of_the_opening() {
    let folder = StateDir::new();
    fs::create_dir(folder.path().join("directory")).unwrap();
    let server = Server::start(configured(folder.path(), "path = \"directory\"")).await;
    let outcome = call(&server.client(), "function=open").await;
    let error = outcome["error"].as_str().unwrap_or_default();
    assert!(error.starts_with("Error::Other(\"SqliteFailure(Error { code: CannotOpen"), "{outcome}");
}

/// Options of a guest whose `default` store is configured by this line, in a file of this folder.
fn configured(folder: &Path, line: &str) -> Options {
    let path = folder.join("runtime-config.toml");
    fs::write(&path, format!("[key_value_store.default]\ntype = \"spin\"\n{line}\n")).unwrap();
    Options::guest().flag("--runtime-config-file", path.to_str().expect("UTF-8"))
}
