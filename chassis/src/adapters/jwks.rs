//! Sets of keys over HTTP.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Request, StatusCode, header};
use futures_util::future::{Either, select};
use http_body_util::{BodyExt, Limited};
use spin_sdk::http::{EmptyBody, send};

use crate::ports::{JwksSource, JwksSourceError, System};

/// Longest wait for the whole answer. While no key is known, clients wait as long.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Longest answer, in bytes: a hundred keys with their certificates.
const MAX_BYTES: usize = 64 * 1024;

/// What is asked for; RFC 7517 section 8.5.2 has the first.
const ACCEPT: &str = "application/jwk-set+json, application/json";

/// Asks the hosts that `spin.toml` allows.
pub(super) struct HttpJwksSource(pub Arc<dyn System>);

#[async_trait]
impl JwksSource for HttpJwksSource {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, JwksSourceError> {
        match select(pin!(get(url)), self.0.sleep(TIMEOUT)).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(failure(format!("no whole answer within {} s", TIMEOUT.as_secs()))),
        }
    }
}

/// Redirections are not followed: what is allowed is one host.
async fn get(url: &str) -> Result<Vec<u8>, JwksSourceError> {
    let request = Request::get(url).header(header::ACCEPT, ACCEPT).body(EmptyBody::new());
    let request = request.map_err(|_| failure("jwt_jwks_url is no URL"))?;
    let response = send(request).await.map_err(|error| failure(format!("no answer: {error:?}")))?;
    if response.status() != StatusCode::OK {
        return Err(failure(format!("the answer was {}", response.status().as_u16())));
    }
    match Limited::new(response.into_body(), MAX_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes().into()),
        Err(error) => Err(failure(format!("the answer broke off, or has more than {MAX_BYTES} bytes: {error}"))),
    }
}

fn failure(text: impl Into<String>) -> JwksSourceError {
    JwksSourceError(text.into())
}
