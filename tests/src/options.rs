//! How a server is to be started.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::database::PostgresDatabase;
use crate::{Database, Engine, PostgresServer, RedisServer, repository};

/// The key that the API accepts unless a test says otherwise.
pub const API_KEY: &str = "black-box-key-5b0e3c41d7a9";

/// The variable with the address of a pooler that every [`Options::on`] PostgreSQL goes through.
pub const POOLER: &str = "MINI_API_POOLER";

/// A state directory that outlives the servers started on it.
#[derive(Clone, Debug)]
pub struct StateDir(Arc<TempDir>);

impl StateDir {
    /// A fresh, empty one; removed when the last server and test have dropped it.
    #[expect(clippy::new_without_default, reason = "making a directory is no default")]
    pub fn new() -> Self {
        Self(Arc::new(TempDir::new().expect("a temporary directory")))
    }

    /// A fresh one in memory, where the system has such a file system. A busy disk takes longer to sync than a response
    /// waits for its counts.
    pub fn in_memory() -> Self {
        let shared_memory = Path::new("/dev/shm");
        if !shared_memory.is_dir() {
            return Self::new();
        }
        Self(Arc::new(TempDir::new_in(shared_memory).expect("a temporary directory")))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The file of the `default` database; it exists once the component has opened it.
    pub fn database(&self) -> PathBuf {
        self.path().join("sqlite_db.db")
    }
}

/// What to serve, with which variables, flags and state.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) manifest: PathBuf,
    pub(crate) runtime_config: Option<PathBuf>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) listen: String,
    pub(crate) arguments: Vec<String>,
    /// The soft and the hard limit of open files.
    pub(crate) open_files: Option<(u32, u32)>,
    /// Whether stderr is read from the start.
    pub(crate) is_stderr_read: bool,
    pub(crate) state_dir: StateDir,
    /// The database, unless it is the file in the state directory.
    pub(crate) postgres: Option<Arc<PostgresDatabase>>,
    /// A path that answers 200 as soon as the component runs.
    pub(crate) ready_path: &'static str,
    /// Whether every answer must keep the rules of the API.
    pub(crate) is_api: bool,
}

impl Options {
    /// The API, with [`API_KEY`] as its key and an empty database; for tests that ask nothing of it.
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

    /// The API, with [`API_KEY`] as its key and an empty database of this kind.
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

    /// Reaches the database on PostgreSQL by the pooler at this address, `HOST:PORT`.
    #[must_use]
    pub fn through_pooler(self, address: &str) -> Self {
        let (host, port) = address.rsplit_once(':').expect("HOST:PORT");
        // As docs/operations.md says; a pooler ignores what the API asks of a session.
        self.postgres.as_ref().expect("a database on PostgreSQL").set("statement_timeout", "2500ms");
        self.variable("pghost", host).variable("pgport", port)
    }

    /// The API, with an empty database on this server.
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

    /// With this Redis, in an environment of its own, so that its keys are no other test's.
    #[must_use]
    pub fn redis(self, server: &RedisServer) -> Self {
        self.variable("redis_address", &server.address())
            .variable("redis_password", server.password())
            .variable("app_env", &format!("test-{:016x}", fastrand::u64(..)))
    }

    /// The component that asks the runtime; see `tests/guest`.
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

    /// Leaves a variable to the manifest's default.
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

    /// Starts it with these limits of open files.
    #[must_use]
    pub fn open_files(self, soft: u32, hard: u32) -> Self {
        Self { open_files: Some((soft, hard)), ..self }
    }

    /// Leaves stderr unread until [`crate::Server::read_stderr`].
    #[must_use]
    pub fn unread_stderr(self) -> Self {
        Self { is_stderr_read: false, ..self }
    }

    /// Listens there, and not on a free port of the loopback interface.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address.to_string();
        self
    }

    /// Serves on a state directory that was prepared.
    #[must_use]
    pub fn state(mut self, state_dir: &StateDir) -> Self {
        self.state_dir = state_dir.clone();
        self
    }

    /// The database; servers that are started with clones of these options share it.
    pub fn database(&self) -> Database {
        match &self.postgres {
            Some(database) => Database::Postgres(database.clone()),
            None => Database::Sqlite(self.state_dir.database()),
        }
    }
}
