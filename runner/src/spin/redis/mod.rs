//! `spin:redis@3.0.0`: each `open` makes a connection, which the users of its resource share. As in Spin, nothing
//! reconnects, and nothing times out.

mod bindings;
mod connection;
mod reply;
#[cfg(test)]
mod test_server;

use std::sync::Arc;

use connection::Connection;
use connection::without_credentials;
use wasmtime::component::{Accessor, HasData, Linker, Resource, ResourceTable};

use self::bindings::{Error, Host, HostConnection, HostConnectionWithStore, RedisParameter, RedisResult};
use crate::outbound::{AllowedHosts, Refusal};
use crate::output::report;

/// Spin's default for an address without a scheme. The driver refuses such an address later.
const DEFAULT_SCHEME: &str = "redis";

/// Spin's maximum of connections per instance.
const MAX_CONNECTIONS: usize = 1024;

#[derive(Debug)]
pub(crate) struct Redis {
    component: String,
    allowed_hosts: Arc<AllowedHosts>,
    connections: ResourceTable,
}

struct HasRedis;

impl HasData for HasRedis {
    type Data<'a> = &'a mut Redis;
}

/// Adds the interface. `get` returns the state in the data of a Wasmtime store.
pub(crate) fn add_to_linker<T: Send>(linker: &mut Linker<T>, get: fn(&mut T) -> &mut Redis) -> wasmtime::Result<()> {
    bindings::add_to_linker::<_, HasRedis>(linker, get)
}

impl Redis {
    /// `component` is the id in the log line of a refusal.
    pub(crate) fn new(component: &str, allowed_hosts: Arc<AllowedHosts>) -> Self {
        let mut connections = ResourceTable::new();
        connections.set_max_capacity(MAX_CONNECTIONS);
        Self { component: component.to_owned(), allowed_hosts, connections }
    }

    fn check(&self, address: &str) -> Result<(), Error> {
        let Err(refusal) = self.allowed_hosts.check(address, DEFAULT_SCHEME) else { return Ok(()) };
        let target = without_credentials(address);
        report(format_args!("component `{}` may not connect to {target}: {refusal}", self.component));
        Err(match refusal {
            Refusal::NotListed => Error::InvalidAddress,
            Refusal::InvalidEntry(_) => Error::Other(refusal.to_string()),
        })
    }

    fn hold(&mut self, connection: Connection) -> Result<Resource<Connection>, Error> {
        self.connections.push(connection).map_err(|_| Error::TooManyConnections)
    }

    fn connection(&self, resource: &Resource<Connection>) -> Result<Connection, Error> {
        let connection = self.connections.get(resource);
        connection.cloned().map_err(|_| Error::Other("could not find connection for resource".to_owned()))
    }
}

impl Host for Redis {
    fn convert_error(&mut self, error: Error) -> wasmtime::Result<Error> {
        Ok(error)
    }
}

impl HostConnection for Redis {
    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.connections.delete(connection)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for HasRedis {
    async fn open(store: &Accessor<T, Self>, address: String) -> Result<Resource<Connection>, Error> {
        store.with(|mut access| access.get().check(&address))?;
        let connection = Connection::open(&address).await?;
        store.with(|mut access| access.get().hold(connection))
    }

    async fn publish(
        store: &Accessor<T, Self>,
        connection: Resource<Connection>,
        channel: String,
        payload: Vec<u8>,
    ) -> Result<(), Error> {
        get(store, &connection)?.publish(&channel, &payload).await
    }

    async fn get(
        store: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
    ) -> Result<Option<Vec<u8>>, Error> {
        get(store, &connection)?.get(&key).await
    }

    async fn set(
        store: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        get(store, &connection)?.set(&key, &value).await
    }

    async fn incr(store: &Accessor<T, Self>, connection: Resource<Connection>, key: String) -> Result<i64, Error> {
        get(store, &connection)?.incr(&key).await
    }

    async fn del(store: &Accessor<T, Self>, connection: Resource<Connection>, keys: Vec<String>) -> Result<u32, Error> {
        get(store, &connection)?.del(&keys).await
    }

    async fn sadd(
        store: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> Result<u32, Error> {
        get(store, &connection)?.sadd(&key, &values).await
    }

    async fn smembers(
        store: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
    ) -> Result<Vec<String>, Error> {
        get(store, &connection)?.smembers(&key).await
    }

    async fn srem(
        store: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> Result<u32, Error> {
        get(store, &connection)?.srem(&key, &values).await
    }

    async fn execute(
        store: &Accessor<T, Self>,
        connection: Resource<Connection>,
        command: String,
        arguments: Vec<RedisParameter>,
    ) -> Result<Vec<RedisResult>, Error> {
        get(store, &connection)?.execute(&command, arguments).await
    }
}

fn get<T>(store: &Accessor<T, HasRedis>, connection: &Resource<Connection>) -> Result<Connection, Error> {
    store.with(|mut access| access.get().connection(connection))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::HostPatternError;

    fn redis(patterns: &[&str]) -> Redis {
        let patterns = patterns.iter().map(|pattern| pattern.parse().unwrap());
        Redis::new("test", Arc::new(AllowedHosts::new(patterns.collect())))
    }

    #[test]
    fn only_listed_hosts_are_allowed() {
        let redis = redis(&["redis://127.0.0.1:6379", "rediss://db.example:6380"]);
        for (address, expected) in [
            ("redis://127.0.0.1", true),
            ("redis://user:p%40ss@127.0.0.1:6379/3?protocol=resp3", true),
            ("rediss://db.example:6380/#insecure", true),
            ("redis://127.0.0.1:6380", false),
            ("redis://localhost", false),
            ("rediss://127.0.0.1:6379", false),
            // Spin has no default port for `rediss`, although the driver has.
            ("rediss://db.example", false),
            ("redis+unix:///run/redis.sock", false),
            ("nonsense", false),
            ("", false),
            // Spin 4.0.1 reads the part before the @ as credentials, the driver reads it as the host.
            ("redis://10.0.0.1:6379#@127.0.0.1:6379/", false),
        ] {
            assert_eq!(redis.check(address).is_ok(), expected, "{address}");
        }
    }

    #[test]
    fn an_invalid_entry_is_another_error_than_an_address_that_is_not_listed() {
        let redis = Redis::new("test", Arc::new(AllowedHosts::invalid(HostPatternError::Port)));
        assert!(matches!(redis.check("redis://127.0.0.1"), Err(Error::Other(text)) if text.contains("port")));
        assert_eq!(redis.check(""), Err(Error::InvalidAddress));
    }

    #[tokio::test]
    async fn connections_are_bounded_and_come_back() {
        let mut redis = redis(&[]);
        let connection = Connection::open(&test_server::address()).await.unwrap();
        let held: Vec<_> = (0..MAX_CONNECTIONS).map(|_| redis.hold(connection.clone()).unwrap()).collect();
        assert_eq!(redis.hold(connection.clone()).unwrap_err(), Error::TooManyConnections);
        for resource in held {
            HostConnection::drop(&mut redis, resource).await.unwrap();
        }
        assert!(redis.hold(connection).is_ok());
    }
}
