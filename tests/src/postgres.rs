//! PostgreSQL servers: the shared one, which the environment names, and servers that one test controls.

use std::sync::Arc;
use std::thread;

use tokio_postgres::{Client, Config, NoTls};

use crate::dedicated_server::DedicatedServer;

/// A server, with a role that may create databases and roles.
#[derive(Clone, Debug)]
pub struct PostgresServer {
    settings: Settings,
    own: Option<Arc<DedicatedServer>>,
}

/// Connection settings, with libpq's names.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) host: String,
    pub(crate) port: String,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) database: String,
}

impl PostgresServer {
    /// Returns the server of `PGHOST`, `PGPORT` and so on, which other tests use at the same time.
    pub fn shared() -> Self {
        let get = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let host = get("PGHOST").expect("PGHOST names a server: set it, or run hack/servers/postgres cargo test ...");
        let or = |name, default: &str| get(name).unwrap_or_else(|| default.to_owned());
        let settings = Settings {
            host,
            port: or("PGPORT", "5432"),
            user: or("PGUSER", "postgres"),
            password: or("PGPASSWORD", ""),
            database: or("PGDATABASE", "postgres"),
        };
        Self { settings, own: None }
    }

    /// Starts a server for one test, which may stop and start it.
    pub fn start_own() -> Self {
        let variables = ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"];
        let (settings, own) = DedicatedServer::start("hack/servers/postgres", variables, "MINI_API_PG_CTL");
        let [host, port, user, password, database] = settings;
        Self { settings: Settings { host, port, user, password, database }, own: Some(Arc::new(own)) }
    }

    /// Stops it in order: it closes connections and writes a checkpoint.
    pub fn stop(&self) {
        self.control(&["stop", "--mode=fast"]);
    }

    /// Stops it as `kill -9` does: without a checkpoint.
    pub fn crash(&self) {
        self.control(&["stop", "--mode=immediate"]);
    }

    /// Starts it again. Returns when it accepts connections.
    pub fn start(&self) {
        self.control(&["start"]);
    }

    /// Whether one test controls it. Then its databases disappear with it.
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Whether `hack/servers/postgres` started it for all tests.
    pub(crate) fn is_made_for_tests(&self) -> bool {
        self.own.is_none() && std::env::var_os("MINI_API_PG_CTL").is_some()
    }

    /// The role's password, which no log may contain.
    pub fn password(&self) -> &str {
        &self.settings.password
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    fn control(&self, arguments: &[&str]) {
        self.own.as_ref().expect("a server of the test's own").control(arguments);
    }
}

impl Settings {
    /// Opens a connection, which closes when the client is dropped.
    pub(crate) async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        let mut config = Config::new();
        config.host(&self.host).port(self.port.parse().expect("PGPORT is a port"));
        config.user(&self.user).password(&self.password).dbname(&self.database);
        let (client, connection) = config.connect(NoTls).await?;
        // If it fails, the client's next statement fails, too.
        tokio::spawn(connection);
        Ok(client)
    }

    /// Runs statements from a blocking context, in a thread with its own runtime.
    pub(crate) fn run(&self, statements: &str) -> Result<(), tokio_postgres::Error> {
        let run = || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().expect("a runtime");
            runtime.block_on(async { self.connect().await?.batch_execute(statements).await })
        };
        thread::scope(|scope| scope.spawn(run).join().expect("no panic"))
    }
}
