//! The cache that replicas share.
//!
//! A key holds `v:<value>`; or `l:<token>`, a reader's lease; or `w:<count>:<token>`, the number of writers, and which it
//! is, or `-` after several at the same time. A writer that finds anything else at its end removes it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use spin_sdk::redis::RedisResult;

use super::client::{Breaker, RedisClient};
use crate::ports::{Cache, Found, Unavailable};

/// Arguments: the token, and the life of its lease in milliseconds.
const LOOK_UP: &str = "
local held = redis.call('GET', KEYS[1])
if held then return held end
redis.call('SET', KEYS[1], 'l:' .. ARGV[1], 'PX', ARGV[2])
return ''";

/// Arguments: the token, the new content of the key or nothing, and its life.
const FILL: &str = "
if redis.call('GET', KEYS[1]) ~= 'l:' .. ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1";

/// Arguments: the token, and the life of the mark.
const BEGIN_WRITE: &str = "
local writers = string.match(redis.call('GET', KEYS[1]) or '', '^w:(%d+):')
local mark = writers and string.format('w:%d:-', writers + 1) or 'w:1:' .. ARGV[1]
redis.call('SET', KEYS[1], mark, 'PX', ARGV[2])
return 1";

/// Arguments: those of [`FILL`].
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

/// Reads spare a server that has just failed. Writes don't: a value that they fail to remove is served until it expires.
pub(crate) struct RedisCache(pub Arc<RedisClient>);

#[async_trait]
impl Cache for RedisCache {
    async fn look_up(&self, key: &str, token: &str, life: Duration) -> Result<Found, Unavailable> {
        let results = self.0.run(Breaker::Heed, LOOK_UP, &[name(key)], [token.to_owned(), millis(life)]).await?;
        match results.as_slice() {
            [RedisResult::Binary(held)] => Ok(found(held)),
            other => Err(Unavailable(format!("Redis returned {other:?}"))),
        }
    }

    async fn fill(&self, key: &str, token: &str, value: Option<&str>, life: Duration) -> Result<(), Unavailable> {
        self.0.run(Breaker::Heed, FILL, &[name(key)], [token.to_owned(), held(value), millis(life)]).await.map(drop)
    }

    async fn begin_write(&self, key: &str, token: &str, life: Duration) -> Result<(), Unavailable> {
        self.0.run(Breaker::Ignore, BEGIN_WRITE, &[name(key)], [token.to_owned(), millis(life)]).await.map(drop)
    }

    async fn end_write(&self, key: &str, token: &str, value: Option<&str>, life: Duration) -> Result<(), Unavailable> {
        self.0
            .run(Breaker::Ignore, END_WRITE, &[name(key)], [token.to_owned(), held(value), millis(life)])
            .await
            .map(drop)
    }
}

fn name(key: &str) -> String {
    format!("cache:{key}")
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
    fn only_a_value_is_found() {
        assert_eq!(found(held(Some("5:a.1")).as_bytes()), Found::Value("5:a.1".into()));
        assert_eq!(found(b""), Found::Leased);
        for other in ["l:1", "w:1:x", "w:2:-", "x", "v"] {
            assert_eq!(found(other.as_bytes()), Found::Busy, "{other}");
        }
    }
}
