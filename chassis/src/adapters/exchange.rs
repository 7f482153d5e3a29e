//! Converts requests from the host and responses to it, with fewer host calls than the SDK's conversions.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use axum::body::{Body, HttpBody};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use futures_util::poll;
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Request as HostRequest, Response as HostResponse};
use spin_sdk::wasip3::http_compat::{BodyWriter, IncomingRequestBody};
use spin_sdk::wasip3::wit_future;
use spin_sdk::wit_bindgen::yield_async;

use super::serve::HostResult;
use crate::ports::is_unread_spin_field;

/// Leaves the body of GET and HEAD unread: it has no meaning (RFC 9110 section 9.3.1).
pub(super) fn from_host(request: HostRequest) -> Result<Request<Body>, ErrorCode> {
    let method = Method::try_from(request.get_method()).map_err(|_| ErrorCode::HttpRequestMethodInvalid)?;
    let path = request.get_path_with_query().map_or_else(|| Ok(PathAndQuery::from_static("/")), PathAndQuery::try_from);
    let uri = Uri::from(path.map_err(|_| ErrorCode::HttpRequestUriInvalid)?);
    let headers = headers(request.get_headers().copy_all())?;
    let body = match method {
        Method::GET | Method::HEAD => Body::empty(),
        _ => Body::new(IncomingRequestBody::new(request)?),
    };
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Omits an empty body. With an empty stream, the host resets an HTTP/2 response to HEAD that has a `Content-Length`.
pub(super) async fn into_host(response: Response<Body>) -> HostResult {
    let (parts, body) = response.into_parts();
    let fields: Vec<_> =
        parts.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    let fields = Fields::from_list(&fields).map_err(internal)?;
    let response = if body.is_end_stream() {
        let (_, no_trailers) = wit_future::new(|| Ok(None));
        HostResponse::new(fields, None, no_trailers).0
    } else {
        with_body(fields, body).await
    };
    if parts.status != StatusCode::OK {
        response.set_status_code(parts.status.as_u16()).map_err(|()| internal("an invalid status"))?;
    }
    Ok(response)
}

/// Offers the body before the host sends the head, because a body in its own segment may wait 40 ms (see [`PENDING`]).
async fn with_body(fields: Fields, body: Body) -> HostResponse {
    let (writer, contents, trailers) = BodyWriter::new();
    let (response, _) = HostResponse::new(fields, Some(contents), trailers);
    let pending = PendingBody::new();
    let mut writing = Box::pin(async move {
        // Fails if the client has disconnected.
        let _ = writer.send_http_body(&mut pin!(body)).await;
        drop(pending);
    });
    if poll!(&mut writing).is_pending() {
        spin_sdk::wasip3::spawn(async {
            // After one turn the host has taken a short body. A notification would cost more than this poll.
            yield_async().await;
            writing.await;
        });
    }
    response
}

fn headers(fields: Vec<(String, Vec<u8>)>) -> Result<HeaderMap, ErrorCode> {
    let mut headers = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields.into_iter().filter(|(name, _)| !is_unread_spin_field(name)) {
        let name = HeaderName::try_from(name).map_err(internal)?;
        headers.append(name, HeaderValue::try_from(value).map_err(internal)?);
    }
    Ok(headers)
}

fn internal(error: impl std::fmt::Display) -> ErrorCode {
    ErrorCode::InternalError(Some(error.to_string()))
}

/// Number of response bodies that the host has not fetched yet. While a call blocks the instance, the host would send
/// the head alone. Spin 4.0.1 leaves Nagle's algorithm on, so the body would follow up to 40 ms later.
static PENDING: AtomicUsize = AtomicUsize::new(0);

pub(super) fn is_body_pending() -> bool {
    PENDING.load(Relaxed) > 0
}

/// Counts a body until its task ends or is dropped.
struct PendingBody;

impl PendingBody {
    fn new() -> Self {
        PENDING.fetch_add(1, Relaxed);
        Self
    }
}

impl Drop for PendingBody {
    fn drop(&mut self) {
        PENDING.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_name_is_kept() {
        let fields = [("a", "1"), ("b", "2"), ("a", "3")].map(|(name, value)| (name.into(), value.into()));
        let headers = headers(fields.into()).unwrap();
        assert_eq!(headers.get_all("a").iter().collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(headers.get_all("b").iter().collect::<Vec<_>>(), ["2"]);
    }

    #[test]
    fn unread_fields_of_spin_are_dropped() {
        let fields = [
            ("spin-path-info", "/"),
            ("spin-full-url", "https://example.com/"),
            ("spin-client-addr", "192.0.2.1:80"),
            ("spinner", "1"),
        ];
        let headers = headers(fields.map(|(name, value)| (name.into(), value.into())).into()).unwrap();
        assert_eq!(headers.keys().collect::<Vec<_>>(), ["spin-full-url", "spin-client-addr", "spinner"]);
    }

    #[test]
    fn an_invalid_field_is_an_error() {
        for (name, value) in [("a b", "1"), ("", "1"), ("a", "1\n2")] {
            assert!(headers(vec![(name.into(), value.into())]).is_err(), "{name:?}: {value:?}");
        }
    }

    #[test]
    fn a_body_is_pending_until_every_one_is_dropped() {
        assert!(!is_body_pending());
        let (one, other) = (PendingBody::new(), PendingBody::new());
        drop(one);
        assert!(is_body_pending());
        drop(other);
        assert!(!is_body_pending());
    }
}
