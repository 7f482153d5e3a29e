//! How PostgreSQL is reached. The names of the variables are libpq's.

use std::fmt;

use super::reader::Reader;

/// Where the server is, and who we are to it.
#[derive(Clone)]
pub struct PostgresSettings {
    /// `pghost`: a name or an address.
    pub host: String,
    /// `pgport`.
    pub port: u16,
    /// `pguser`.
    pub user: String,
    /// `pgpassword`: a secret.
    pub password: String,
    /// `pgdatabase`.
    pub database: String,
    /// `pgsslmode`.
    pub ssl_mode: SslMode,
    /// `pg_ca_root`: the certificate, as PEM text, of the authority that signed the server's.
    pub ca_root: Option<String>,
}

/// Whether the connection is encrypted. With `Require` the server's certificate and name are
/// checked too, because Spin has no mode that encrypts without a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disable,
    /// If the server can.
    #[default]
    Prefer,
    /// Always.
    Require,
}

impl SslMode {
    /// The value of `sslmode` in a connection string.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
        }
    }
}

impl PostgresSettings {
    pub(super) async fn read(reader: &mut Reader<'_>) -> Self {
        let modes = [SslMode::Disable, SslMode::Prefer, SslMode::Require].map(|mode| (mode.as_str(), mode));
        Self {
            host: reader.required_text("pghost").await,
            port: reader.port("pgport").await,
            user: reader.required_text("pguser").await,
            password: reader.text("pgpassword").await,
            database: reader.required_text("pgdatabase").await,
            ssl_mode: reader.choice("pgsslmode", modes).await,
            ca_root: Some(reader.text("pg_ca_root").await).filter(|pem| !pem.is_empty()),
        }
    }
}

impl fmt::Debug for PostgresSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, user, database, ssl_mode, .. } = self;
        write!(formatter, "PostgresSettings({user}@{host}:{port}/{database}, sslmode {})", ssl_mode.as_str())
    }
}
