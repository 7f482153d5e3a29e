//! Sets of keys over HTTP.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use spin_sdk::http::{EmptyBody, send};

use crate::ports::{JwksSource, System, Unavailable};

/// Longest wait for the whole response. While no key is known, clients wait as long.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum length of a response: a hundred keys with their certificates.
const MAX_BYTES: usize = 64 * 1024;

/// RFC 7517 section 8.5.2 has the first.
const ACCEPT: &str = "application/jwk-set+json, application/json";

/// Fetches from the hosts that `spin.toml` allows.
pub(super) struct HttpJwksSource(pub Arc<dyn System>);

#[async_trait]
impl JwksSource for HttpJwksSource {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, Unavailable> {
        let timed_out = || Err(format!("no complete response within {} s", TIMEOUT.as_secs()));
        self.0.timeout(TIMEOUT, get(url)).await.unwrap_or_else(timed_out).map_err(Unavailable)
    }
}

/// Follows no redirects: `jwt_jwks_url` names the only host that is allowed.
async fn get(url: &str) -> Result<Vec<u8>, String> {
    let request = Request::get(url).header(header::ACCEPT, ACCEPT).body(EmptyBody::new());
    let request = request.map_err(|_| "jwt_jwks_url is no URL")?;
    let response = send(request).await.map_err(|error| format!("no response: {error:?}"))?;
    if response.status() != StatusCode::OK {
        return Err(format!("the status of the response was {}", response.status().as_u16()));
    }
    let body = Limited::new(response.into_body(), MAX_BYTES).collect().await;
    body.map(|body| body.to_bytes().into())
        .map_err(|error| format!("the response was incomplete, or has more than {MAX_BYTES} bytes: {error}"))
}
