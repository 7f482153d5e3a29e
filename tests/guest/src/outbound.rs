//! Outgoing requests.

use spin_sdk::http;
use spin_sdk::http::body::IncomingBodyExt;

/// Returns `status: N, M bytes`, or `error: ...` with the runtime's error.
pub(crate) async fn get(url: &str) -> String {
    let response = match http::get(url).await {
        Ok(response) => response,
        Err(error) => return format!("error: {error:?}"),
    };
    let status = response.status().as_u16();
    match response.into_body().bytes().await {
        Ok(body) => format!("status: {status}, {} bytes", body.len()),
        Err(error) => format!("error in the body: {error:?}"),
    }
}
