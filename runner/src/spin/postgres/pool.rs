//! Connection pools, one for each connection string and trusted root.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};

use super::address;
use super::bindings::Error;
use super::connection::Connection;
use super::error::chain;
use super::tls::{CaRoot, connector};
use crate::outbound::{AllowedHosts, Refusal};
use crate::output::report;

/// Spin's maximum of connections per pool. A further borrower waits until one is returned.
const MAX_CONNECTIONS: usize = 64;

/// Spin's maximum of pools. An evicted pool ends when its last connection is returned.
const MAX_POOLS: usize = 16;

/// How long the reset of a returned connection may take before a new one replaces it. Its server may be unreachable or
/// busy.
const MAX_CLEANING: Duration = Duration::from_secs(5);

/// The PostgreSQL servers that a component may connect to, with their pools.
pub(crate) struct Servers {
    component: String,
    allowed_hosts: Arc<AllowedHosts>,
    /// Least recently used first.
    pools: Mutex<Vec<(Key, Pool)>>,
}

/// Identifies a pool.
#[derive(Debug, PartialEq)]
struct Key {
    address: String,
    ca_root: Option<CaRoot>,
}

impl Servers {
    /// `component` is the id in the log line of a refusal.
    pub(crate) fn new(component: &str, allowed_hosts: Arc<AllowedHosts>) -> Self {
        Self { component: component.to_owned(), allowed_hosts, pools: Mutex::default() }
    }

    /// Lends a connection until its last clone is dropped. A connection that is lent again has been reset: it has no
    /// settings, temporary tables, advisory locks and so on.
    ///
    /// # Errors
    ///
    /// The address is not valid or not allowed, or the server is unreachable or refuses the connection.
    pub(super) async fn connect(&self, address: &str, ca_root: Option<CaRoot>) -> Result<Connection, Error> {
        let config = address::parse(address)?;
        if let Some((server, refusal)) = address::first_refused(&config, &self.allowed_hosts) {
            report(format_args!("component `{}` may not connect to {server}: {refusal}", self.component));
            return Err(match refusal {
                Refusal::NotListed => Error::ConnectionFailed(format!("address {server} is not permitted")),
                Refusal::InvalidEntry(_) => Error::Other(refusal.to_string()),
            });
        }
        let pool = self.pool(Key { address: address.to_owned(), ca_root }, config).map_err(Error::ConnectionFailed)?;
        let connection = pool.get().await.map_err(|error| Error::ConnectionFailed(chain(&error)))?;
        Ok(Connection::new(connection))
    }

    fn pool(&self, key: Key, config: Config) -> Result<Pool, String> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let known = pools.iter().position(|(other, _)| *other == key);
        let entry = match known {
            Some(index) => pools.remove(index),
            None => {
                let pool = new_pool(config, key.ca_root.clone())?;
                if pools.len() == MAX_POOLS {
                    pools.remove(0);
                }
                (key, pool)
            }
        };
        let pool = entry.1.clone();
        pools.push(entry);
        Ok(pool)
    }
}

/// Omits the addresses, which hold passwords.
impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Servers").field("allowed_hosts", &self.allowed_hosts).finish_non_exhaustive()
    }
}

fn new_pool(config: Config, ca_root: Option<CaRoot>) -> Result<Pool, String> {
    let cleaning = ManagerConfig { recycling_method: RecyclingMethod::Clean };
    let manager = if config.get_ssl_mode() == SslMode::Disable {
        Manager::from_config(config, NoTls, cleaning)
    } else {
        Manager::from_config(config, connector(ca_root)?, cleaning)
    };
    let pool = Pool::builder(manager)
        .max_size(MAX_CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .recycle_timeout(Some(MAX_CLEANING))
        .build();
    pool.map_err(|error| chain(&error))
}

#[cfg(test)]
mod tests;
