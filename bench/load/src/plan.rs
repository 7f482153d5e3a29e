//! The requests to send, ready to be sent.

use std::net::SocketAddr;
use std::path::Path;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use serde::Deserialize;
use thiserror::Error;

/// The requests of a file, one after the other, and from the start again.
#[derive(Debug)]
pub(crate) struct Plan(Vec<Planned>);

/// One request, and the status that is no error.
#[derive(Debug)]
pub(crate) struct Planned {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    pub(crate) status: StatusCode,
}

/// What is wrong with the file or a header.
#[derive(Debug, Error)]
pub(crate) enum PlanError {
    #[error("the file of requests: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("line {line} of the requests: {detail}")]
    Malformed { line: usize, detail: String },
    #[error("no request to send")]
    Empty,
    #[error("the header {0:?} is none")]
    Header(String),
}

#[derive(Deserialize)]
struct Line {
    method: String,
    path: String,
    status: u16,
    body: Option<serde_json::Value>,
}

impl Plan {
    /// Reads the file; every request gets the headers, and those that HTTP asks for.
    pub(crate) fn read(file: &Path, address: SocketAddr, headers: &[String]) -> Result<Self, PlanError> {
        let mut common = HeaderMap::new();
        for header in headers {
            let (name, value) = parse_header(header).ok_or_else(|| PlanError::Header(header.clone()))?;
            common.append(name, value);
        }
        let host = address.to_string();
        common.insert(HOST, HeaderValue::try_from(&host).map_err(|_| PlanError::Header(host))?);
        let text = std::fs::read_to_string(file)?;
        let planned: Result<Vec<_>, _> = (1..)
            .zip(text.lines())
            .map(|(line, text)| Planned::parse(text, &common).map_err(|detail| PlanError::Malformed { line, detail }))
            .collect();
        match planned? {
            planned if planned.is_empty() => Err(PlanError::Empty),
            planned => Ok(Self(planned)),
        }
    }

    /// The requests in an endless row. Connection `number` of `count` begins at its own place.
    pub(crate) fn of_connection(&self, number: u32, count: u32) -> impl Iterator<Item = &Planned> {
        let first = self.0.len() * number as usize / count as usize;
        self.0.iter().cycle().skip(first)
    }
}

impl Planned {
    fn parse(text: &str, common: &HeaderMap) -> Result<Self, String> {
        let line: Line = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut headers = common.clone();
        if line.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(Self {
            method: line.method.parse().map_err(|_| format!("{} is no method", line.method))?,
            uri: line.path.parse().map_err(|_| format!("{} is no path", line.path))?,
            headers,
            body: line.body.map(|body| Bytes::from(body.to_string())).unwrap_or_default(),
            status: StatusCode::from_u16(line.status).map_err(|error| error.to_string())?,
        })
    }

    /// The request, to be sent once.
    pub(crate) fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }
}

fn parse_header(text: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = text.split_once(':')?;
    Some((name.trim().parse().ok()?, value.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_request() {
        let text = r#"{"method":"PUT","path":"/tocos/a","body":{"tocos":1},"status":200}"#;
        let planned = Planned::parse(text, &HeaderMap::new()).unwrap();
        let request = planned.request();
        assert_eq!((request.method(), request.uri().path()), (&Method::PUT, "/tocos/a"));
        assert_eq!(request.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(planned.body, r#"{"tocos":1}"#);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in
            ["", "{}", r#"{"method":"GET","path":"/","status":1}"#, r#"{"method":"G T","path":"/","status":200}"#]
        {
            assert!(Planned::parse(text, &HeaderMap::new()).is_err(), "{text}");
        }
    }

    #[test]
    fn connections_begin_at_different_places_and_never_end() {
        let line = |path| format!(r#"{{"method":"GET","path":"{path}","status":200}}"#);
        let planned = ["/0", "/1", "/2", "/3"].map(|path| Planned::parse(&line(path), &HeaderMap::new()).unwrap());
        let plan = Plan(planned.into());
        let paths =
            |number| plan.of_connection(number, 2).take(5).map(|planned| planned.uri.path()).collect::<String>();
        assert_eq!((paths(0), paths(1)), ("/0/1/2/3/0".into(), "/2/3/0/1/2".into()));
    }
}
