//! Outgoing `wasi:http` requests, restricted by `allowed_outbound_hosts`.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{RequestOptions, WasiHttpHooks, default_send_request};

use crate::outbound::{AllowedHosts, Refusal};
use crate::output::report;

/// Spin's default for an address without a scheme.
const DEFAULT_SCHEME: &str = "https";

type Body = UnsyncBoxBody<Bytes, ErrorCode>;
type Completion = Box<dyn Future<Output = Result<(), ErrorCode>> + Send>;
type Sent = Result<(Response<Body>, Completion), TrappableError<ErrorCode>>;

#[derive(Debug)]
pub(crate) struct OutboundHttp {
    component: String,
    allowed_hosts: Arc<AllowedHosts>,
}

impl OutboundHttp {
    /// `component` is the id in the log line of a refusal.
    pub(crate) fn new(component: &str, allowed_hosts: Arc<AllowedHosts>) -> Self {
        Self { component: component.to_owned(), allowed_hosts }
    }

    fn check(&self, uri: &Uri) -> Result<(), Refusal> {
        // A request without a host goes to the application itself, which the runner never allows.
        if uri.host().is_none_or(str::is_empty) {
            return Err(Refusal::NotListed);
        }
        self.allowed_hosts.check(&uri.to_string(), DEFAULT_SCHEME)
    }
}

impl WasiHttpHooks for OutboundHttp {
    fn send_request(
        &mut self,
        request: Request<Body>,
        options: Option<RequestOptions>,
        _response_read: Completion,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        if let Err(refusal) = self.check(request.uri()) {
            // Omits path and query, which may hold secrets.
            report(format_args!(
                "component `{}` may not send a request to {}://{}: {refusal}",
                self.component,
                request.uri().scheme_str().unwrap_or_default(),
                request.uri().authority().map_or("", |authority| authority.as_str()),
            ));
            return Box::new(async { Err(ErrorCode::HttpRequestDenied.into()) });
        }
        Box::new(async move {
            let (response, sent) = default_send_request(request, options).await?;
            let sent: Completion = Box::new(sent);
            Ok((response.map(|body| body.boxed_unsync()), sent))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_hosts_are_allowed() {
        let allowed = AllowedHosts::new(vec!["http://127.0.0.1:8080".parse().unwrap()]);
        let outbound = OutboundHttp::new("api", Arc::new(allowed));
        for (uri, expected) in [
            ("http://127.0.0.1:8080/path?q", true),
            ("http://127.0.0.1:8081/", false),
            ("https://127.0.0.1:8080/", false),
            ("http://localhost:8080/", false),
            ("/relative", false),
        ] {
            assert_eq!(outbound.check(&uri.parse().unwrap()).is_ok(), expected, "{uri}");
        }
    }
}
