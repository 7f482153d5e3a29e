//! A response of the server, read to its end.

use std::collections::BTreeSet;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// Prefix of every problem's type. A slug follows.
pub const PROBLEM_TYPE: &str = "urn:mini-api:problem:";

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// Without framing.
    pub body: Vec<u8>,
}

/// The body of an error (RFC 9457).
#[derive(Clone, Debug)]
pub struct Problem {
    pub detail: String,
    /// The `field` of each entry of `errors`.
    pub fields: BTreeSet<String>,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await?.into();
        Ok(Self { status, headers, body })
    }

    /// Panics if the header occurs several times.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        assert!(values.next().is_none(), "several {name} in {self:?}");
        Some(value.to_str().expect("a header of visible ASCII"))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of UTF-8")
    }

    /// Parses the body as JSON, whatever its content type is.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in the body of {self:?}: {}", self.text()))
    }

    /// Panics unless the status is this one. `case` describes the request.
    pub fn assert_status(&self, status: u16, case: &str) -> &Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{case}: {body}");
        self
    }

    /// Returns the body. Panics unless the response has this status and is `application/json`.
    pub fn assert_json(&self, status: u16, case: &str) -> Value {
        self.assert_status(status, case);
        assert_eq!(self.header("Content-Type"), Some("application/json"), "{case}");
        self.json()
    }

    /// Returns the problem. Panics unless it has this status and the type `PROBLEM_TYPE<slug>`.
    pub fn assert_problem(&self, status: u16, slug: &str, case: &str) -> Problem {
        self.assert_status(status, case);
        assert_eq!(self.header("Content-Type"), Some("application/problem+json"), "{case}");
        let problem = self.json();
        assert_eq!(problem["type"], format!("{PROBLEM_TYPE}{slug}"), "{case}: {problem}");
        assert_eq!(problem["status"], status, "{case}: {problem}");
        assert_eq!(problem["request_id"].as_str(), self.header("X-Request-Id"), "{case}: {problem}");
        let text = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
        assert!(!text("title").is_empty(), "{case}: {problem}");
        assert!(!text("detail").is_empty(), "{case}: {problem}");
        Problem { detail: text("detail"), fields: fields(&problem) }
    }

    pub fn allow(&self) -> BTreeSet<String> {
        let allow = self.header("Allow").unwrap_or_default();
        allow.split(',').map(|method| method.trim().to_owned()).collect()
    }

    /// Returns the target of `Link: <...>; rel="next"`, if there is a next page.
    pub fn next_page(&self) -> Option<String> {
        let link = self.header("Link")?;
        let target = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(r#">; rel="next""#));
        Some(target.unwrap_or_else(|| panic!("not a next page: {link}")).to_owned())
    }
}

fn fields(problem: &Value) -> BTreeSet<String> {
    let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    for error in errors {
        let detail = error["detail"].as_str().unwrap_or_default();
        assert!(!detail.is_empty(), "an error without a detail: {problem}");
    }
    errors.iter().filter_map(|error| error["field"].as_str().map(str::to_owned)).collect()
}
