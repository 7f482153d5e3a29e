//! The problems of each operation, by the names in its annotation.

use std::collections::BTreeMap;

use chassis::PROBLEM_TYPE_BASE;
use chassis::http::{FieldError, PROBLEM_JSON, Problem as Sample, ProblemDocument};
use serde_json::{Value, json};
use utoipa::PartialSchema;
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AllOfBuilder, Components, ObjectBuilder, Ref, Schema, Type};
use utoipa::openapi::{ContentBuilder, Paths, RefOr, ResponseBuilder};

use super::everywhere::operations;
use super::samples::samples;

/// The name of the schema that all problems share.
const PROBLEM: &str = "Problem";

/// The extension that names problems in an annotation. The finished document doesn't contain it.
const EXTENSION: &str = "x-problems";

/// Problems of every route that requires a credential.
const PROTECTED: [&str; 9] = [
    "unauthorized",
    "many-credentials",
    "invalid-token",
    "no-api-key-configured",
    "token-keys-unavailable",
    "rate-limited",
    "rate-limiter-unavailable",
    "timed-out",
    "internal",
];

/// Additional problem of the routes that require a scope.
const SCOPED: &str = "insufficient-scope";

/// Problems of the routes with a body, which [`chassis::http::JsonBody`] parses.
const WITH_BODY: [&str; 4] = ["invalid-value", "unsupported-media-type", "body-too-large", "request-timed-out"];

/// Problems of every route, because each evaluates [`chassis::http::Conditions`].
const CONDITIONAL: [&str; 2] = ["malformed-request", "precondition-failed"];

/// Problem of every route except those that explain it.
const MISCONFIGURED: &str = "misconfigured";
const EXPLAINING: [&str; 3] = ["/health", "/healthcheck", "/readiness"];

/// Writes the responses of each operation's problems, and the components that they refer to.
pub(super) fn describe(paths: &mut Paths, components: &mut Components) {
    components.schemas.insert(PROBLEM.to_owned(), ProblemDocument::schema());
    components.schemas.insert("FieldError".to_owned(), FieldError::schema());
    let samples = samples();
    for (path, operation) in operations(paths) {
        let names = names(path, operation);
        let mut by_status: BTreeMap<u16, Vec<&Sample>> = BTreeMap::new();
        for sample in samples.iter().filter(|sample| names.iter().any(|name| name == sample.slug)) {
            by_status.entry(sample.status.as_u16()).or_default().push(sample);
        }
        for (status, samples) in by_status {
            let examples = samples.iter().map(|sample| (sample.slug.to_owned(), example(sample).into()));
            components.examples.extend(examples);
            operation.responses.responses.insert(status.to_string(), response(&samples).into());
        }
    }
}

fn names(path: &str, operation: &mut Operation) -> Vec<String> {
    let own = operation.extensions.take().and_then(|mut extensions| extensions.remove(EXTENSION));
    let mut names: Vec<String> = own.and_then(|names| serde_json::from_value(names).ok()).unwrap_or_default();
    if let Some(security) = &operation.security {
        names.extend(PROTECTED.map(str::to_owned));
        if json!(security).to_string().contains(":[\"") {
            names.push(SCOPED.to_owned());
        }
    }
    names.extend(CONDITIONAL.map(str::to_owned));
    if operation.request_body.is_some() {
        names.extend(WITH_BODY.map(str::to_owned));
    }
    if !EXPLAINING.contains(&path) {
        names.push(MISCONFIGURED.to_owned());
    }
    names
}

fn response(samples: &[&Sample]) -> ResponseBuilder {
    let titles: Vec<_> = samples.iter().map(|sample| sample.title).collect();
    let examples = samples.iter().map(|sample| (sample.slug, reference(sample)));
    let content = ContentBuilder::new().schema(Some(schema_of(samples))).examples_from_iter(examples).build();
    let mut response =
        ResponseBuilder::new().description(format!("{}.", titles.join(", or "))).content(PROBLEM_JSON, content);
    for (name, value) in samples.iter().filter_map(|sample| sample.header.as_ref()) {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let example = value.to_str().ok().map(Value::from);
        // The name as it is written, not as HTTP/2 sends it.
        response = response
            .header(title_case(name.as_str()), HeaderBuilder::new().schema(Some(text)).example(example).build());
    }
    response
}

fn schema_of(samples: &[&Sample]) -> Schema {
    let types: Vec<Value> =
        samples.iter().map(|sample| Value::from(format!("{PROBLEM_TYPE_BASE}{}", sample.slug))).collect();
    let this =
        ObjectBuilder::new().property("type", ObjectBuilder::new().schema_type(Type::String).enum_values(Some(types)));
    AllOfBuilder::new().item(Ref::from_schema_name(PROBLEM)).item(this).build().into()
}

fn example(sample: &Sample) -> Example {
    ExampleBuilder::new().summary(sample.title).value(Some(document(sample))).build()
}

fn document(sample: &Sample) -> Value {
    serde_json::from_slice(&sample.to_json("018bcfe5-687b-7000-8000-000000000000", None)).unwrap_or_default()
}

fn reference(sample: &Sample) -> RefOr<Example> {
    RefOr::Ref(Ref::new(format!("#/components/examples/{}", sample.slug)))
}

fn title_case(name: &str) -> String {
    let words = name.split('-').map(|word| match word {
        "www" => "WWW".to_owned(),
        _ => word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default(),
    });
    words.collect::<Vec<_>>().join("-")
}
