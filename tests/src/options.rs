//! The options of a server under test.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::database::PostgresDatabase;
use crate::{Database, Engine, PostgresServer, RedisServer, repository};

/// The key that the API accepts by default.
pub const API_KEY: &str = "black-box-key-5b0e3c41d7a9";

/// Environment variable with the address of a pooler. If set, [`Options::on`] connects to PostgreSQL through it.
pub const POOLER: &str = "MINI_API_POOLER";

/// A state directory that outlives its servers.
#[derive(Clone, Debug)]
pub struct StateDir(Arc<TempDir>);

impl StateDir {
    /// Creates an empty directory, which the last holder removes.
    #[expect(clippy::new_without_default, reason = "making a directory is no default")]
    pub fn new() -> Self {
        Self(Arc::new(TempDir::new().expect("a temporary directory")))
    }

    /// Creates a directory in memory, if the system has such a file system. On a busy disk, a sync takes longer than a
    /// response waits for its counts.
    pub fn in_memory() -> Self {
        let shared_memory = Path::new("/dev/shm");
        if !shared_memory.is_dir() {
            return Self::new();
        }
        Self(Arc::new(TempDir::new_in(shared_memory).expect("a temporary directory")))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The file of the `default` database. It exists once the component has opened it.
    pub fn database(&self) -> PathBuf {
        self.path().join("sqlite_db.db")
    }
}

#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) manifest: PathBuf,
    pub(crate) runtime_config: Option<PathBuf>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) listen: String,
    pub(crate) arguments: Vec<String>,
    /// The soft and the hard limit of open files.
    pub(crate) open_files: Option<(u32, u32)>,
    pub(crate) is_stderr_read: bool,
    pub(crate) state_dir: StateDir,
    /// `None` is the file in the state directory.
    pub(crate) postgres: Option<Arc<PostgresDatabase>>,
    /// Responds with 200 as soon as the component runs.
    pub(crate) ready_path: &'static str,
    /// Whether clients check every response against the rules of the API.
    pub(crate) is_api: bool,
}

impl Options {
    /// Serves the API with [`API_KEY`] and an empty SQLite file, for tests that do not depend on the database.
    pub fn api() -> Self {
        let root = repository::root();
        Self {
            manifest: root.join("spin.toml"),
            runtime_config: Some(root.join("runtime-config.toml")),
            variables: Vec::new(),
            listen: "127.0.0.1:0".to_owned(),
            arguments: Vec::new(),
            open_files: None,
            is_stderr_read: true,
            state_dir: StateDir::new(),
            postgres: None,
            ready_path: "/health",
            is_api: true,
        }
        .variable("api_key", API_KEY)
    }

    /// Serves the API with [`API_KEY`] and an empty database of this kind.
    pub fn on(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::api(),
            Engine::Postgres => {
                let options = Self::on_server(&PostgresServer::shared());
                match std::env::var(POOLER) {
                    Ok(address) => options.through_pooler(&address),
                    Err(_) => options,
                }
            }
        }
    }

    /// Connects to PostgreSQL through the pooler at this address, `HOST:PORT`.
    #[must_use]
    pub fn through_pooler(self, address: &str) -> Self {
        let (host, port) = address.rsplit_once(':').expect("HOST:PORT");
        // See docs/operations.md: a pooler ignores the session parameters that the API sends.
        self.postgres.as_ref().expect("a database on PostgreSQL").set("statement_timeout", "2500ms");
        self.variable("pghost", host).variable("pgport", port)
    }

    /// Serves the API with an empty database on this server.
    pub fn on_server(server: &PostgresServer) -> Self {
        let database = PostgresDatabase::create(server);
        let settings = database.settings();
        let options = Self { postgres: Some(Arc::new(database)), ..Self::api() };
        options
            .variable("database", "postgres")
            .variable("pghost", &settings.host)
            .variable("pgport", &settings.port)
            .variable("pguser", &settings.user)
            .variable("pgpassword", &settings.password)
            .variable("pgdatabase", &settings.database)
    }

    /// Adds this Redis. A unique `app_env` separates the keys from those of other tests.
    #[must_use]
    pub fn redis(self, server: &RedisServer) -> Self {
        self.variable("redis_address", &server.address())
            .variable("redis_password", server.password())
            .environment(&format!("test-{:016x}", fastrand::u64(..)))
    }

    /// Sets `app_env`. Keeps the demo data and SQLite, which are off or refused by default outside of development.
    #[must_use]
    pub fn environment(self, name: &str) -> Self {
        let options = self.variable("app_env", name).variable("seed_demo_data", "true");
        if options.postgres.is_some() { options } else { options.variable("database", "persistent-sqlite") }
    }

    /// Serves the component of `tests/guest`.
    pub fn guest() -> Self {
        Self {
            manifest: repository::root().join("tests/guest/spin.toml"),
            runtime_config: None,
            variables: Vec::new(),
            listen: "127.0.0.1:0".to_owned(),
            arguments: Vec::new(),
            open_files: None,
            is_stderr_read: true,
            state_dir: StateDir::new(),
            postgres: None,
            ready_path: "/",
            is_api: false,
        }
        .variable("token", "secret-of-the-guest")
    }

    /// Sets an application variable, as `SPIN_VARIABLE_<NAME>`.
    #[must_use]
    pub fn variable(self, name: &str, value: &str) -> Self {
        let mut options = self.without_variable(name);
        options.variables.push((name.to_owned(), value.to_owned()));
        options
    }

    #[must_use]
    pub fn without_variable(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// Adds a flag of `spin up` with its value.
    #[must_use]
    pub fn flag(mut self, name: &str, value: &str) -> Self {
        self.arguments.extend([name.to_owned(), value.to_owned()]);
        self
    }

    #[must_use]
    pub fn open_files(self, soft: u32, hard: u32) -> Self {
        Self { open_files: Some((soft, hard)), ..self }
    }

    /// Leaves stderr unread until [`crate::Server::read_stderr`].
    #[must_use]
    pub fn unread_stderr(self) -> Self {
        Self { is_stderr_read: false, ..self }
    }

    /// Replaces the free port of the loopback interface.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address.to_string();
        self
    }

    #[must_use]
    pub fn state(mut self, state_dir: &StateDir) -> Self {
        self.state_dir = state_dir.clone();
        self
    }

    /// The database, which clones of these options share.
    pub fn database(&self) -> Database {
        match &self.postgres {
            Some(database) => Database::Postgres(database.clone()),
            None => Database::Sqlite(self.state_dir.database()),
        }
    }
}
