//! Values that replicas share in Redis, in front of the database.
//!
//! A key holds a value (`v:<value>`), a reader's lease (`l:<token>`), or the mark of writers (`w:<count>:<token>`, with
//! `-` as the token after several). `docs/design.md` says who may store a value. What a lost process leaves expires.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::log::{Log, Throttle};
use crate::metrics::{Recorder, series};
use crate::ports::{Breaker, Cache, System, Unavailable};

/// Life of a reader's lease: longer than a read of the database may take.
const LEASE: Duration = Duration::from_secs(10);

/// Extra life of a writer's mark: the database may still execute a statement after its request has ended.
const LINGERING: Duration = Duration::from_secs(10);

// Arguments: a token, the new content of the key or an empty text, and the life of what is stored, in milliseconds.

/// Returns the content of the key. If there is none, gives the lease to the token and returns an empty text.
const LOOK_UP: &str = "
local held = redis.call('GET', KEYS[1])
if held then return held end
redis.call('SET', KEYS[1], 'l:' .. ARGV[1], 'PX', ARGV[3])
return ''";

/// Replaces the token's lease by the value that its holder has read since. Removes the lease if there is no value.
const FILL: &str = "
if redis.call('GET', KEYS[1]) ~= 'l:' .. ARGV[1] then return '' end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return ''";

/// Marks the key: until the write ends, no value is served or stored.
const BEGIN_WRITE: &str = "
local writers = string.match(redis.call('GET', KEYS[1]) or '', '^w:(%d+):')
local mark = writers and string.format('w:%d:-', writers + 1) or 'w:1:' .. ARGV[1]
redis.call('SET', KEYS[1], mark, 'PX', ARGV[3])
return ''";

/// Removes this writer from the mark. Stores the value that it left if no other write began or ended meanwhile.
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
return ''";

/// Serves no value that a write has replaced. While the cache is unavailable, the database does all the work.
pub struct ReadThrough {
    pub cache: Arc<dyn Cache>,
    pub ttl: Duration,
    pub request_timeout: Duration,
    pub system: Arc<dyn System>,
    pub recorder: Arc<Recorder>,
    pub log: Arc<Log>,
    pub warnings: Throttle,
}

impl ReadThrough {
    /// Returns the cached value of `key`, or caches what `load` returns. `decode` returns `None` for a text of another
    /// version of the API. That text stays cached, for the replicas of that version.
    pub async fn read<T, E>(
        &self,
        key: &str,
        load: impl Future<Output = Result<Option<T>, E>>,
        decode: impl FnOnce(&str) -> Option<T>,
        encode: impl FnOnce(&T) -> String,
    ) -> Result<Option<T>, E> {
        let token = self.token();
        match self.cache.run(Breaker::Heed, LOOK_UP, key, args(&token, None, LEASE)).await {
            Ok(held) if held.is_empty() => {
                self.recorder.count(series::CACHE_MISS);
                let value = load.await?;
                let text = value.as_ref().map(encode);
                let filled = self.cache.run(Breaker::Heed, FILL, key, args(&token, text.as_deref(), self.ttl)).await;
                self.note(series::CACHE_READ_ERROR, filled);
                return Ok(value);
            }
            Ok(held) => {
                if let Some(value) = held.strip_prefix("v:").and_then(decode) {
                    self.recorder.count(series::CACHE_HIT);
                    return Ok(Some(value));
                }
                self.recorder.count(series::CACHE_BYPASS);
            }
            Err(error) => self.note(series::CACHE_READ_ERROR, Err(error)),
        }
        load.await
    }

    /// Runs a write of `keys`. The cache serves none of them meanwhile, and no earlier value once this returns. If the
    /// write has one key and its new value is known, `left` returns that value. After a failure the outcome in the
    /// database is unknown, so the marks stay until they expire.
    pub async fn write<T, E>(
        &self,
        keys: &[&str],
        work: impl Future<Output = Result<T, E>>,
        left: impl FnOnce(&T) -> Option<String>,
    ) -> Result<T, E> {
        let token = self.token();
        let life = self.request_timeout + LINGERING;
        let begin = |key| self.cache.run(Breaker::Ignore, BEGIN_WRITE, key, args(&token, None, life));
        let begun = join_all(keys.iter().copied().map(begin)).await;
        begun.into_iter().for_each(|done| self.note(series::CACHE_WRITE_ERROR, done));
        let result = work.await?;
        let text = left(&result);
        let end = |key| self.cache.run(Breaker::Ignore, END_WRITE, key, args(&token, text.as_deref(), self.ttl));
        let ended = join_all(keys.iter().copied().map(end)).await;
        ended.into_iter().for_each(|done| self.note(series::CACHE_WRITE_ERROR, done));
        Ok(result)
    }

    fn token(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.system.random()))
    }

    fn note(&self, series: &'static str, done: Result<String, Unavailable>) {
        if let Err(error) = done {
            self.recorder.count(series);
            if self.warnings.is_due(self.system.elapsed()) {
                self.log.warn("the cache is unavailable, and the database does all the work", error);
            }
        }
    }
}

fn args(token: &str, value: Option<&str>, life: Duration) -> [String; 3] {
    let content = value.map(|value| format!("v:{value}")).unwrap_or_default();
    [token.to_owned(), content, life.as_millis().to_string()]
}
