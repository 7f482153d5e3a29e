//! `GET /CALL/COUNT` makes one of the host calls of a `/hello_world` that often, and responds with 200. Any other path
//! makes none.

#[cfg(not(feature = "spin-4-0"))]
extern crate spin_sdk_final as spin_sdk;
#[cfg(feature = "spin-4-0")]
extern crate spin_sdk_rc as spin_sdk;

use std::hint::black_box;

use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Request, Response};
use spin_sdk::wasip3::random::random::get_random_bytes;
use spin_sdk::wasip3::{wit_future, wit_stream};
use spin_sdk::wit_bindgen::yield_async;
use wasip2::cli::stderr::get_stderr;

/// Of the API's log line for a `/hello_world`, in bytes.
const LINE: usize = 260;

struct Component;

mod exported {
    use super::{Component, spin_sdk};

    spin_sdk::wasip3::http::service::export!(Component);
}

impl Guest for Component {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let path = request.get_path_with_query().unwrap_or_default();
        if let Some((call, count)) = path.trim_start_matches('/').split_once('/') {
            let count = count.parse().map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
            repeat(call, count, &request).await?;
        }
        Ok(respond(Fields::new()))
    }
}

async fn repeat(call: &str, count: u32, request: &Request) -> Result<(), ErrorCode> {
    let headers: Vec<_> = (0..6).map(|number| (format!("x-header-{number}"), b"application/json".to_vec())).collect();
    let line = [b"x".repeat(LINE - 1).as_slice(), b"\n"].concat();
    let stderr = get_stderr();
    for _ in 0..count {
        match call {
            "nothing" => _ = black_box(count),
            "method" => _ = black_box(request.get_method()),
            "path" => _ = black_box(request.get_path_with_query()),
            "headers" => _ = black_box(request.get_headers().copy_all()),
            "system-clock" => _ = black_box(system_clock::now()),
            "monotonic-clock" => _ = black_box(monotonic_clock::now()),
            "random" => _ = black_box(get_random_bytes(512)),
            "stderr" => _ = stderr.blocking_write_and_flush(&line),
            "fields" => _ = black_box(Fields::from_list(&headers).map_err(|_| ErrorCode::ConfigurationError)?),
            "stream" => _ = black_box(wit_stream::new::<u8>()),
            "response" => _ = black_box(respond(Fields::new())),
            "yield" => yield_async().await,
            _ => return Err(ErrorCode::DestinationNotFound),
        }
    }
    Ok(())
}

fn respond(fields: Fields) -> Response {
    let (_, no_trailers) = wit_future::new(|| Ok(None));
    Response::new(fields, None, no_trailers).0
}
