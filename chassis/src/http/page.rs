//! The page that a browser gets instead of JSON. `docs-ui` serves its style sheet, script and icon.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, header};
use futures_util::FutureExt;
use html_escape::encode_double_quoted_attribute as escape;
use http_body_util::BodyExt;
use serde_json::Value;

use crate::SERVICE;

const TEMPLATE: &str = include_str!("page.html");
const SCRIPT: &str = "<script type=\"module\" src=\"/docs/assets/status.js\"></script>\n";
const DOCUMENTATION: &str = "<a href=\"/docs\">Swagger UI</a>\n<a href=\"/redoc\">ReDoc</a>\n";
const FIELD: &str = "bad field";

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
            base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
];

/// Shows the JSON of a response as a page, with links to the documentation if it is enabled.
pub(super) fn show(response: &mut Response<Body>, docs_enabled: bool) {
    // A response to HEAD has no body, and keeps the headers of the JSON.
    let Some(Some(Ok(frame))) = response.body_mut().frame().now_or_never() else { return };
    let json = frame.into_data().unwrap_or_default();
    let html = html(&serde_json::from_slice(&json).unwrap_or_default(), docs_enabled);
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(html.len()));
    *response.body_mut() = Body::from(html);
}

fn html(document: &Value, docs_enabled: bool) -> String {
    let text = |name| document[name].as_str().unwrap_or_default();
    let (title, script) = match (text("title"), text("status")) {
        ("", "ready") => ("Ready", ""),
        ("", "not ready") => ("Not ready", ""),
        ("", "ok") => ("Healthy", ""),
        ("", _) => ("Status", SCRIPT), // `GET /`, where the script adds what changes.
        (title, _) => (title, ""),
    };
    let mut rows = String::new();
    add_rows(&mut rows, "", "", document);
    // The values come last, so that a placeholder in one of them stays as it is.
    let documentation = if docs_enabled { DOCUMENTATION } else { "" };
    let page = TEMPLATE
        .replace("{script}", script)
        .replace("{documentation}", documentation)
        .replace("{service}", SERVICE)
        .replace("{title}", &escape(title));
    page.replace("{summary}", &escape(text("detail"))).replace("{rows}", &rows)
}

fn add_rows(rows: &mut String, class: &str, name: &str, value: &Value) {
    let text = match value {
        Value::Object(error) if class == "errors" => {
            let member = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
            return add_rows(rows, FIELD, member("field"), &Value::from(member("detail")));
        }
        Value::Object(members) => return members.iter().for_each(|(key, value)| add_rows(rows, name, key, value)),
        Value::Array(items) => return items.iter().for_each(|item| add_rows(rows, name, name, item)),
        _ if class.is_empty() && ["title", "detail"].contains(&name) => return,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let words = name.replace("api_", "API ").replace('_', " ");
    let (class, name) = match class {
        "checks" if text == "ok" || text.starts_with("not ") => ("good", words),
        "checks" => ("bad", words),
        "warnings" => ("warning", "warning".into()),
        FIELD => (FIELD, name.to_owned()),
        _ => ("", words),
    };
    rows.push_str(&format!("<div class=\"{class}\"><dt>{}</dt><dd>{}</dd></div>\n", escape(&name), escape(&text)));
}
