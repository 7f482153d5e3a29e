//! Locks of other sessions: no request waits for long, and none takes effect after its response.

use std::time::{Duration, Instant};

use black_box::Engine::Postgres;
use black_box::{Options, PostgresServer, Server, example};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::sleep;

use super::{RECOVERY, assert_unavailable, writers};

/// More requests than an instance takes at once, which is 16.
const WRITES: u64 = 20;

/// Longer than `statement_timeout`.
const FROZEN: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_write_answered_503_never_takes_effect_and_reads_go_on() {
    writes_behind_a_lock(Options::on(Postgres)).await;
}

/// Locks the rows of the demo data, and writes to one.
pub(super) async fn writes_behind_a_lock(options: Options) {
    let server = Server::start(options).await;
    let client = server.client();
    let before = client.get(example::ONE).send().await;
    before.assert_status(200, "before");
    let database = server.options().database();
    let lock = database.lock_by(&format!("SELECT FROM {} FOR UPDATE", example::TABLE)).await;

    let writes: Vec<_> = (0..WRITES).map(|_| tokio::spawn(client.delete(example::ONE).send())).collect();
    let finished = || writes.iter().filter(|write| write.is_finished()).count();
    let mut reads_meanwhile = 0;
    while finished() < writes.len() {
        for path in [example::ONE, example::LIST] {
            let before = finished();
            client.get(path).send().await.assert_status(200, path);
            // A read that waited for a write ends after it.
            reads_meanwhile += usize::from(finished() == before && before < writes.len());
        }
    }
    assert!(reads_meanwhile > 0, "every read waited for a write");
    for write in writes {
        assert_unavailable(&write.await.unwrap(), "behind a lock");
    }
    assert_eq!(writers(&database, "state <> 'idle'").await, 0, "statements that still wait");

    lock.release().await;
    // Enough time for a late write, which must not happen.
    sleep(Duration::from_millis(500)).await;
    let after = client.get(example::ONE).send().await;
    assert_eq!((after.text(), after.header("ETag")), (before.text(), before.header("ETag")));
    client.delete(example::ONE).send().await.assert_status(204, "after the lock");
}

#[tokio::test]
async fn a_write_of_a_frozen_server_is_ended_when_it_thaws() {
    let postgres = PostgresServer::start_own();
    let server = Server::start(Options::on_server(&postgres)).await;
    let client = server.client();
    let before = client.get(example::ONE).send().await.assert_json(200, "before");
    let database = server.options().database();
    let lock = database.lock_by(&format!("SELECT FROM {} FOR UPDATE", example::TABLE)).await;
    let write = tokio::spawn(client.delete(example::ONE).send());
    let deadline = Instant::now() + FROZEN;
    while writers(&database, "wait_event_type = 'Lock'").await == 0 {
        assert!(Instant::now() < deadline, "no statement waits for the lock");
    }
    let process = "SELECT pid::bigint FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let process = Pid::from_raw(database.number(process).await.try_into().unwrap());

    kill(process, Signal::SIGSTOP).unwrap();
    assert_unavailable(&write.await.unwrap(), "frozen");
    lock.release().await;
    kill(process, Signal::SIGCONT).unwrap();
    let deadline = Instant::now() + RECOVERY;
    while writers(&database, "state <> 'idle'").await > 0 {
        assert!(Instant::now() < deadline, "the statement still runs");
    }
    let after = client.get(example::ONE).send().await.assert_json(200, "after");
    assert_eq!(after, before);
    client.delete(example::ONE).send().await.assert_status(204, "it is back");
}

#[tokio::test]
async fn requests_do_not_queue_behind_a_migration() {
    let options = Options::on(Postgres);
    let database = options.database();
    let lock = database.lock_by("SELECT pg_advisory_xact_lock(7241905318)").await;
    let server = Server::start(options).await;
    let client = server.client();
    let requests = (0..4).map(|_| client.get(example::LIST)).chain([client.delete(example::ONE)]);
    let requests: Vec<_> = requests.map(|request| tokio::spawn(request.send())).collect();
    while requests.iter().any(|request| !request.is_finished()) {
        let waiting = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
            WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted";
        assert_eq!(database.number(waiting).await, 0, "sessions that wait for the lock");
        sleep(Duration::from_millis(20)).await;
    }
    for request in requests {
        assert_unavailable(&request.await.unwrap(), "behind a migration");
    }
    client.get("/hello_world").send().await.assert_status(200, "what needs no database");
    lock.release().await;
    server.wait_for("/readiness", 200, RECOVERY).await;
    client.delete(example::ONE).send().await.assert_status(204, "after the migration");
}
