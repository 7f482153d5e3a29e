//! Responses: whole, and in chunks with pauses.

use std::time::Duration;

use futures::SinkExt;
use spin_sdk::http::body::stream;
use spin_sdk::http::{IntoResponse, Response, Result};
use spin_sdk::time;
use spin_sdk::wasip3::http::types;

pub(crate) fn text(status: u16, body: String) -> Result<types::Response> {
    let response = Response::builder().status(status).header("Content-Length", body.len());
    Ok(response.body(body)?.into_response()?)
}

/// Sends `chunks` lines, each after a pause, so that the body ends long after the head. Sets `Content-Length` if
/// `length` is not 0.
pub(crate) fn trickle(chunks: i64, pause: Duration, length: i64) -> Result<types::Response> {
    let (mut sender, body) = stream::<String>();
    spin_sdk::wasip3::spawn(async move {
        for chunk in 0..chunks {
            time::sleep(pause).await;
            if sender.send(format!("chunk {chunk}\n")).await.is_err() {
                break;
            }
        }
    });
    let mut response = Response::builder();
    if length > 0 {
        response = response.header("Content-Length", length);
    }
    Ok(response.body(body)?.into_response()?)
}
