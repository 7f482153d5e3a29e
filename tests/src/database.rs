//! Direct access to the database behind a server.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::postgres::Settings;
use crate::{PostgresServer, example};

/// Empty databases for reuse, on the server that `hack/servers/postgres` started. A database has 300 files; creating and
/// dropping one for each test would take longer than the tests.
static IDLE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The kind of database behind the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file in the state directory.
    Sqlite,
    /// A database on a server.
    Postgres,
}

#[derive(Clone, Debug)]
pub enum Database {
    Sqlite(PathBuf),
    /// Used by one test, until its last holder drops it.
    Postgres(Arc<PostgresDatabase>),
}

#[derive(Debug)]
pub struct PostgresDatabase {
    server: PostgresServer,
    name: String,
}

/// Blocks all other writers until it is released or dropped.
#[derive(Debug)]
pub struct Lock(Holder);

enum Holder {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
}

impl Database {
    /// Runs a statement. An error is the database's text, for PostgreSQL with the SQLSTATE.
    pub async fn execute(&self, statement: &str) -> Result<(), String> {
        match self {
            Self::Sqlite(path) => open(path).execute_batch(statement).map_err(|error| error.to_string()),
            Self::Postgres(database) => {
                let client = database.settings().connect().await.map_err(|error| format!("{error:?}"))?;
                client.batch_execute(statement).await.map_err(|error| format!("{error:?}"))
            }
        }
    }

    /// Runs a query that returns one integer.
    pub async fn number(&self, query: &str) -> i64 {
        match self {
            Self::Sqlite(path) => open(path).query_row(query, [], |row| row.get(0)).expect("a number"),
            Self::Postgres(database) => {
                let client = database.settings().connect().await.expect("a connection");
                client.query_one(query, &[]).await.expect("one row").get(0)
            }
        }
    }

    /// Creates a PostgreSQL role that may read and write, but not change the schema. Returns its name and password.
    pub async fn limited_role(&self) -> Result<(String, String), String> {
        let Self::Postgres(database) = self else { return Err("SQLite has no roles".to_owned()) };
        let (name, password) = (&database.name, format!("{:016x}", fastrand::u64(..)));
        let create = format!(
            "CREATE ROLE {name} LOGIN PASSWORD '{password}';
            REVOKE CREATE ON SCHEMA public FROM PUBLIC;
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"
        );
        self.execute(&create).await?;
        Ok((name.clone(), password))
    }

    /// In PostgreSQL, locks the example's table for readers and writers. In SQLite, locks the file for writers only.
    pub async fn lock(&self) -> Lock {
        match self {
            Self::Sqlite(path) => {
                let connection = open(path);
                connection.execute_batch("BEGIN IMMEDIATE").expect("a lock");
                Lock(Holder::Sqlite(connection))
            }
            Self::Postgres(_) => self.lock_by(&format!("LOCK TABLE {}", example::TABLE)).await,
        }
    }

    /// Holds the locks that a statement takes in PostgreSQL.
    pub async fn lock_by(&self, statement: &str) -> Lock {
        let Self::Postgres(database) = self else { panic!("a statement of SQLite locks the whole file") };
        let client = database.settings().connect().await.expect("a connection");
        client.batch_execute(&format!("BEGIN; {statement}")).await.expect("a lock");
        Lock(Holder::Postgres(client))
    }

    /// Sets a PostgreSQL parameter for all new sessions of this database.
    pub fn set(&self, parameter: &str, value: &str) {
        let Self::Postgres(database) = self else { panic!("SQLite has no parameters") };
        database.set(parameter, value);
    }
}

impl Lock {
    pub async fn release(self) {
        match self.0 {
            Holder::Sqlite(connection) => connection.execute_batch("ROLLBACK").expect("a rollback"),
            Holder::Postgres(client) => client.batch_execute("ROLLBACK").await.expect("a rollback"),
        }
    }
}

impl PostgresDatabase {
    /// Creates an empty database, or reuses one.
    pub(crate) fn create(server: &PostgresServer) -> Self {
        let idle = server.is_made_for_tests().then(|| IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop());
        let name = idle.flatten().unwrap_or_else(|| {
            let name = format!("mini_api_{:016x}", fastrand::u64(..));
            server.settings().run(&format!("CREATE DATABASE {name}")).expect("the role may make databases");
            name
        });
        Self { server: server.clone(), name }
    }

    /// Returns the settings of its owner.
    pub(crate) fn settings(&self) -> Settings {
        Settings { database: self.name.clone(), ..self.server.settings().clone() }
    }

    pub(crate) fn set(&self, parameter: &str, value: &str) {
        let statement = format!("ALTER DATABASE {} SET {parameter} = '{value}'", self.name);
        self.server.settings().run(&statement).expect("the role owns the database");
    }

    /// Ends every connection, including those of killed servers, and restores the state after `CREATE DATABASE`.
    fn clear(&self) -> Result<(), tokio_postgres::Error> {
        let name = &self.name;
        self.server.settings().run(&format!(
            "ALTER DATABASE {name} RESET ALL;
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
        ))?;
        self.settings().run(&format!(
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;
            DROP ROLE IF EXISTS {name}"
        ))
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let name = &self.name;
        if self.server.is_made_for_tests() {
            if self.clear().is_ok() {
                IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(name.clone());
            }
        } else if !self.server.is_own() {
            let _ = self.server.settings().run(&format!("DROP DATABASE {name} WITH (FORCE)"));
            let _ = self.server.settings().run(&format!("DROP ROLE IF EXISTS {name}"));
        }
    }
}

impl std::fmt::Debug for Holder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite(_) => "Sqlite",
            Self::Postgres(_) => "Postgres",
        })
    }
}

fn open(path: &std::path::Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).expect("a file of SQLite")
}
