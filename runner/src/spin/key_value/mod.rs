//! `spin:key-value@3.0.0`: stores in SQLite files with Spin's schema, so that Spin and the runner can use the same
//! state folder.

mod bindings;
mod store;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use store::Storage;
use store::Store;
use wasmtime::component::{Accessor, FutureReader, HasData, Linker, Resource, ResourceTable, StreamReader};

use self::bindings::{Error, Host, HostStore, HostStoreWithStore};
use super::stream::ChannelProducer;

/// The stores of one instance, and its open resources. Like Spin, does not bound their number.
#[derive(Debug)]
pub(crate) struct KeyValue {
    stores: Arc<BTreeMap<String, Storage>>,
    open: ResourceTable,
}

struct HasKeyValue;

impl HasData for HasKeyValue {
    type Data<'a> = &'a mut KeyValue;
}

/// Adds the interface. `get` returns the state in the data of a Wasmtime store.
pub(crate) fn add_to_linker<T: Send>(linker: &mut Linker<T>, get: fn(&mut T) -> &mut KeyValue) -> wasmtime::Result<()> {
    bindings::add_to_linker::<_, HasKeyValue>(linker, get)
}

impl KeyValue {
    /// `stores` holds the stores that the component may open, by label.
    pub(crate) fn new(stores: Arc<BTreeMap<String, Storage>>) -> Self {
        Self { stores, open: ResourceTable::new() }
    }

    fn open(&mut self, label: &str) -> Result<Resource<Store>, Error> {
        let storage = self.stores.get(label).ok_or(Error::AccessDenied)?;
        let store = Store::open(label, storage)?;
        self.open.push(store).map_err(|_| Error::StoreTableFull)
    }

    fn store(&self, resource: &Resource<Store>) -> Result<Store, Error> {
        self.open.get(resource).cloned().map_err(|_| Error::NoSuchStore)
    }
}

impl Host for KeyValue {
    fn convert_error(&mut self, error: Error) -> wasmtime::Result<Error> {
        Ok(error)
    }
}

impl HostStore for KeyValue {
    async fn drop(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.open.delete(store)?;
        Ok(())
    }
}

impl<T: Send> HostStoreWithStore<T> for HasKeyValue {
    async fn open(store: &Accessor<T, Self>, label: String) -> Result<Resource<Store>, Error> {
        store.with(|mut access| access.get().open(&label))
    }

    async fn get(store: &Accessor<T, Self>, opened: Resource<Store>, key: String) -> Result<Option<Vec<u8>>, Error> {
        get(store, &opened)?.get(&key)
    }

    async fn set(store: &Accessor<T, Self>, opened: Resource<Store>, key: String, value: Vec<u8>) -> Result<(), Error> {
        get(store, &opened)?.set(&key, &value)
    }

    async fn delete(store: &Accessor<T, Self>, opened: Resource<Store>, key: String) -> Result<(), Error> {
        get(store, &opened)?.delete(&key)
    }

    async fn exists(store: &Accessor<T, Self>, opened: Resource<Store>, key: String) -> Result<bool, Error> {
        get(store, &opened)?.exists(&key)
    }

    async fn get_keys(
        store: &Accessor<T, Self>,
        opened: Resource<Store>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let listing = get(store, &opened)?.keys();
        store.with(|mut access| {
            let keys = StreamReader::new(&mut access, ChannelProducer::new(listing.keys))?;
            let completion = FutureReader::new(&mut access, listing.completion)?;
            Ok((keys, completion))
        })
    }
}

fn get<T>(store: &Accessor<T, HasKeyValue>, opened: &Resource<Store>) -> Result<Store, Error> {
    store.with(|mut access| access.get().store(opened))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn only_the_components_stores_open() {
        let stores = BTreeMap::from([("default".to_owned(), Storage::new(None))]);
        let mut key_value = KeyValue::new(Arc::new(stores));
        let opened = key_value.open("default").unwrap();
        key_value.store(&opened).unwrap().set("key", b"value").unwrap();
        assert_eq!(key_value.open("other").unwrap_err(), Error::AccessDenied);
        let again = key_value.open("default").unwrap();
        assert_eq!(key_value.store(&again).unwrap().get("key"), Ok(Some(b"value".to_vec())));
        HostStore::drop(&mut key_value, Resource::new_own(opened.rep())).await.unwrap();
        assert_eq!(key_value.store(&opened).unwrap_err(), Error::NoSuchStore);
    }
}
