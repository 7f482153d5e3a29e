//! A client of the server under test, one per identity.

use std::net::SocketAddr;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde_json::Value;

use crate::{Answer, REQUEST_TIMEOUT, description, rules};

/// Sends requests with one key, or none. Each client has its own connections, which it keeps alive.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: Option<String>,
    is_api: bool,
}

#[derive(Debug)]
pub struct Request {
    builder: reqwest::RequestBuilder,
    method: String,
    path: String,
    is_api: bool,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, key: Option<&str>, is_api: bool) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(REQUEST_TIMEOUT)
            .build()
            .expect("a client without TLS");
        let key = key.map(str::to_owned);
        Self { http, base: format!("http://{address}"), key, is_api }
    }

    /// Returns the absolute URL of a path with its query.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn request(&self, method: &str, path: &str) -> Request {
        let builder = self.http.request(Method::from_bytes(method.as_bytes()).expect("a method"), self.url(path));
        let request = Request { builder, method: method.to_owned(), path: path.to_owned(), is_api: self.is_api };
        match &self.key {
            Some(key) => request.header("X-API-KEY", key),
            None => request,
        }
    }

    pub fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    pub fn post(&self, path: &str, body: Value) -> Request {
        self.request("POST", path).json(body)
    }

    pub fn put(&self, path: &str, body: Value) -> Request {
        self.request("PUT", path).json(body)
    }

    pub fn delete(&self, path: &str) -> Request {
        self.request("DELETE", path)
    }
}

impl Request {
    /// Adds a header. Several headers of one name become several lines.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.header_bytes(name, value.as_bytes())
    }

    /// As [`Request::header`], with a value that need not be UTF-8.
    #[must_use]
    pub fn header_bytes(self, name: &str, value: &[u8]) -> Self {
        let value = HeaderValue::from_bytes(value).expect("a header value");
        Self { builder: self.builder.header(name, value), ..self }
    }

    /// Sets the body and `Content-Type: application/json`.
    #[must_use]
    pub fn json(self, body: Value) -> Self {
        self.body("application/json", body.to_string())
    }

    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let builder = self.builder.header(CONTENT_TYPE, content_type).body(body.into());
        Self { builder, ..self }
    }

    /// Sets a body without a `Content-Type`.
    #[must_use]
    pub fn untyped_body(self, body: &str) -> Self {
        Self { builder: self.builder.body(body.to_owned()), ..self }
    }

    /// Panics if the API's response breaks its rules or is not described.
    pub async fn send(self) -> Answer {
        let (method, path, is_api) = (self.method.clone(), self.path.clone(), self.is_api);
        let answer = self.try_send().await.unwrap_or_else(|error| panic!("no answer: {error:?}"));
        if is_api {
            rules::assert_kept(&answer);
            description::assert_described(&method, &path, &answer);
        }
        answer
    }

    /// Checks nothing.
    pub async fn try_send(self) -> Result<Answer, reqwest::Error> {
        Answer::read(self.builder.send().await?).await
    }
}
