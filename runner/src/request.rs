//! A request as Spin passes it on: with its full URL, and with headers that say how it was routed.

use std::net::SocketAddr;

use http::header::{HOST, HeaderName};
use http::uri::{Authority, InvalidUri, InvalidUriParts, Scheme};
use http::{HeaderMap, HeaderValue, Request, Uri};

use crate::router::RouteMatch;

/// Why a request cannot be passed on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("the request has no Host header")]
    NoHost,
    #[error("the Host header is not text")]
    HostText(#[from] http::header::ToStrError),
    #[error("the Host header is not a valid authority")]
    HostAuthority(#[from] InvalidUri),
    #[error("the Host header and the request target name different hosts")]
    HostMismatch,
    #[error("the request target is not valid")]
    Target(#[from] InvalidUriParts),
}

/// A header value that is not UTF-8, which Spin answers with 500.
#[derive(Debug, thiserror::Error)]
#[error("the header `{0}` is not UTF-8")]
pub(crate) struct HeaderNotUtf8(HeaderName);

/// Makes the request's URI absolute, with the authority of the request target or the Host header.
pub(crate) fn make_absolute<B>(request: &mut Request<B>) -> Result<(), RequestError> {
    let host = request.headers().get(HOST);
    let host: Option<Authority> = match host {
        Some(host) => Some(host.to_str()?.parse()?),
        None => None,
    };
    let mut parts = request.uri().clone().into_parts();
    let authority = match (parts.authority.take(), host) {
        (Some(target), Some(host)) if target != host => return Err(RequestError::HostMismatch),
        (Some(authority), _) | (None, Some(authority)) => authority,
        (None, None) => return Err(RequestError::NoHost),
    };
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    *request.uri_mut() = Uri::from_parts(parts)?;
    Ok(())
}

/// Adds Spin's own headers after the client's, which keep their order.
///
/// A client may send headers of the same names; like Spin, this keeps them.
pub(crate) fn add_spin_headers(
    headers: &mut HeaderMap,
    uri: &Uri,
    route: &RouteMatch<'_>,
    client: SocketAddr,
) -> Result<(), HeaderNotUtf8> {
    for (name, value) in &*headers {
        if std::str::from_utf8(value.as_bytes()).is_err() {
            return Err(HeaderNotUtf8(name.clone()));
        }
    }
    let full_url = full_url(headers, uri);
    let prefix = route.raw.strip_suffix("/...").unwrap_or(route.raw);
    let mut append = |name: HeaderName, value: &str| {
        // A value that is no header value, such as a path with a control character, is left out.
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            headers.append(name, value);
        }
    };
    append(HeaderName::from_static("spin-path-info"), &route.trailing);
    append(HeaderName::from_static("spin-full-url"), &full_url);
    append(HeaderName::from_static("spin-matched-route"), route.absolute);
    append(HeaderName::from_static("spin-base-path"), "/");
    append(HeaderName::from_static("spin-raw-component-route"), route.raw);
    append(HeaderName::from_static("spin-component-route"), prefix);
    append(HeaderName::from_static("spin-client-addr"), &client.to_string());
    for (name, value) in &route.named {
        let name = format!("spin-path-match-{}", name.replace('_', "-"));
        if let Ok(name) = name.to_ascii_lowercase().parse() {
            append(name, value);
        }
    }
    Ok(())
}

/// Takes the host from the Host header; HTTP/2 may come without one, and then Spin says localhost.
fn full_url(headers: &HeaderMap, uri: &Uri) -> String {
    let host = headers.get(HOST).map_or("localhost", |host| std::str::from_utf8(host.as_bytes()).unwrap_or_default());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    format!("http://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, host: Option<&[u8]>) -> Request<()> {
        let mut request = Request::get(uri).body(()).unwrap();
        if let Some(host) = host {
            let value = HeaderValue::from_bytes(host).unwrap();
            request.headers_mut().insert(HOST, value);
        }
        request
    }

    #[test]
    fn the_uri_becomes_absolute() {
        for (uri, host) in [
            ("/a?b=c", Some("example.com:8080")),
            ("http://example.com:8080/a?b=c", None),
            ("http://example.com:8080/a?b=c", Some("example.com:8080")),
        ] {
            let mut request = request(uri, host.map(str::as_bytes));
            make_absolute(&mut request).unwrap();
            assert_eq!(request.uri(), "http://example.com:8080/a?b=c");
        }
    }

    #[test]
    fn a_host_is_needed_and_valid_and_unambiguous() {
        let error = |uri, host| make_absolute(&mut request(uri, host)).unwrap_err();
        assert!(matches!(error("/", None), RequestError::NoHost));
        assert!(matches!(error("/", Some(b"a b")), RequestError::HostAuthority(_)));
        assert!(matches!(error("/", Some(b"\xff")), RequestError::HostText(_)));
        assert!(matches!(error("http://a/", Some(b"b")), RequestError::HostMismatch));
    }

    #[test]
    fn spin_headers_follow_the_clients() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("example.com"));
        headers.insert("spin-client-addr", HeaderValue::from_static("forged"));
        let uri = "http://example.com/users/7/x?q=1".parse().unwrap();
        let route = RouteMatch {
            component: "api",
            raw: "/users/:user_id/...",
            absolute: "/users/:user_id/...",
            trailing: "/x".to_owned(),
            named: vec![("user_id".to_owned(), "7".to_owned())],
        };
        let client = "127.0.0.1:9".parse().unwrap();
        add_spin_headers(&mut headers, &uri, &route, client).unwrap();
        for (name, value) in [
            ("spin-path-info", "/x"),
            ("spin-full-url", "http://example.com/users/7/x?q=1"),
            ("spin-matched-route", "/users/:user_id/..."),
            ("spin-base-path", "/"),
            ("spin-raw-component-route", "/users/:user_id/..."),
            ("spin-component-route", "/users/:user_id"),
            ("spin-path-match-user-id", "7"),
        ] {
            assert_eq!(headers[name], value, "{name}");
        }
        let addresses: Vec<_> = headers.get_all("spin-client-addr").iter().collect();
        assert_eq!(addresses, ["forged", "127.0.0.1:9"]);
    }

    #[test]
    fn a_header_that_is_not_utf8_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert("x", HeaderValue::from_bytes(b"\xff").unwrap());
        let route =
            RouteMatch { component: "api", raw: "/...", absolute: "/...", trailing: String::new(), named: Vec::new() };
        let client = "127.0.0.1:9".parse().unwrap();
        assert!(add_spin_headers(&mut headers, &Uri::default(), &route, client).is_err());
    }
}
