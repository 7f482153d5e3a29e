//! Parses connection strings and checks their servers against `allowed_outbound_hosts`.

use std::fmt::Display;
use std::net::{IpAddr, Ipv6Addr};

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::bindings::Error;
use super::error::chain;
use crate::outbound::{AllowedHosts, Refusal};

const SCHEME: &str = "postgres";

/// Parses a connection string, in either of libpq's forms.
///
/// # Errors
///
/// It is not valid (`sslmode` is one of `disable`, `prefer` and `require`), or names a Unix socket.
pub(super) fn parse(address: &str) -> Result<Config, Error> {
    let config: Config = address.parse().map_err(|error| Error::ConnectionFailed(chain(&error)))?;
    if config.get_hosts().iter().any(|host| matches!(host, Host::Unix(_))) {
        return Err(Error::ConnectionFailed("Unix sockets are not supported on WebAssembly".to_owned()));
    }
    Ok(config)
}

/// Returns the first server of `config` that `allowed` refuses, as a URL without credentials.
///
/// Spin 4.0.1 checks `host` only, although the driver connects to `hostaddr` if there is one; here both must be
/// allowed. An IPv6 address, which Spin never allows, must be in brackets.
pub(super) fn first_refused(config: &Config, allowed: &AllowedHosts) -> Option<(String, Refusal)> {
    let hosts = config.get_hosts().iter().enumerate().filter_map(|(index, host)| match host {
        Host::Tcp(host) => Some(target(host, port(config, index))),
        Host::Unix(_) => None,
    });
    let addresses = config.get_hostaddrs().iter().enumerate().map(|(index, address)| {
        let host = match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => address.to_string(),
        };
        target(&host, port(config, index))
    });
    let mut targets = hosts.chain(addresses);
    targets.find_map(|target| Some((format!("{SCHEME}://{target}"), allowed.check(&target, SCHEME).err()?)))
}

fn target(host: &str, port: Option<u16>) -> String {
    let is_ipv6 = host.parse::<Ipv6Addr>().is_ok();
    let host: &dyn Display = if is_ipv6 { &format!("[{host}]") } else { &host };
    port.map_or_else(|| host.to_string(), |port| format!("{host}:{port}"))
}

/// Returns the port that the driver uses: the one at the same position, or the only one for all hosts.
fn port(config: &Config, index: usize) -> Option<u16> {
    match config.get_ports() {
        [port] => Some(*port),
        ports => ports.get(index).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> Option<String> {
        let patterns = ["postgres://db.example", "postgres://127.0.0.1:6543", "postgres://[::1]:6543"];
        let patterns = patterns.map(|pattern| pattern.parse().unwrap());
        let allowed = AllowedHosts::new(patterns.into());
        first_refused(&parse(address).unwrap(), &allowed).map(|(url, _)| url)
    }

    #[test]
    fn every_server_must_be_allowed() {
        for address in [
            "host=db.example user=u password=p",
            "host=db.example port=5432",
            "postgres://u:p@db.example/app?sslmode=require",
            "postgresql://127.0.0.1:6543",
            "host=db.example,127.0.0.1 port=5432,6543",
            "host=127.0.0.1,127.0.0.1 port=6543",
            "host=::1 port=6543",
            "postgres://[::1]:6543/app",
            "host=127.0.0.1 hostaddr=127.0.0.1 port=6543",
        ] {
            assert_eq!(refused(address), None, "{address}");
        }
        for (address, expected) in [
            ("host=other.example", "postgres://other.example"),
            ("host=db.example port=6543", "postgres://db.example:6543"),
            ("postgres://u:secret@127.0.0.1/app", "postgres://127.0.0.1:5432"),
            ("host=db.example,other.example", "postgres://other.example"),
            ("host=db.example,127.0.0.1 port=5432,5433", "postgres://127.0.0.1:5433"),
            ("host=::1 port=5432", "postgres://[::1]:5432"),
            ("host=db.example hostaddr=10.0.0.1", "postgres://10.0.0.1"),
            ("hostaddr=10.0.0.1 port=6543", "postgres://10.0.0.1:6543"),
        ] {
            assert_eq!(refused(address).as_deref(), Some(expected), "{address}");
        }
    }

    #[test]
    fn a_string_that_is_not_understood_is_an_error() {
        for (address, reason) in [
            ("host=/run/postgresql", "Unix sockets are not supported on WebAssembly"),
            ("host=db.example sslmode=verify-full", "invalid connection string: invalid value for option `sslmode`"),
            ("host=db.example nonsense=1", "invalid connection string: unknown option `nonsense`"),
        ] {
            assert_eq!(parse(address), Err(Error::ConnectionFailed(reason.to_owned())));
        }
    }
}
