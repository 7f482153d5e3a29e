//! Spin's variables, its key-value store and its HTTP client.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use spin_sdk::http::{EmptyBody, send};
use spin_sdk::key_value::Store;
use spin_sdk::variables::{self, Error};

use crate::ports::{JwksSource, KeyValue, System, Unavailable, Variables};

/// Longest wait for the settings, whose provider may be a server.
const VARIABLE_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for the store: a file, unless a runtime configuration makes it a server.
const STORE_TIMEOUT: Duration = Duration::from_secs(1);

/// The variable of `spin.toml` that contains every setting. A host call for each would be most of the time of a start.
const SETTINGS: &str = "settings";
/// Ends an entry, `name=value`: a unit separator, which no value has.
const END: char = '\u{1f}';

pub async fn read_variables(system: &dyn System) -> Variables {
    let settings = system.in_time(VARIABLE_TIMEOUT, async {
        match variables::get(SETTINGS).await {
            Ok(settings) => Ok(settings),
            // The settings are then reported as undefined, each by its name.
            Err(Error::Undefined(_) | Error::InvalidName(_)) => Ok(String::new()),
            Err(Error::Provider(cause) | Error::Other(cause)) => Err(cause),
        }
    });
    entries(&settings.await?)
}

/// Returns an error if a name occurs twice, so that no value that contains a separator replaces another setting.
fn entries(settings: &str) -> Variables {
    let mut entries = HashMap::new();
    for entry in settings.split(END) {
        let Some((name, value)) = entry.trim_start_matches('\n').split_once('=') else { continue };
        if entries.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(Unavailable(format!("{name} occurs twice: a value contains U+001F")));
        }
    }
    Ok(entries)
}

/// The key-value store `default`, and requests to the hosts that `spin.toml` allows.
pub(super) struct SpinServices(pub Arc<dyn System>);

#[async_trait]
impl KeyValue for SpinServices {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.0.in_time(STORE_TIMEOUT, async { Store::open_default().await?.get(name).await }).await
    }

    async fn set(&self, name: &str, value: &[u8]) -> Result<(), Unavailable> {
        self.0.in_time(STORE_TIMEOUT, async { Store::open_default().await?.set(name, value).await }).await
    }
}

/// Longest wait for the whole response; while no key is known, clients wait as long.
const JWKS_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum length of a response: a hundred keys with their certificates.
const MAX_JWKS_BYTES: usize = 64 * 1024;
const ACCEPT: &str = "application/jwk-set+json, application/json";

#[async_trait]
impl JwksSource for SpinServices {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, Unavailable> {
        self.0.in_time(JWKS_TIMEOUT, get_jwks(url)).await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_ends_with_a_separator_and_may_have_lines_and_equals_signs() {
        let read = entries("a=1\u{1f}\nb=x=y\n--\u{1f}\nc=\u{1f}\n").unwrap();
        assert_eq!((read["a"].as_str(), read["b"].as_str(), read["c"].as_str()), ("1", "x=y\n--", ""));
        assert_eq!(read.len(), 3);
    }

    #[test]
    fn no_value_replaces_another_setting() {
        assert!(matches!(entries("a=1\u{1f}b=2\u{1f}\nb=3\u{1f}"), Err(Unavailable(_))));
    }
}
