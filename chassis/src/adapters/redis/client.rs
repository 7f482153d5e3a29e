//! A connection to Redis, and scripts over it.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};

use crate::SERVICE;
use crate::config::RedisSettings;
use crate::ports::System;

/// Longest wait for the result of a script, with the connection it needs: there is an answer without
/// Redis too.
const TIMEOUT: Duration = Duration::from_millis(500);

/// How long a server that has failed is not asked again by those who can do without.
const PAUSE: Duration = Duration::from_secs(1);

/// A Redis server, over one connection of the instance, which is opened by the first request that
/// needs it, and again by the first one after it was lost.
pub(crate) struct RedisClient {
    address: String,
    password: String,
    namespace: String,
    system: Arc<dyn System>,
    connection: tokio::sync::Mutex<Option<Arc<Connection>>>,
    failed_at: Mutex<Option<Duration>>,
}

/// Whether a server that has just failed is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Not for a while.
    Want,
    /// In any case.
    Must,
}

impl RedisClient {
    /// A client that connects when it must. Keys get the name of the environment, so that two that
    /// share a server don't meet.
    pub(crate) fn new(settings: &RedisSettings, environment: &str, system: Arc<dyn System>) -> Self {
        Self {
            address: url(settings),
            password: settings.password.clone(),
            namespace: format!("{SERVICE}:{environment}"),
            system,
            connection: tokio::sync::Mutex::new(None),
            failed_at: Mutex::new(None),
        }
    }

    /// Runs a script on some keys. It may run twice, if the connection is lost before its result has come.
    pub(super) async fn run(
        &self,
        need: Need,
        script: &str,
        keys: &[String],
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Vec<RedisResult>, String> {
        if need == Need::Want && self.has_just_failed() {
            return Err("Redis has just failed, and is not asked again yet".into());
        }
        let count = keys.len().to_string();
        let keys = keys.iter().map(|key| format!("{}:{key}", self.namespace));
        let parameters: Vec<_> = [script.to_owned(), count].into_iter().chain(keys).chain(arguments).collect();
        let result = self.in_time(self.run_twice(&parameters)).await;
        let failed_at = result.is_err().then(|| self.system.elapsed());
        *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = failed_at;
        result
    }

    /// Gives up on a server that says nothing: the host waits for as long as it takes.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, String> {
        if let Either::Left((result, _)) = select(pin!(work), self.system.sleep(TIMEOUT)).await {
            return result.map_err(|error| presentable(error, &self.password));
        }
        // Who is about to open one has the lock, and gives up as well.
        if let Ok(mut held) = self.connection.try_lock() {
            *held = None;
        }
        Err(format!("Redis said nothing for {} ms", TIMEOUT.as_millis()))
    }

    /// As every idle connection is lost when the server was restarted, the second try has a new one.
    async fn run_twice(&self, parameters: &[String]) -> Result<Vec<RedisResult>, Error> {
        let connection = self.connection().await?;
        match eval(&connection, parameters).await {
            Ok(results) => Ok(results),
            Err(_) => {
                self.forget(&connection).await;
                let connection = self.connection().await?;
                let result = eval(&connection, parameters).await;
                if result.is_err() {
                    self.forget(&connection).await;
                }
                result
            }
        }
    }

    async fn connection(&self) -> Result<Arc<Connection>, Error> {
        let mut held = self.connection.lock().await;
        if let Some(connection) = &*held {
            return Ok(connection.clone());
        }
        let connection = Arc::new(Connection::open(&self.address).await?);
        *held = Some(connection.clone());
        Ok(connection)
    }

    /// Drops `lost`, unless another request has replaced it already.
    async fn forget(&self, lost: &Arc<Connection>) {
        let mut held = self.connection.lock().await;
        if held.as_ref().is_some_and(|connection| Arc::ptr_eq(connection, lost)) {
            *held = None;
        }
    }

    fn has_just_failed(&self) -> bool {
        let failed_at = *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner);
        failed_at.is_some_and(|failed_at| self.system.elapsed().saturating_sub(failed_at) < PAUSE)
    }
}

async fn eval(connection: &Connection, parameters: &[String]) -> Result<Vec<RedisResult>, Error> {
    let parameters = parameters.iter().map(|text| RedisParameter::Binary(text.clone().into_bytes()));
    connection.execute("EVAL", parameters).await
}

/// The address with the password in it, as the driver wants it.
fn url(settings: &RedisSettings) -> String {
    let RedisSettings { address, password } = settings;
    match address.split_once("://") {
        Some((scheme, server)) if !password.is_empty() => {
            format!("{scheme}://:{}@{server}", utf8_percent_encode(password, NON_ALPHANUMERIC))
        }
        _ => address.clone(),
    }
}

/// What Spin says of a failure, as far as it may be shown: not if it quotes the password.
fn presentable(error: Error, password: &str) -> String {
    let text = match error {
        Error::Other(text) => text,
        Error::InvalidAddress => "the address is invalid, or allowed_outbound_hosts lacks it".into(),
        Error::TooManyConnections => "too many connections".into(),
        Error::TypeError => "a type that is not expected".into(),
    };
    let first_line = text.lines().next().unwrap_or_default();
    let quotes_password = !password.is_empty() && first_line.contains(password);
    if quotes_password { "the reason holds the password, and is not shown".into() } else { first_line.into() }
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
            let settings = RedisSettings { address: address.into(), password: password.into() };
            assert_eq!(url(&settings), expected);
        }
    }

    #[test]
    fn a_failure_shows_one_line_and_no_password() {
        let shown = |text: &str, password| presentable(Error::Other(text.into()), password);
        assert_eq!(shown("Connection refused\nbacktrace", ""), "Connection refused");
        assert_eq!(shown("Connection refused", "secret"), "Connection refused");
        assert!(!shown("redis://:secret@cache", "secret").contains("secret"));
    }
}
