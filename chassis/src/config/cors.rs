//! Origins whose pages may read the responses.

use super::reader::{Reader, is_host, is_port};
use super::settings;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    /// Only the API's own.
    None,
    Any,
    List(Vec<String>),
}

impl CorsOrigins {
    pub(super) async fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.parsed(&settings::CORS_ALLOWED_ORIGINS, Self::parse).await
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let origins: Vec<_> = text.split(',').map(|origin| origin.trim().to_owned()).collect();
        match text.trim() {
            "" => Ok(Self::None),
            "*" => Ok(Self::Any),
            _ if origins.iter().all(|origin| is_origin(origin)) => Ok(Self::List(origins)),
            _ => Err("must be * or origins like https://example.com, separated by commas"),
        }
    }
}

/// A scheme, a host, and a port if it is not the scheme's, in lower case, as browsers send them (RFC 6454 section 7).
/// Any other text would match no request.
fn is_origin(text: &str) -> bool {
    let schemes = [("https://", "443"), ("http://", "80")];
    let parts = schemes.iter().find_map(|(scheme, port)| Some((text.strip_prefix(scheme)?, port)));
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    is_lower
        && parts.is_some_and(|(rest, default)| match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => is_host(host) && is_port(port) && port != *default,
            _ => is_host(rest),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_what_a_browser_sends() {
        for text in ["https://example.com", "http://localhost:3000", "http://[::1]:8080", "http://[::1]"] {
            assert!(is_origin(text), "{text}");
        }
        for text in [
            "example.com",
            "https://",
            "https://example.com/",
            "https://*.example.com",
            "https://Example.com",
            "null",
            "https://a@b",
            "https://a:x",
            "https://a:+1",
            "https://a:0443",
            "https://a:443",
            "http://a:80",
            "http://[::A]",
            "ftp://example.com",
            "https://a b",
        ] {
            assert!(!is_origin(text), "{text}");
        }
    }
}
