//! The cache that replicas share.
//!
//! A key holds one of three: `v:<value>`; `l:<token>`, the lease of who fills it; or
//! `w:<count>:<token>`, how many writers are on it, and which, or `-` if there was more than one since
//! it was last at rest. Whatever else a writer finds at its end, it takes out.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use spin_sdk::redis::RedisResult;

use super::client::{Need, RedisClient};
use crate::ports::{Cache, CacheError, Found};

/// The arguments are the token and the life of its lease, in milliseconds.
const LOOK_UP: &str = "
local held = redis.call('GET', KEYS[1])
if held then return held end
redis.call('SET', KEYS[1], 'l:' .. ARGV[1], 'PX', ARGV[2])
return ''";

/// The arguments are the token, what the key is to hold or nothing, and its life.
const FILL: &str = "
if redis.call('GET', KEYS[1]) ~= 'l:' .. ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1";

/// The arguments are the token and the mark's life.
const BEGIN_WRITE: &str = "
local writers = string.match(redis.call('GET', KEYS[1]) or '', '^w:(%d+):')
local mark = writers and string.format('w:%d:-', writers + 1) or 'w:1:' .. ARGV[1]
redis.call('SET', KEYS[1], mark, 'PX', ARGV[2])
return 1";

/// The arguments are those of FILL.
const END_WRITE: &str = "
local held = redis.call('GET', KEYS[1]) or ''
local writers = string.match(held, '^w:(%d+):')
if held == 'w:1:' .. ARGV[1] and ARGV[2] ~= '' then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
elseif writers and tonumber(writers) > 1 then
  redis.call('SET', KEYS[1], string.format('w:%d:-', writers - 1), 'KEEPTTL')
else
  redis.call('DEL', KEYS[1])
end
return 1";

/// The cache of all replicas. Reads leave a server alone that has just failed; writes never do, as a
/// value that they don't take out would be served until it expires.
pub(crate) struct RedisCache(pub Arc<RedisClient>);

#[async_trait]
impl Cache for RedisCache {
    async fn look_up(&self, key: &str, token: &str, life: Duration) -> Result<Found, CacheError> {
        let results = self.run(Need::Want, LOOK_UP, key, [token.to_owned(), millis(life)]).await?;
        match results.as_slice() {
            [RedisResult::Binary(held)] => Ok(found(held)),
            other => Err(CacheError(format!("Redis answered {other:?}"))),
        }
    }

    async fn fill(&self, key: &str, token: &str, value: Option<&str>, life: Duration) -> Result<(), CacheError> {
        self.run(Need::Want, FILL, key, [token.to_owned(), held(value), millis(life)]).await.map(drop)
    }

    async fn begin_write(&self, key: &str, token: &str, life: Duration) -> Result<(), CacheError> {
        self.run(Need::Must, BEGIN_WRITE, key, [token.to_owned(), millis(life)]).await.map(drop)
    }

    async fn end_write(&self, key: &str, token: &str, value: Option<&str>, life: Duration) -> Result<(), CacheError> {
        self.run(Need::Must, END_WRITE, key, [token.to_owned(), held(value), millis(life)]).await.map(drop)
    }
}

impl RedisCache {
    async fn run<const N: usize>(
        &self,
        need: Need,
        script: &str,
        key: &str,
        arguments: [String; N],
    ) -> Result<Vec<RedisResult>, CacheError> {
        self.0.run(need, script, &[format!("cache:{key}")], arguments).await.map_err(CacheError)
    }
}

fn found(held: &[u8]) -> Found {
    match held {
        [] => Found::Leased,
        [b'v', b':', value @ ..] => Found::Value(String::from_utf8_lossy(value).into_owned()),
        _ => Found::Busy,
    }
}

fn held(value: Option<&str>) -> String {
    value.map(|value| format!("v:{value}")).unwrap_or_default()
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_a_value_or_none_of_ours() {
        assert_eq!(found(held(Some("5:a.1")).as_bytes()), Found::Value("5:a.1".into()));
        assert_eq!(found(b""), Found::Leased);
        for other in ["l:1", "w:1:x", "w:2:-", "x", "v"] {
            assert_eq!(found(other.as_bytes()), Found::Busy, "{other}");
        }
    }
}
