//! Rate limits that replicas share.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use spin_sdk::redis::RedisResult;

use super::client::{Need, RedisClient};
use crate::ports::{Demand, RateLimiter, RateLimiterError, Taken};

/// The arguments are now, cost, capacity and count; the key holds the theoretical arrival time, and is
/// gone when that is over. Lua's numbers are exact up to 2^53, which microseconds reach in 2255, but
/// would be written with 14 digits.
const TAKE: &str = "
local now, cost, capacity, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local start = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local passed = math.max(0, math.min(count, math.floor((capacity - (start - now)) / cost)))
local arrival = start + passed * cost
if passed > 0 then
  redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000))
end
return {passed, arrival}";

/// The argument is what the requests have cost. What was before now anyway is not told from now.
const GIVE_BACK: &str = "
local arrival = redis.call('GET', KEYS[1])
if arrival then redis.call('SET', KEYS[1], string.format('%.0f', arrival - ARGV[1]), 'KEEPTTL') end
return 0";

/// The buckets of all replicas, of which each is asked in one round trip. Redis may lose them with its
/// memory, and callers have their whole quota again.
pub struct RedisRateLimiter(pub Arc<RedisClient>);

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn take(&self, demands: &[Demand], now: i64) -> Result<Vec<Taken>, RateLimiterError> {
        try_join_all(demands.iter().map(|demand| self.take_one(demand, now))).await
    }

    async fn give_back(&self, Demand { bucket, limit, count }: &Demand) -> Result<(), RateLimiterError> {
        let cost = limit.cost().saturating_mul(i64::from(*count)).to_string();
        let done = self.0.run(Need::Want, GIVE_BACK, &format!("rate:{bucket}"), [cost]).await;
        done.map(drop).map_err(RateLimiterError)
    }
}

impl RedisRateLimiter {
    async fn take_one(&self, Demand { bucket, limit, count }: &Demand, now: i64) -> Result<Taken, RateLimiterError> {
        let arguments = [now, limit.cost(), limit.capacity(), i64::from(*count)].map(|number| number.to_string());
        match self.0.run(Need::Want, TAKE, &format!("rate:{bucket}"), arguments).await.as_deref() {
            Ok([RedisResult::Int64(passed), RedisResult::Int64(arrival)]) => {
                Ok(Taken { passed: u32::try_from(*passed).unwrap_or_default(), arrival: *arrival })
            }
            Ok(other) => Err(RateLimiterError(format!("Redis answered {other:?}"))),
            Err(error) => Err(RateLimiterError(error.clone())),
        }
    }
}
