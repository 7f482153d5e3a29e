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

/// One operation of the description.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: String,
    /// The path's template.
    pub template: String,
    /// Path and query of an example: with values for the parameters of the path and for required ones of the query.
    pub target: String,
    pub tag: String,
    /// Whether a caller needs a credential.
    pub is_protected: bool,
    /// Whether a success has an `ETag`.
    pub has_tag: bool,
}

/// Returns every operation of the description, in the order of their paths.
pub fn operations() -> Vec<Operation> {
    let paths = DESCRIPTION["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(template, item)| {
        let item = item.as_object().expect("operations");
        item.iter().map(move |(method, operation)| Operation::read(template, method, operation))
    });
    operations.collect()
}

impl Operation {
    fn read(template: &str, method: &str, operation: &Value) -> Self {
        let mut target = template.to_owned();
        let mut query = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|it| it["required"] == true) {
            let name = parameter["name"].as_str().expect("a name");
            let example = &parameter["schema"]["examples"][0];
            let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
            match parameter["in"].as_str() {
                Some("path") => target = target.replace(&format!("{{{name}}}"), &example),
                Some("query") => query.push(format!("{name}={example}")),
                _ => {}
            }
        }
        if !query.is_empty() {
            target = format!("{target}?{}", query.join("&"));
        }
        Self {
            method: method.to_uppercase(),
            template: template.to_owned(),
            target,
            tag: operation["tags"][0].as_str().expect("a tag").to_owned(),
            is_protected: operation["security"].as_array().is_some_and(|schemes| !schemes.is_empty()),
            has_tag: operation["responses"]["200"]["headers"].get("ETag").is_some(),
        }
    }
}

/// Panics if the description has the operation but lacks a part of the response.
pub(crate) fn assert_described(method: &str, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else { return };
    let about = format!("{method} {path}: {} {:?}", answer.status, answer.headers);
    let described = resolve(&operation["responses"][answer.status.to_string()]);
    assert!(described.is_object(), "the description lacks the status of {about}");
    let is_page = answer.header("Content-Type") == Some("text/html; charset=utf-8");
    if is_page && described["content"]["text/html; charset=utf-8"].is_null() {
        // The page that a browser gets in place of the JSON.
        return;
    }
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
    let is_known = operations().iter().any(|operation| operation.method == method);
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
        Some(pointer) => DESCRIPTION.pointer(pointer).expect("the target of a reference"),
        None => value,
    }
}
