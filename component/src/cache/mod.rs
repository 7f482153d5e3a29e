//! Users from a cache that every replica shares, and from the database where it has none.

mod cached_store;
mod entry;
mod read_through;

pub use cached_store::CachedStore;
pub use read_through::{CacheSettings, ReadThrough};
