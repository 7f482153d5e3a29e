//! Pools of connections, one for each server, user and set of options.

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

/// Spin's bound on the connections of a pool; who wants another waits for one to come back.
const MAX_CONNECTIONS: usize = 64;

/// Spin's bound on the pools that are kept. One that is not kept ends when its last connection
/// comes back.
const MAX_POOLS: usize = 16;

/// How long a returned connection may take to be cleaned before another is made instead: its server
/// may be gone without a word, or still be busy.
const MAX_CLEANING: Duration = Duration::from_secs(5);

/// The PostgreSQL servers a component may connect to, and its pools of connections to them.
pub(crate) struct Servers {
    component: String,
    allowed_hosts: Arc<AllowedHosts>,
    /// The one used last comes last.
    pools: Mutex<Vec<(Key, Pool)>>,
}

/// Connections are shared only where each of these is the same.
#[derive(Debug, PartialEq)]
struct Key {
    address: String,
    ca_root: Option<CaRoot>,
}

impl Servers {
    /// `component` is the id that a refusal is logged with.
    pub(crate) fn new(component: &str, allowed_hosts: Arc<AllowedHosts>) -> Self {
        Self { component: component.to_owned(), allowed_hosts, pools: Mutex::default() }
    }

    /// Lends a connection until its last clone is dropped. One that was lent before has been cleaned
    /// of settings, temporary tables, advisory locks and the like.
    ///
    /// # Errors
    ///
    /// The address is not understood or not allowed, or the server cannot be reached or refuses.
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

/// Without addresses, since they hold passwords.
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
