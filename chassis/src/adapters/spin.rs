//! Spin's variables, its key-value store and its HTTP client.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use spin_sdk::http::{EmptyBody, send};
use spin_sdk::key_value::{Error as StoreError, Store};
use spin_sdk::variables::{self, Error};

use crate::ports::{JwksSource, KeyValue, System, Unavailable, VariableError, Variables};

/// Longest wait for one variable, whose provider may be a server.
const VARIABLE_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest wait for the store: a file, unless a runtime configuration makes it a server.
const STORE_TIMEOUT: Duration = Duration::from_secs(1);

pub struct SpinVariables(pub Arc<dyn System>);

#[async_trait]
impl Variables for SpinVariables {
    async fn get(&self, name: &str) -> Result<String, VariableError> {
        match self.0.timeout(VARIABLE_TIMEOUT, variables::get(name)).await {
            Some(Ok(value)) => Ok(value),
            Some(Err(Error::Undefined(_) | Error::InvalidName(_))) => Err(VariableError::Undefined),
            Some(Err(Error::Provider(detail) | Error::Other(detail))) => Err(VariableError::Provider(detail)),
            None => Err(VariableError::Provider(format!("no response within {} s", VARIABLE_TIMEOUT.as_secs()))),
        }
    }
}

/// The store `default`.
pub(super) struct SpinKeyValue(pub Arc<dyn System>);

impl SpinKeyValue {
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, Unavailable> {
        match self.0.timeout(STORE_TIMEOUT, work).await {
            Some(result) => result.map_err(|error| Unavailable(error.to_string())),
            None => Err(Unavailable(format!("no response within {} s", STORE_TIMEOUT.as_secs()))),
        }
    }
}

#[async_trait]
impl KeyValue for SpinKeyValue {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.in_time(async { Store::open_default().await?.get(name).await }).await
    }

    async fn set(&self, name: &str, value: &[u8]) -> Result<(), Unavailable> {
        self.in_time(async { Store::open_default().await?.set(name, value).await }).await
    }
}

/// Longest wait for the whole response. While no key is known, clients wait as long.
const JWKS_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum length of a response: a hundred keys with their certificates.
const MAX_JWKS_BYTES: usize = 64 * 1024;
/// RFC 7517 section 8.5.2 has the first.
const ACCEPT: &str = "application/jwk-set+json, application/json";

/// Fetches from the hosts that `spin.toml` allows.
pub(super) struct HttpJwksSource(pub Arc<dyn System>);

#[async_trait]
impl JwksSource for HttpJwksSource {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, Unavailable> {
        let timed_out = || Err(format!("no complete response within {} s", JWKS_TIMEOUT.as_secs()));
        self.0.timeout(JWKS_TIMEOUT, get_jwks(url)).await.unwrap_or_else(timed_out).map_err(Unavailable)
    }
}

/// Follows no redirects: `jwt_jwks_url` names the only host that is allowed.
async fn get_jwks(url: &str) -> Result<Vec<u8>, String> {
    let request = Request::get(url).header(header::ACCEPT, ACCEPT).body(EmptyBody::new());
    let request = request.map_err(|_| "jwt_jwks_url is no URL")?;
    let response = send(request).await.map_err(|error| format!("no response: {error:?}"))?;
    if response.status() != StatusCode::OK {
        return Err(format!("the status of the response was {}", response.status().as_u16()));
    }
    let body = Limited::new(response.into_body(), MAX_JWKS_BYTES).collect().await;
    body.map(|body| body.to_bytes().into())
        .map_err(|error| format!("the response was incomplete, or has more than {MAX_JWKS_BYTES} bytes: {error}"))
}
