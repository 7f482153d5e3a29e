//! `spin:postgres@4.2.0`: connections come from pools on the host, statements run to their end even if the guest does
//! not wait, and a stream of rows has a completion that reports success or failure.

mod address;
mod bindings;
mod connection;
mod decimal;
mod error;
mod interval;
mod parameters;
mod pool;
mod range;
mod rows;
#[cfg(test)]
mod test_server;
mod tls;

use std::sync::Arc;

use connection::{Connection, ConnectionBuilder};
pub(crate) use pool::Servers;
use wasmtime::component::{Accessor, FutureReader, HasData, Linker, Resource, ResourceTable, StreamReader};

use self::bindings::{
    Column, DbValue, Error, Host, HostConnection, HostConnectionBuilder, HostConnectionBuilderWithStore,
    HostConnectionWithStore, ParameterValue, RowSet,
};
use self::tls::CaRoot;
use super::stream::ChannelProducer;

/// Spin's maximum of connections, and of connection builders, per instance.
const MAX_RESOURCES: usize = 1024;

#[derive(Debug)]
pub(crate) struct Postgres {
    servers: Arc<Servers>,
    connections: ResourceTable,
    builders: ResourceTable,
}

struct HasPostgres;

impl HasData for HasPostgres {
    type Data<'a> = &'a mut Postgres;
}

/// Adds the interface. `get` returns the state in the data of a Wasmtime store.
pub(crate) fn add_to_linker<T: Send>(linker: &mut Linker<T>, get: fn(&mut T) -> &mut Postgres) -> wasmtime::Result<()> {
    bindings::add_to_linker::<_, HasPostgres>(linker, get)
}

impl Postgres {
    /// The instances of a component share `servers`.
    pub(crate) fn new(servers: Arc<Servers>) -> Self {
        let table = || {
            let mut table = ResourceTable::new();
            table.set_max_capacity(MAX_RESOURCES);
            table
        };
        Self { servers, connections: table(), builders: table() }
    }

    fn hold(&mut self, connection: Connection) -> Result<Resource<Connection>, Error> {
        let resource = self.connections.push(connection);
        resource.map_err(|_| Error::ConnectionFailed("too many connections".to_owned()))
    }

    fn connection(&self, resource: &Resource<Connection>) -> Result<Connection, Error> {
        let connection = self.connections.get(resource);
        connection.cloned().map_err(|_| Error::ConnectionFailed("no connection found".to_owned()))
    }

    fn builder(&self, resource: &Resource<ConnectionBuilder>) -> Result<ConnectionBuilder, Error> {
        let builder = self.builders.get(resource);
        builder.cloned().map_err(|_| no_builder())
    }
}

impl Host for Postgres {
    fn convert_error(&mut self, error: Error) -> wasmtime::Result<Error> {
        Ok(error)
    }
}

impl HostConnectionBuilder for Postgres {
    async fn new(&mut self, address: String) -> wasmtime::Result<Resource<ConnectionBuilder>> {
        Ok(self.builders.push(ConnectionBuilder { address, ca_root: None })?)
    }

    async fn set_ca_root(&mut self, builder: Resource<ConnectionBuilder>, certificate: String) -> Result<(), Error> {
        let ca_root = CaRoot::from_pem(&certificate)
            .map_err(|reason| Error::Other(format!("invalid root certificate: {reason}")))?;
        let builder = self.builders.get_mut(&builder).map_err(|_| no_builder())?;
        builder.ca_root = Some(ca_root);
        Ok(())
    }

    async fn build(&mut self, builder: Resource<ConnectionBuilder>) -> Result<Resource<Connection>, Error> {
        let builder = self.builder(&builder)?;
        let connection = self.servers.connect(&builder.address, builder.ca_root).await?;
        self.hold(connection)
    }

    async fn drop(&mut self, builder: Resource<ConnectionBuilder>) -> wasmtime::Result<()> {
        self.builders.delete(builder)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionBuilderWithStore<T> for HasPostgres {
    async fn build_async(
        store: &Accessor<T, Self>,
        builder: Resource<ConnectionBuilder>,
    ) -> Result<Resource<Connection>, Error> {
        let builder = store.with(|mut access| access.get().builder(&builder))?;
        connect(store, &builder.address, builder.ca_root).await
    }
}

impl HostConnection for Postgres {
    async fn open(&mut self, address: String) -> Result<Resource<Connection>, Error> {
        let connection = self.servers.connect(&address, None).await?;
        self.hold(connection)
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<RowSet, Error> {
        self.connection(&connection)?.query(statement, parameters).await
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<u64, Error> {
        self.connection(&connection)?.execute(statement, parameters).await
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.connections.delete(connection)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for HasPostgres {
    async fn open_async(store: &Accessor<T, Self>, address: String) -> Result<Resource<Connection>, Error> {
        connect(store, &address, None).await
    }

    async fn query_async(
        store: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<(Vec<Column>, StreamReader<Vec<DbValue>>, FutureReader<Result<(), Error>>), Error> {
        let connection = store.with(|mut access| access.get().connection(&connection))?;
        let stream = connection.stream(statement, parameters).await?;
        let readers = store.with(|mut access| {
            let rows = StreamReader::new(&mut access, ChannelProducer::new(stream.rows))?;
            let completion = FutureReader::new(&mut access, stream.completion)?;
            wasmtime::error::Ok((rows, completion))
        });
        let (rows, completion) = readers.map_err(|error| Error::Other(error.to_string()))?;
        Ok((stream.columns, rows, completion))
    }

    async fn execute_async(
        store: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<u64, Error> {
        let connection = store.with(|mut access| access.get().connection(&connection))?;
        connection.execute(statement, parameters).await
    }
}

/// Connects without blocking the instance.
async fn connect<T>(
    store: &Accessor<T, HasPostgres>,
    address: &str,
    ca_root: Option<CaRoot>,
) -> Result<Resource<Connection>, Error> {
    let servers = store.with(|mut access| access.get().servers.clone());
    let connection = servers.connect(address, ca_root).await?;
    store.with(|mut access| access.get().hold(connection))
}

fn no_builder() -> Error {
    Error::ConnectionFailed("no builder found".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::AllowedHosts;

    fn postgres() -> Postgres {
        Postgres::new(Arc::new(Servers::new("test", Arc::new(AllowedHosts::new(Vec::new())))))
    }

    #[tokio::test]
    async fn builders_are_bounded_and_come_back() {
        let mut postgres = postgres();
        let mut builders = Vec::new();
        for _ in 0..MAX_RESOURCES {
            builders.push(HostConnectionBuilder::new(&mut postgres, String::new()).await.unwrap());
        }
        assert!(HostConnectionBuilder::new(&mut postgres, String::new()).await.is_err());
        for builder in builders {
            HostConnectionBuilder::drop(&mut postgres, builder).await.unwrap();
        }
        assert!(HostConnectionBuilder::new(&mut postgres, String::new()).await.is_ok());
    }
}
