//! A connection to Redis, and its commands.

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands as _, Client, Cmd, ConnectionAddr, RedisError, Value};
use rustls::crypto::ring;
use url::Url;

use super::bindings::{Error, RedisParameter, RedisResult};
use super::reply::results;
use crate::spin::limit::check_size;

/// Clones share the connection; dropping the last one closes it.
///
/// Commands are pipelined. So a blocking command, such as `BLPOP`, delays all later ones, and a transaction includes
/// the commands that others send meanwhile. A command still runs if the guest cancels it; its reply is dropped.
///
/// A lost connection is not opened again: each further command fails with `broken pipe`.
#[derive(Debug, Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Connection(MultiplexedConnection);

impl Connection {
    /// Connects, authenticates and selects the database of `address`, without a timeout.
    ///
    /// If the address lacks a required password, the first command fails.
    ///
    /// TLS (`rediss`) trusts the platform's roots, which `SSL_CERT_FILE` and `SSL_CERT_DIR` replace. If the address
    /// ends in `#insecure`, it trusts any certificate. Spin uses OpenSSL; for the differences see the TLS of PostgreSQL.
    ///
    /// # Errors
    ///
    /// The address is not valid, or names a Unix socket, which Spin accepts if any host is allowed. Or the server is
    /// unreachable or refuses the connection.
    pub(super) async fn open(address: &str) -> Result<Self, Error> {
        let client = Client::open(address).map_err(|_| Error::InvalidAddress)?;
        match client.get_connection_info().addr {
            ConnectionAddr::Unix(_) => return Err(Error::InvalidAddress),
            // The driver uses the process's crypto provider, which may be installed already.
            ConnectionAddr::TcpTls { .. } => drop(ring::default_provider().install_default()),
            ConnectionAddr::Tcp(..) => {}
        }
        let connection = client.get_multiplexed_async_connection().await;
        connection.map(Self).map_err(other)
    }

    pub(super) async fn publish(&mut self, channel: &str, payload: &[u8]) -> Result<(), Error> {
        self.0.publish(channel, payload).await.map_err(other)
    }

    pub(super) async fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let value: Option<Vec<u8>> = self.0.get(key).await.map_err(other)?;
        let length = value.as_ref().map_or(0, Vec::len);
        check_size(size_of::<Option<Vec<u8>>>() + length).map_err(Error::Other)?;
        Ok(value)
    }

    pub(super) async fn set(&mut self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.0.set(key, value).await.map_err(other)
    }

    pub(super) async fn incr(&mut self, key: &str) -> Result<i64, Error> {
        self.0.incr(key, 1).await.map_err(other)
    }

    pub(super) async fn del(&mut self, keys: &[String]) -> Result<u32, Error> {
        self.0.del(keys).await.map_err(other)
    }

    pub(super) async fn sadd(&mut self, key: &str, values: &[String]) -> Result<u32, Error> {
        self.0.sadd(key, values).await.map_err(other)
    }

    pub(super) async fn smembers(&mut self, key: &str) -> Result<Vec<String>, Error> {
        self.0.smembers(key).await.map_err(other)
    }

    pub(super) async fn srem(&mut self, key: &str, values: &[String]) -> Result<u32, Error> {
        self.0.srem(key, values).await.map_err(other)
    }

    /// Flattens nested replies.
    pub(super) async fn execute(
        &mut self,
        command: &str,
        arguments: Vec<RedisParameter>,
    ) -> Result<Vec<RedisResult>, Error> {
        let mut command = redis::cmd(command);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(integer) => add(&mut command, integer),
                RedisParameter::Binary(bytes) => add(&mut command, bytes),
            }
        }
        let reply: Value = command.query_async(&mut self.0).await.map_err(other)?;
        results(reply)
    }
}

/// Returns scheme, host and port of an address.
pub(super) fn without_credentials(address: &str) -> String {
    let Ok(url) = Url::parse(address) else {
        return "an address that is no URL".to_owned();
    };
    let port = url.port().map(|port| format!(":{port}"));
    format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), port.unwrap_or_default())
}

fn add(command: &mut Cmd, argument: impl redis::ToRedisArgs) {
    command.arg(argument);
}

/// Spin maps every error of the driver to this one; even a wrong type is not a `type-error`.
fn other(error: RedisError) -> Error {
    Error::Other(error.to_string())
}

#[cfg(test)]
mod tests;
