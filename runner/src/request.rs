//! Requests as Spin forwards them: with their full URL, and with headers that describe the route.

use std::net::SocketAddr;

use http::header::{HOST, HeaderName, TRANSFER_ENCODING};
use http::uri::{Authority, InvalidUriParts, Scheme};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, Version};

use crate::router::RouteMatch;

/// Host of an HTTP/1.0 request without a Host header. Spin uses the same for HTTP/2 in `spin-full-url`.
const DEFAULT_AUTHORITY: &str = "localhost";

/// Why the runner refuses a request without calling a component.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("the request has no Host header")]
    NoHost,
    #[error("the request has several Host headers")]
    SeveralHosts,
    #[error("the Host header must be a host, with or without a port")]
    InvalidHost,
    #[error("the Host header and `:authority` name different hosts")]
    HostMismatch,
    #[error("the request target is not valid: {0}")]
    Target(#[from] InvalidUriParts),
    #[error("the only transfer coding that is supported is `chunked`")]
    TransferCoding,
}

impl RequestError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NoHost | Self::SeveralHosts | Self::InvalidHost | Self::HostMismatch | Self::Target(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::TransferCoding => StatusCode::NOT_IMPLEMENTED,
        }
    }
}

/// Refuses any transfer coding but `chunked`, because no component would decode it (RFC 9112 section 6.1).
pub(crate) fn check_framing<B>(request: &Request<B>) -> Result<(), RequestError> {
    let mut codings = request.headers().get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(only), None) if only.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(RequestError::TransferCoding),
    }
}

/// Makes the request's URI absolute, with the authority of the request target or the Host header.
///
/// In HTTP/1 the target's authority replaces the Host header (RFC 9112 section 3.2.2). In HTTP/2 both must be equal
/// (RFC 9113 section 8.3.1).
pub(crate) fn make_absolute<B>(request: &mut Request<B>) -> Result<(), RequestError> {
    let host = host(request.headers())?;
    let version = request.version();
    let mut parts = request.uri().clone().into_parts();
    let authority = match (parts.authority.take(), host) {
        (None, Some(host)) => host,
        (None, None) if version <= Version::HTTP_10 => Authority::from_static(DEFAULT_AUTHORITY),
        (None, None) => return Err(RequestError::NoHost),
        (Some(_), None) if version == Version::HTTP_11 => return Err(RequestError::NoHost),
        (Some(target), Some(host)) if version >= Version::HTTP_2 && target != host => {
            return Err(RequestError::HostMismatch);
        }
        (Some(target), Some(host)) if target != host => {
            let value = HeaderValue::try_from(target.as_str()).map_err(|_| RequestError::InvalidHost)?;
            request.headers_mut().insert(HOST, value);
            target
        }
        (Some(target), _) => target,
    };
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    *request.uri_mut() = Uri::from_parts(parts)?;
    Ok(())
}

/// Returns the Host header, if any. Refuses a second one (RFC 9112 section 3.2).
fn host(headers: &HeaderMap) -> Result<Option<Authority>, RequestError> {
    let mut hosts = headers.get_all(HOST).iter();
    let Some(host) = hosts.next() else { return Ok(None) };
    if hosts.next().is_some() {
        return Err(RequestError::SeveralHosts);
    }
    match Authority::try_from(host.as_bytes()) {
        Ok(authority) if !authority.as_str().contains('@') => Ok(Some(authority)),
        _ => Err(RequestError::InvalidHost),
    }
}

/// Appends Spin's own headers to the client's. Like Spin, keeps a client's headers of the same names.
pub(crate) fn add_spin_headers(headers: &mut HeaderMap, uri: &Uri, route: &RouteMatch<'_>, client: SocketAddr) {
    let full_url = full_url(headers, uri);
    let prefix = route.raw.strip_suffix("/...").unwrap_or(route.raw);
    let mut append = |name: HeaderName, value: &str| {
        // Omits an invalid header value, such as a path with a control character.
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
}

/// Takes the host from the Host header. For HTTP/2 without one, Spin uses localhost.
fn full_url(headers: &HeaderMap, uri: &Uri) -> String {
    let host =
        headers.get(HOST).map_or(DEFAULT_AUTHORITY, |host| std::str::from_utf8(host.as_bytes()).unwrap_or_default());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    format!("http://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(version: Version, uri: &str, hosts: &[&[u8]]) -> Request<()> {
        let mut request = Request::get(uri).version(version).body(()).unwrap();
        for host in hosts {
            request.headers_mut().append(HOST, HeaderValue::from_bytes(host).unwrap());
        }
        request
    }

    #[test]
    fn the_uri_becomes_absolute() {
        use Version as V;
        let target = "http://example.com:8080/a?b=c";
        for (version, uri, hosts) in [
            (V::HTTP_10, "/a?b=c", &["example.com:8080"][..]),
            (V::HTTP_11, "/a?b=c", &["example.com:8080"]),
            (V::HTTP_10, target, &[]),
            (V::HTTP_11, target, &["EXAMPLE.com:8080"]),
            (V::HTTP_2, target, &[]),
            (V::HTTP_2, target, &["example.com:8080"]),
        ] {
            let hosts: Vec<_> = hosts.iter().map(|host| host.as_bytes()).collect();
            let mut request = request(version, uri, &hosts);
            make_absolute(&mut request).unwrap();
            assert_eq!(request.uri(), target, "{version:?} {uri}");
        }
    }

    #[test]
    fn the_authority_of_the_target_replaces_the_host() {
        let mut request = request(Version::HTTP_11, "http://a.example.com/", &[b"b.example.com"]);
        make_absolute(&mut request).unwrap();
        assert_eq!(request.uri(), "http://a.example.com/");
        assert_eq!(request.headers()[HOST], "a.example.com");
    }

    #[test]
    fn http_1_0_needs_no_host() {
        let mut request = request(Version::HTTP_10, "/health", &[]);
        make_absolute(&mut request).unwrap();
        assert_eq!(request.uri(), "http://localhost/health");
    }

    #[test]
    fn a_host_is_needed_and_valid_and_unambiguous() {
        let refusal = |version, uri: &str, hosts: &[&[u8]]| {
            let error = make_absolute(&mut request(version, uri, hosts)).unwrap_err();
            assert_eq!(error.status(), StatusCode::BAD_REQUEST);
            error
        };
        let error = |uri: &str, hosts: &[&[u8]]| refusal(Version::HTTP_11, uri, hosts);
        assert!(matches!(error("/", &[]), RequestError::NoHost));
        assert!(matches!(error("http://a/", &[]), RequestError::NoHost));
        assert!(matches!(error("/", &[b"a", b"a"]), RequestError::SeveralHosts));
        for host in [&b""[..], b"a b", b"\xff", b"user@a", b"a/b", b"http://a"] {
            assert!(matches!(error("/", &[host]), RequestError::InvalidHost), "{host:?}");
            assert!(matches!(error("http://a/", &[host]), RequestError::InvalidHost), "{host:?}");
        }
        assert!(matches!(refusal(Version::HTTP_2, "http://a/", &[b"b"]), RequestError::HostMismatch));
        assert!(matches!(refusal(Version::HTTP_2, "/", &[]), RequestError::NoHost));
        assert!(matches!(refusal(Version::HTTP_10, "/", &[b""]), RequestError::InvalidHost));
    }

    #[test]
    fn chunked_is_the_only_transfer_coding() {
        for (codings, is_supported) in [
            (&[][..], true),
            (&["chunked"], true),
            (&["Chunked"], true),
            (&["gzip, chunked"], false),
            (&["gzip", "chunked"], false),
            (&["chunked, chunked"], false),
            (&["identity"], false),
            (&[""], false),
        ] {
            let mut request = request(Version::HTTP_11, "/", &[b"a"]);
            for coding in codings {
                request.headers_mut().append(TRANSFER_ENCODING, HeaderValue::from_static(coding));
            }
            let checked = check_framing(&request).map_err(|error| error.status());
            assert_eq!(checked, if is_supported { Ok(()) } else { Err(StatusCode::NOT_IMPLEMENTED) }, "{codings:?}");
        }
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
        add_spin_headers(&mut headers, &uri, &route, client);
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
}
