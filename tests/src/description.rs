//! Checks responses against `openapi.json`.

use std::sync::LazyLock;

use serde_json::Value;

use crate::{Answer, repository};

/// Headers of the message, which the description omits.
const FRAMING: [&str; 5] = ["connection", "content-encoding", "content-length", "content-type", "date"];

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let text = std::fs::read_to_string(repository::root().join("openapi.json")).expect("openapi.json");
    serde_json::from_str(&text).expect("JSON")
});

/// Returns the path templates of the description with their methods.
pub fn operations() -> Vec<(String, Vec<String>)> {
    let paths = DESCRIPTION["paths"].as_object().expect("paths");
    let methods = |item: &Value| item.as_object().expect("operations").keys().map(|name| name.to_uppercase()).collect();
    paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// Panics if the description has the operation but lacks a part of the response.
pub(crate) fn assert_described(method: &str, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else { return };
    let about = format!("{method} {path}: {} {:?}", answer.status, answer.headers);
    let described = resolve(&operation["responses"][answer.status.to_string()]);
    assert!(described.is_object(), "the description lacks the status of {about}");
    for name in answer.headers.keys().map(reqwest::header::HeaderName::as_str) {
        let mut headers = described["headers"].as_object().into_iter().flatten();
        let is_described = FRAMING.contains(&name) || headers.any(|(header, _)| header.eq_ignore_ascii_case(name));
        assert!(is_described, "the description lacks {name} of {about}");
    }
    if let Some(content_type) = answer.header("Content-Type") {
        assert_content_described(content_type, described, answer, &about);
    }
}

fn assert_content_described(content_type: &str, described: &Value, answer: &Answer, about: &str) {
    let essence = |text: &str| text.split(';').next().unwrap_or_default().trim().to_owned();
    let mut contents = described["content"].as_object().into_iter().flatten();
    let content = contents.find(|(media_type, _)| *media_type == "*/*" || essence(media_type) == essence(content_type));
    let (_, content) = content.unwrap_or_else(|| panic!("the description lacks the type of {about}"));
    if essence(content_type) == "application/problem+json" && !answer.body.is_empty() {
        let types = content["schema"]["allOf"][1]["properties"]["type"]["enum"].as_array().expect("types");
        assert!(types.contains(&answer.json()["type"]), "the description lacks the problem of {about}");
    }
}

/// Returns the operation whose template matches. A literal segment precedes a parameter.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    // HEAD has the response of GET without the body. Methods are case-sensitive.
    let method = if method == "HEAD" { "GET" } else { method };
    let is_known = operations().iter().any(|(_, methods)| methods.iter().any(|known| known == method));
    let method = is_known.then(|| method.to_lowercase())?;
    // As the client sends it, with `/` for `\`.
    let url = reqwest::Url::parse(&format!("http://localhost{path}")).expect("a URL");
    let path = url.path();
    let paths = DESCRIPTION["paths"].as_object()?;
    let mut fitting: Vec<_> = paths.iter().filter(|(template, _)| fits(template, path)).collect();
    fitting.sort_by_key(|(template, _)| template.matches('{').count());
    fitting.first()?.1.get(&method)
}

fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(expected), Some(given)) if expected == given => {}
            (Some(expected), Some(given)) if expected.starts_with('{') && !given.is_empty() => {}
            _ => return false,
        }
    }
}

fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => DESCRIPTION.pointer(pointer).expect("what a reference names"),
        None => value,
    }
}
