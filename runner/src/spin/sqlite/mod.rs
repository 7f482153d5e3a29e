//! `spin:sqlite@3.1.0`: each `open` makes a connection, statements run on blocking threads unless they are short reads,
//! and a stream of rows has a completion that reports success or failure.

mod bindings;
mod connection;
mod error;

use std::collections::BTreeMap;
use std::sync::Arc;

use connection::Connection;
pub(crate) use connection::Database;
use wasmtime::component::{Accessor, FutureReader, HasData, Linker, Resource, ResourceTable, StreamReader};

use self::bindings::{Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult, Value};
use super::stream::ChannelProducer;

/// Spin's maximum of connections per instance.
const MAX_CONNECTIONS: usize = 256;

#[derive(Debug)]
pub(crate) struct Sqlite {
    databases: Arc<BTreeMap<String, Database>>,
    connections: ResourceTable,
    open: usize,
}

struct HasSqlite;

impl HasData for HasSqlite {
    type Data<'a> = &'a mut Sqlite;
}

/// Adds the interface. `get` returns the state in the data of a Wasmtime store.
pub(crate) fn add_to_linker<T: Send>(linker: &mut Linker<T>, get: fn(&mut T) -> &mut Sqlite) -> wasmtime::Result<()> {
    bindings::add_to_linker::<_, HasSqlite>(linker, get)
}

impl Sqlite {
    /// `databases` holds the databases that the component may open, by label.
    pub(crate) fn new(databases: Arc<BTreeMap<String, Database>>) -> Self {
        Self { databases, connections: ResourceTable::new(), open: 0 }
    }

    fn connect(&mut self, label: &str) -> Result<Resource<Connection>, Error> {
        let database = self.databases.get(label).ok_or(Error::AccessDenied)?;
        if self.open == MAX_CONNECTIONS {
            return Err(Error::Io("too many connections opened".to_owned()));
        }
        let connection = Connection::new(database.clone());
        let resource = self.connections.push(connection);
        let resource = resource.map_err(|error| Error::Io(error.to_string()))?;
        self.open += 1;
        Ok(resource)
    }

    fn connection(&self, resource: &Resource<Connection>) -> Result<Connection, Error> {
        let connection = self.connections.get(resource);
        connection.cloned().map_err(|_| Error::InvalidConnection)
    }
}

impl Host for Sqlite {
    fn convert_error(&mut self, error: Error) -> wasmtime::Result<Error> {
        Ok(error)
    }
}

impl HostConnection for Sqlite {
    async fn open(&mut self, database: String) -> Result<Resource<Connection>, Error> {
        self.connect(&database)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult, Error> {
        let connection = self.connection(&connection)?;
        connection.query(statement, parameters).await
    }

    async fn last_insert_rowid(&mut self, connection: Resource<Connection>) -> wasmtime::Result<i64> {
        Ok(self.connection(&connection)?.last_insert_rowid().await?)
    }

    async fn changes(&mut self, connection: Resource<Connection>) -> wasmtime::Result<u64> {
        Ok(self.connection(&connection)?.changes().await?)
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.connections.delete(connection)?;
        self.open -= 1;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for HasSqlite {
    async fn open_async(store: &Accessor<T, Self>, database: String) -> Result<Resource<Connection>, Error> {
        store.with(|mut access| access.get().connect(&database))
    }

    async fn execute_async(
        store: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<(Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>), Error> {
        let connection = get(store, &connection)?;
        let stream = connection.stream(statement, parameters).await?;
        let readers = store.with(|mut access| {
            let rows = StreamReader::new(&mut access, ChannelProducer::new(stream.rows))?;
            let completion = FutureReader::new(&mut access, stream.completion)?;
            wasmtime::error::Ok((rows, completion))
        });
        let (rows, completion) = readers.map_err(|error| Error::Io(error.to_string()))?;
        Ok((stream.columns, rows, completion))
    }

    async fn last_insert_rowid_async(
        store: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        Ok(get(store, &connection)?.last_insert_rowid().await?)
    }

    async fn changes_async(store: &Accessor<T, Self>, connection: Resource<Connection>) -> wasmtime::Result<u64> {
        Ok(get(store, &connection)?.changes().await?)
    }
}

fn get<T>(store: &Accessor<T, HasSqlite>, connection: &Resource<Connection>) -> Result<Connection, Error> {
    store.with(|mut access| access.get().connection(connection))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite() -> Sqlite {
        let databases = BTreeMap::from([("default".to_owned(), Database::new(None, false))]);
        Sqlite::new(Arc::new(databases))
    }

    #[test]
    fn only_the_components_databases_open() {
        let mut sqlite = sqlite();
        assert!(sqlite.connect("default").is_ok());
        assert!(matches!(sqlite.connect("other"), Err(Error::AccessDenied)));
    }

    #[tokio::test]
    async fn connections_are_bounded_and_come_back() {
        let mut sqlite = sqlite();
        let connections: Vec<_> = (0..MAX_CONNECTIONS).map(|_| sqlite.connect("default").unwrap()).collect();
        assert!(matches!(sqlite.connect("default"), Err(Error::Io(_))));
        for connection in connections {
            HostConnection::drop(&mut sqlite, connection).await.unwrap();
        }
        assert!(sqlite.connect("default").is_ok());
    }
}
