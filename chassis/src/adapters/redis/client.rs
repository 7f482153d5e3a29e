//! Scripts over a connection to Redis, for the cache that replicas share and for their rate limits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};

use crate::SERVICE;
use crate::adapters::presentable;
use crate::config::{RedisSettings, Secret};
use crate::ports::{Breaker, Cache, System, Unavailable, lock};

/// Longest wait for a script and its connection. It is short, because the API can respond without Redis.
const TIMEOUT: Duration = Duration::from_millis(500);
/// Time after a failure during which calls with [`Breaker::Heed`] fail at once.
const PAUSE: Duration = Duration::from_secs(1);

/// One connection of the instance. The request that needs it opens it, also after a loss.
pub(crate) struct RedisClient {
    address: String,
    password: String,
    namespace: String,
    system: Arc<dyn System>,
    connection: tokio::sync::Mutex<Option<Arc<Connection>>>,
    failed_at: Mutex<Option<Duration>>,
}

impl RedisClient {
    /// `environment` is part of every key, so that two environments can share a server.
    pub(crate) fn new(settings: &RedisSettings, environment: &str, system: Arc<dyn System>) -> Self {
        let (address, password) = (url(settings), settings.password.0.clone());
        let namespace = format!("{SERVICE}:{environment}");
        Self { address, password, namespace, system, connection: Default::default(), failed_at: Mutex::default() }
    }

    /// Runs a script. It may run twice, if the connection is lost before the result arrives.
    pub(super) async fn eval(
        &self,
        breaker: Breaker,
        script: &str,
        keys: &[String],
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Vec<RedisResult>, Unavailable> {
        let failed_at = *lock(&self.failed_at);
        let is_pause = failed_at.is_some_and(|failed_at| self.system.elapsed().saturating_sub(failed_at) < PAUSE);
        if breaker == Breaker::Heed && is_pause {
            return Err(Unavailable("Redis has just failed; the next attempt follows within a second".into()));
        }
        let count = keys.len().to_string();
        let keys = keys.iter().map(|key| format!("{}:{key}", self.namespace));
        let parameters: Vec<_> = [script.to_owned(), count].into_iter().chain(keys).chain(arguments).collect();
        let result = match self.system.timeout(TIMEOUT, self.try_twice(&parameters)).await {
            Some(result) => result.map_err(|error| presentable(&message(error), &self.password).to_owned()),
            None => {
                // A request that is opening a connection holds the lock, and times out by itself.
                if let Ok(mut held) = self.connection.try_lock() {
                    *held = None;
                }
                Err(format!("no response from Redis for {} ms", TIMEOUT.as_millis()))
            }
        };
        *lock(&self.failed_at) = result.is_err().then(|| self.system.elapsed());
        result.map_err(Unavailable)
    }

    /// Tries again after an error, because a restart of the server ends every idle connection.
    async fn try_twice(&self, parameters: &[String]) -> Result<Vec<RedisResult>, Error> {
        match self.execute(self.connection().await?, parameters).await {
            Ok(results) => Ok(results),
            Err(_) => self.execute(self.connection().await?, parameters).await,
        }
    }

    async fn connection(&self) -> Result<Arc<Connection>, Error> {
        let mut held = self.connection.lock().await;
        match &*held {
            Some(connection) => Ok(connection.clone()),
            None => Ok(held.insert(Arc::new(Connection::open(&self.address).await?)).clone()),
        }
    }

    async fn execute(&self, connection: Arc<Connection>, parameters: &[String]) -> Result<Vec<RedisResult>, Error> {
        let parameters = parameters.iter().map(|text| RedisParameter::Binary(text.clone().into_bytes()));
        let result = connection.execute("EVAL", parameters).await;
        if result.is_err() {
            self.connection.lock().await.take_if(|held| Arc::ptr_eq(held, &connection));
        }
        result
    }
}

#[async_trait]
impl Cache for RedisClient {
    async fn run(&self, breaker: Breaker, script: &str, key: &str, args: [String; 3]) -> Result<String, Unavailable> {
        let results = self.eval(breaker, script, &[format!("cache:{key}")], args).await?;
        match results.as_slice() {
            [RedisResult::Binary(text)] => Ok(String::from_utf8_lossy(text).into_owned()),
            other => Err(Unavailable(format!("Redis returned {other:?}"))),
        }
    }
}

fn url(RedisSettings { address, password: Secret(password) }: &RedisSettings) -> String {
    match address.split_once("://") {
        Some((scheme, server)) if !password.is_empty() => {
            format!("{scheme}://:{}@{server}", utf8_percent_encode(password, NON_ALPHANUMERIC))
        }
        _ => address.clone(),
    }
}

fn message(error: Error) -> String {
    match error {
        Error::Other(text) => text,
        Error::InvalidAddress => "the address is invalid, or allowed_outbound_hosts lacks it".into(),
        Error::TooManyConnections => "too many connections".into(),
        Error::TypeError => "an unexpected type".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_goes_into_the_address_whatever_it_holds() {
        for (address, password, expected) in [
            ("redis://cache:6379", "", "redis://cache:6379"),
            ("redis://cache:6379", "secret", "redis://:secret@cache:6379"),
            ("rediss://[::1]:6380", "a:b@c/d%é", "rediss://:a%3Ab%40c%2Fd%25%C3%A9@[::1]:6380"),
        ] {
            let settings = RedisSettings { address: address.into(), password: Secret(password.into()) };
            assert_eq!(url(&settings), expected);
        }
    }
}
