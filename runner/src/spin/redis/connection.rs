//! A connection to Redis, and commands over it.

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands as _, Client, Cmd, ConnectionAddr, RedisError, Value};
use rustls::crypto::ring;
use url::Url;

use super::bindings::{Error, RedisParameter, RedisResult};
use super::reply::results;
use crate::spin::limit::check_size;

/// Clones share the connection, which is closed with the last of them.
///
/// A command is sent without waiting for the replies to earlier ones, and the server answers in the
/// order of the commands. So one that blocks, such as `BLPOP`, delays all that come after it, and a
/// transaction takes in whatever the others send in its middle. A command that the guest gave up is
/// not taken back, and its reply is dropped when it comes.
///
/// Once lost, a connection stays lost, and each command on it fails with `broken pipe`.
#[derive(Debug, Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Connection(MultiplexedConnection);

impl Connection {
    /// Connects, logs in and selects the database of `address`, however long it takes.
    ///
    /// An address without a password is not refused before the first command.
    ///
    /// TLS (`rediss`) trusts the platform's roots, which `SSL_CERT_FILE` and `SSL_CERT_DIR` replace, or
    /// anybody if the address ends in `#insecure`. Spin has OpenSSL do it, and this is rustls, with the
    /// differences that PostgreSQL has.
    ///
    /// # Errors
    ///
    /// The address is not understood, or names a Unix socket, which Spin lets pass where any host is
    /// allowed; the server cannot be reached or refuses.
    pub(super) async fn open(address: &str) -> Result<Self, Error> {
        let client = Client::open(address).map_err(|_| Error::InvalidAddress)?;
        match client.get_connection_info().addr {
            ConnectionAddr::Unix(_) => return Err(Error::InvalidAddress),
            // The driver takes the provider of the process. It may be there already.
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

    /// Runs any command; nested replies come as one flat list.
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

/// Scheme, host and port of an address, which may hold a password.
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

/// Spin knows no other error of the driver: not even a wrong type is a `type-error`.
fn other(error: RedisError) -> Error {
    Error::Other(error.to_string())
}

#[cfg(test)]
mod tests;
