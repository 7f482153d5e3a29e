//! SQLite's plans for the statements in the source, and the rows that a transfer reads.

use std::fs;

use black_box::repository;
use rusqlite::{Connection, StatementStatus};

/// The directories with the statements.
const SOURCES: [&str; 2] = ["component/src/store", "chassis/src/adapters/sqlite"];
const MIGRATIONS: &str = "component/migrations/sqlite";
/// The tables of the chassis.
const SCHEMA: &str = "chassis/src/adapters/sqlite/schema.sql";
/// Statements that may read a whole table: that of a scrape, and the check that a table exists.
const WHOLE: [&str; 2] = ["SELECT json_group_array(json_array(series, part, value))", "SELECT 1 FROM users LIMIT 1"];

#[test]
fn every_statement_uses_an_index() {
    let connection = with_schema();
    let statements = statements();
    assert!(statements.len() > 15, "{statements:#?}");
    let mut whole = 0;
    for statement in &statements {
        if WHOLE.iter().any(|known| statement.starts_with(known)) {
            whole += 1;
            continue;
        }
        let scans = scans(&connection, statement);
        assert!(scans.is_empty(), "{scans:?} in: {statement}");
    }
    assert_eq!(whole, WHOLE.len(), "every exception is a statement");
}

#[test]
fn a_statement_without_an_index_is_found() {
    let scans = scans(&with_schema(), "SELECT name FROM users WHERE tocos = ?1");
    assert_eq!(scans, ["SCAN users"]);
}

/// The plan of a statement omits its triggers, so this test executes the statement.
#[test]
fn a_transfer_reads_no_table_from_end_to_end() {
    let connection = with_schema();
    connection
        .execute_batch(
            "CREATE TEMP TABLE numbers AS WITH RECURSIVE numbers (value) AS (
                SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < 1000
            ) SELECT value FROM numbers;
            INSERT INTO users (name, tocos, incarnation)
                SELECT 'user-' || value, 1000, value FROM numbers;
            INSERT INTO transfer_requests
                SELECT 'caller', 'key-' || value, '', 'done', 'id-' || value, 'a', 'b', 1, NULL, 1, 2 FROM numbers;",
        )
        .unwrap();
    let statements = statements();
    let transfer = statements.iter().find(|statement| statement.starts_with("INSERT INTO transfer_requests")).unwrap();
    let mut transfer = connection.prepare(transfer).unwrap();
    let parameters = ("caller", "new", "print", "id", "user-1", "user-2", 5, None::<String>, 10, 20);
    let outcome: String = transfer.query_row(parameters, |row| row.get("outcome")).unwrap();
    assert_eq!(outcome, "done");
    assert_eq!(transfer.get_status(StatementStatus::FullscanStep), 0);

    let mut all = connection.prepare("SELECT count(*) FROM users WHERE tocos > 0").unwrap();
    let count: i64 = all.query_row([], |row| row.get(0)).unwrap();
    assert!(i64::from(all.get_status(StatementStatus::FullscanStep)) >= count - 1, "a whole table counts");
}

fn with_schema() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let mut migrations: Vec<_> = fs::read_dir(repository::root().join(MIGRATIONS)).unwrap().flatten().collect();
    migrations.sort_by_key(|file| file.file_name());
    for file in migrations.iter().filter(|file| file.file_name().to_string_lossy().starts_with('0')) {
        connection.execute_batch(&fs::read_to_string(file.path()).unwrap()).unwrap();
    }
    connection.execute_batch(&fs::read_to_string(repository::root().join(SCHEMA)).unwrap()).unwrap();
    connection
}

/// The tables that the statement scans. Rows from a parameter are not a table.
fn scans(connection: &Connection, statement: &str) -> Vec<String> {
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap_or_else(|error| {
        panic!("{error}: {statement}");
    });
    let nulls = rusqlite::params_from_iter(vec![rusqlite::types::Null; plan.parameter_count()]);
    let steps = plan.query_map(nulls, |row| row.get::<_, String>("detail")).unwrap();
    steps
        .map(Result::unwrap)
        .filter(|step| step.starts_with("SCAN "))
        .filter(|step| {
            !["json_each", "incarnations", "counts", "CONSTANT ROW", "(subquery"]
                .iter()
                .any(|known| step[5..].starts_with(known))
        })
        .collect()
}

/// Every text of the source that is a statement on rows.
fn statements() -> Vec<String> {
    let mut statements = Vec::new();
    let directories = SOURCES.into_iter().flat_map(|path| fs::read_dir(repository::root().join(path)).unwrap());
    let files = directories.map(|file| file.unwrap().path());
    for path in files.filter(|path| path.extension().is_some_and(|it| it == "rs") && !path.ends_with("postgres.rs")) {
        let source = fs::read_to_string(path).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        statements.extend(source.split('"').filter(|text| is_statement(text)).map(str::to_owned));
    }
    statements
}

fn is_statement(text: &str) -> bool {
    ["SELECT", "INSERT", "UPDATE", "DELETE"]
        .iter()
        .any(|verb| text.strip_prefix(verb).is_some_and(|rest| rest.starts_with(char::is_whitespace)))
}
