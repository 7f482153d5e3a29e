//! How PostgreSQL is reached. The names of the variables are libpq's.

use std::fmt;
use std::net::Ipv6Addr;

use thiserror::Error;

use super::reader::Reader;
use super::settings;

/// Where the server is, and who we are to it.
#[derive(Clone)]
pub struct PostgresSettings {
    /// `pghost`.
    pub host: PostgresHost,
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

/// `pghost`: one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostgresHost {
    /// A name or an IPv4 address.
    Name(String),
    /// An IPv6 address, which the setting has in brackets.
    Ipv6(Ipv6Addr),
}

#[derive(Debug, PartialEq, Eq, Error)]
enum HostError {
    #[error("must not be empty")]
    Empty,
    #[error("must be one host, not a list: put a proxy or a name in front of several")]
    List,
    #[error("must be a host, not the path of a Unix socket, which a component can't reach")]
    Socket,
    #[error("must have brackets around an IPv6 address, as in [::1]")]
    Brackets,
    #[error("must be a name, an IPv4 address, or an IPv6 address in brackets as in [::1]")]
    Form,
}

/// Whether the connection is encrypted. With `Require` the server's certificate and name are
/// checked too, because Spin has no mode that encrypts without a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disable,
    /// If the server can.
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

impl PostgresHost {
    fn parse(text: &str) -> Result<Self, HostError> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let in_brackets = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match in_brackets.map(str::parse) {
            Some(Ok(address)) => Ok(Self::Ipv6(address)),
            _ if text.is_empty() => Err(HostError::Empty),
            _ if text.contains(',') => Err(HostError::List),
            _ if text.starts_with(['/', '@']) => Err(HostError::Socket),
            _ if text.parse::<Ipv6Addr>().is_ok() => Err(HostError::Brackets),
            _ if text.bytes().all(is_allowed) => Ok(Self::Name(text.to_owned())),
            _ => Err(HostError::Form),
        }
    }
}

impl fmt::Display for PostgresHost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::Ipv6(address) => write!(formatter, "[{address}]"),
        }
    }
}

impl PostgresSettings {
    pub(super) async fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let modes = [SslMode::Disable, SslMode::Prefer, SslMode::Require].map(|mode| (mode.as_str(), mode));
        let host = reader.parsed(&settings::PGHOST, PostgresHost::parse).await;
        let port = reader.port(&settings::PGPORT).await;
        let user = reader.required_text(&settings::PGUSER).await;
        let password = reader.text(&settings::PGPASSWORD).await;
        let database = reader.required_text(&settings::PGDATABASE).await;
        let ssl_mode = reader.choice(&settings::PGSSLMODE, modes).await;
        let ca_root = reader.text(&settings::PG_CA_ROOT).await;
        Some(Self {
            host: host?,
            port: port?,
            user: user?,
            password: password?,
            database: database?,
            ssl_mode: ssl_mode?,
            ca_root: ca_root.filter(|pem| !pem.is_empty()),
        })
    }
}

impl fmt::Debug for PostgresSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, user, database, ssl_mode, .. } = self;
        write!(formatter, "PostgresSettings({user}@{host}:{port}/{database}, sslmode {})", ssl_mode.as_str())
    }
}
