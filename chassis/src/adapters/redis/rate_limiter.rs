use async_trait::async_trait;
use spin_sdk::redis::RedisResult;

use super::client::RedisClient;
use crate::ports::{Breaker, Demand, RateLimiter, Taken, Unavailable};

/// Takes cost, capacity and count of each key, and returns two numbers for each. A key holds the theoretical arrival
/// time and expires then. It has seconds and nanoseconds, because Lua's numbers are exact only up to 2^53. An arrival
/// more than a window ahead counts as a full window, as in SQLite.
const TAKE: &str = "
local time = redis.call('TIME')
local seconds, nanoseconds = tonumber(time[1]), tonumber(time[2]) * 1000
local result = {}
for place, key in ipairs(KEYS) do
  local cost, capacity, count = tonumber(ARGV[3 * place - 2]), tonumber(ARGV[3 * place - 1]), tonumber(ARGV[3 * place])
  local arrival_s, arrival_ns = string.match(redis.call('GET', key) or '', '^(%d+) (%d+)$')
  local stored = arrival_s and (arrival_s - seconds) * 1e9 + arrival_ns - nanoseconds or 0
  local backlog = math.min(math.max(stored, 0), capacity)
  local passed = math.min(count, math.floor((capacity - backlog) / cost))
  backlog = backlog + passed * cost
  if passed > 0 or backlog < stored then
    local arrival = nanoseconds + backlog
    local value = string.format('%.0f %.0f', seconds + math.floor(arrival / 1e9), arrival % 1e9)
    redis.call('SET', key, value, 'PX', math.ceil(backlog / 1e6))
  end
  result[2 * place - 1], result[2 * place] = passed, backlog
end
return result";

/// If Redis loses its memory, callers have their whole quota again.
#[async_trait]
impl RateLimiter for RedisClient {
    async fn take(&self, demands: &[Demand]) -> Result<Vec<Taken>, Unavailable> {
        // The previous release stores other values, under `rate:`.
        let keys: Vec<_> = demands.iter().map(|demand| format!("bucket:{}", demand.bucket)).collect();
        let arguments = demands
            .iter()
            .flat_map(|Demand { limit, count, .. }| [limit.cost(), limit.capacity(), i64::from(*count)])
            .map(|number| number.to_string());
        let results = self.eval(Breaker::Heed, TAKE, &keys, arguments).await?;
        let taken: Option<Vec<_>> = results.chunks(2).map(taken).collect();
        let taken = taken.filter(|taken| taken.len() == demands.len());
        taken.ok_or_else(|| Unavailable(format!("Redis returned {results:?}")))
    }
}

fn taken(results: &[RedisResult]) -> Option<Taken> {
    let [RedisResult::Int64(passed), RedisResult::Int64(backlog)] = results else { return None };
    Some(Taken { passed: u32::try_from(*passed).ok()?, backlog: *backlog })
}
