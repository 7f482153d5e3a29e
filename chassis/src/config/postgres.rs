//! The PostgreSQL server. The variables have libpq's names.

use std::net::Ipv6Addr;

use super::reader::{Reader, Secret, port};
use super::settings;

#[derive(Clone, Debug)]
pub struct PostgresSettings {
    pub host: PostgresHost,
    pub port: u16,
    pub user: String,
    pub password: Secret,
    pub database: String,
    /// As in a connection string. Whenever Spin encrypts, it also checks the server's certificate and name.
    pub ssl_mode: &'static str,
    /// `pg_ca_root`: the certificate of the server's authority, as PEM text.
    pub ca_root: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostgresHost {
    /// A name or an IPv4 address.
    Name(String),
    Ipv6(Ipv6Addr),
}

impl PostgresHost {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let in_brackets = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match in_brackets.map(str::parse) {
            Some(Ok(address)) => Ok(Self::Ipv6(address)),
            _ if text.is_empty() => Err("must not be empty"),
            _ if text.contains(',') => Err("must be one host, not a list: put a proxy or a name in front of several"),
            _ if text.starts_with(['/', '@']) => {
                Err("must be a host, not the path of a Unix socket, which a component can't reach")
            }
            _ if text.parse::<Ipv6Addr>().is_ok() => Err("must have brackets around an IPv6 address, as in [::1]"),
            _ if text.bytes().all(is_allowed) => Ok(Self::Name(text.to_owned())),
            _ => Err("must be a name, an IPv4 address, or an IPv6 address in brackets as in [::1]"),
        }
    }
}

impl PostgresSettings {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let host = reader.parsed(&settings::PGHOST, PostgresHost::parse);
        let port = reader.parsed(&settings::PGPORT, |text| port(text).ok_or("must be a port from 1 to 65535"));
        let user = reader.required_text(&settings::PGUSER);
        let password = reader.text(&settings::PGPASSWORD).map(Secret);
        let database = reader.required_text(&settings::PGDATABASE);
        let ssl_mode = reader.choice(&settings::PGSSLMODE, ["disable", "prefer", "require"].map(|mode| (mode, mode)));
        let ca_root = reader.text(&settings::PG_CA_ROOT).filter(|pem| !pem.is_empty());
        let (host, port, user, password) = (host?, port?, user?, password?);
        Some(Self { host, port, user, password, database: database?, ssl_mode: ssl_mode?, ca_root })
    }
}
