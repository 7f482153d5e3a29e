//! PgBouncer in front of PostgreSQL, with the settings of docs/operations.md.

use std::env;
use std::process::Command;

use black_box::Engine::Postgres;
use black_box::{Options, POOLER, Server, example};
use rstest::rstest;

use super::assert_unavailable;
use super::locks::writes_behind_a_lock;

const SESSION: &str = "MINI_API_PGBOUNCER_SESSION";
const TRANSACTION: &str = "MINI_API_PGBOUNCER_TRANSACTION";
const NO_PREPARED_STATEMENTS: &str = "MINI_API_PGBOUNCER_UNPREPARED";

/// The address of a pooler, or `None` if PgBouncer is too old for its mode.
fn pooler(variable: &str) -> Option<String> {
    let address =
        env::var(variable).unwrap_or_else(|_| panic!("{variable}: run hack/servers/pgbouncer cargo test ..."));
    Some(address).filter(|address| !address.is_empty())
}

/// Threads for the repeated tests, which run beside all others. Each opens its own database and connections.
const THREADS: &str = "2";

/// Repeats the tests of every kind of statement.
#[rstest]
#[test]
fn statements_pass(#[values(SESSION, TRANSACTION)] variable: &str) {
    let Some(address) = pooler(variable) else { return };
    let tests = env::current_exe().unwrap();
    let output = Command::new(tests)
        .args([example::TESTS, "--skip", "Sqlite", "--test-threads", THREADS])
        .env(POOLER, address)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && !said.contains(" 0 passed"), "{said}");
}

#[rstest]
#[tokio::test]
async fn a_write_answered_503_never_takes_effect(#[values(SESSION, TRANSACTION)] variable: &str) {
    let Some(address) = pooler(variable) else { return };
    writes_behind_a_lock(Options::on(Postgres).through_pooler(&address)).await;
}

#[tokio::test]
async fn a_session_without_a_bound_is_refused_and_the_log_says_why() {
    let address = pooler(SESSION).expect("every PgBouncer has sessions");
    for value in ["0", "2501ms"] {
        let options = Options::on(Postgres).through_pooler(&address);
        let database = options.database();
        database.set("statement_timeout", value);
        let server = Server::start(options).await;
        for request in [server.client().get(example::LIST), server.client().delete(example::ONE)] {
            assert_unavailable(&request.send().await, value);
        }
        server.logs().wait_for("the reason", |line| line.contains("statement_timeout must be from 1ms")).await;
        database.set("statement_timeout", "2500ms");
        server.client().get(example::LIST).send().await.assert_status(200, "the next session has the bound");
    }
}

#[tokio::test]
async fn a_pooler_without_prepared_statements_is_an_outage() {
    let address = pooler(NO_PREPARED_STATEMENTS).expect("every PgBouncer can do without");
    let server = Server::start(Options::on(Postgres).through_pooler(&address)).await;
    let requests = (0..60).map(|number| match number % 2 {
        0 => server.client().get(example::ONE),
        _ => server.client().post(example::LIST, example::new()),
    });
    let requests: Vec<_> = requests.map(|request| tokio::spawn(request.send())).collect();
    let mut refused = 0;
    for request in requests {
        let answer = request.await.unwrap();
        // By chance, a session may get the server connection that knows its statement.
        if answer.status >= 300 {
            assert_unavailable(&answer, "no prepared statements");
            refused += 1;
        }
    }
    assert!(refused > 0, "every session got the server connection that knows its statement");
}
