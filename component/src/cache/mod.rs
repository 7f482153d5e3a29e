//! Users from a cache that every replica shares, and from the database where it has none.

mod cached_store;
mod entry;

pub use cached_store::{CacheSettings, CachedStore};
