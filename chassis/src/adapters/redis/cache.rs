//! The cache that replicas share.

use async_trait::async_trait;
use spin_sdk::redis::RedisResult;

use super::client::RedisClient;
use crate::ports::{Breaker, Cache, Unavailable};

#[async_trait]
impl Cache for RedisClient {
    async fn run(
        &self,
        breaker: Breaker,
        script: &str,
        key: &str,
        arguments: [String; 3],
    ) -> Result<String, Unavailable> {
        let results = self.eval(breaker, script, &[format!("cache:{key}")], arguments).await?;
        match results.as_slice() {
            [RedisResult::Binary(text)] => Ok(String::from_utf8_lossy(text).into_owned()),
            other => Err(Unavailable(format!("Redis returned {other:?}"))),
        }
    }
}
