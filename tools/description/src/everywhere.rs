//! The parameters and response headers of every operation, and the meaning of headers that several routes have.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Components, ObjectBuilder, OneOf, Ref, Schema, Type};
use utoipa::openapi::{Paths, RefOr, Required, Response, ResponseBuilder};

/// A valid request id. The API replaces an invalid one instead of refusing the request.
const REQUEST_ID: &str = "018bcfe5-687b-7000-8000-000000000000";

/// The example of the Trace Context specification.
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The header of a replayed response.
const REPLAYED: &str = "Idempotent-Replayed";

/// Response headers that mean the same on every route. A description in an annotation takes precedence.
const HEADERS: [(&str, &str); 5] = [
    ("ETag", "Entity tag: changes with the resource."),
    ("Link", "The next page (`rel=\"next\"`), unless this is the last."),
    ("Location", "Path of the new resource."),
    (REPLAYED, "Present if this repeats an earlier response."),
    ("Vary", "Request headers that the response depends on."),
];

/// Every operation, with its path.
pub(super) fn operations(paths: &mut Paths) -> impl Iterator<Item = (&String, &mut Operation)> {
    paths.paths.iter_mut().flat_map(|(path, item)| {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        operations.into_iter().flatten().map(move |operation| (path, operation))
    })
}

/// Adds the parameters and headers to the components, and references to them to each operation.
pub(super) fn describe(paths: &mut Paths, components: &mut Components) {
    for operation in paths.paths.values_mut().filter_map(|item| item.get.as_mut()) {
        let responses = &mut operation.responses.responses;
        if let Some(unmodified) = responses.get("200").and_then(unmodified) {
            responses.insert("304".to_owned(), unmodified.into());
        }
    }
    for (_, operation) in operations(paths) {
        operation.parameters.iter_mut().flatten().for_each(never_null);
        for parameter in parameters() {
            let reference = Ref::new(format!("#/components/parameters/{}", parameter.name));
            operation.parameters.get_or_insert_default().push(RefOr::Ref(reference));
        }
        let limited = if operation.security.is_some() { &limit_headers()[..] } else { &[] };
        let names: Vec<_> = headers().iter().chain(limited).map(|(name, _)| *name).collect();
        // An empty list says that the operation needs no key.
        operation.security.get_or_insert_default();
        operation.responses.responses.values_mut().for_each(explain);
        let replayed = operation.responses.responses.values().find_map(replayed);
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                if let Some(replayed) = &replayed {
                    response.headers.entry(REPLAYED.to_owned()).or_insert(replayed.clone());
                }
                for name in &names {
                    let reference = Ref::new(format!("#/components/headers/{name}"));
                    response.headers.entry((*name).to_owned()).or_insert(RefOr::Ref(reference));
                }
            }
        }
    }
    components.parameters.extend(parameters().map(|parameter| (parameter.name.clone(), parameter.into())));
    let described = headers().into_iter().chain(limit_headers());
    components.headers.extend(described.map(|(name, header)| (name.to_owned(), header.into())));
}

/// Returns the 304 for a success: the same headers except `Link`, and no content.
fn unmodified(success: &RefOr<Response>) -> Option<Response> {
    let RefOr::T(success) = success else { return None };
    let mut response = ResponseBuilder::new().description("The client already has this version.").build();
    response.headers = success.headers.clone();
    response.headers.retain(|name, _| name != "Link");
    Some(response)
}

fn explain(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    for (name, header) in &mut response.headers {
        if let RefOr::T(Header { description, .. }) = header {
            let known = HEADERS.iter().find(|(known, _)| known == name);
            *description = description.take().or(known.map(|(_, meaning)| (*meaning).to_owned()));
        }
    }
}

/// Returns the header of a replayed response. If a success may be a replay, so may a refusal.
fn replayed(response: &RefOr<Response>) -> Option<RefOr<Header>> {
    match response {
        RefOr::T(response) => response.headers.get(REPLAYED).cloned(),
        RefOr::Ref(_) => None,
    }
}

/// Removes `null` from an optional parameter: unlike an optional JSON field, it can be absent but not null.
fn never_null(parameter: &mut RefOr<Parameter>) {
    if let RefOr::T(parameter) = parameter
        && let Some(RefOr::T(Schema::OneOf(OneOf { items, .. }))) = &mut parameter.schema
        && !items.is_empty()
    {
        parameter.schema = Some(items.swap_remove(0));
    }
}

fn parameters() -> [Parameter; 2] {
    let id = "Id of the request for logs and the response: 1 to 128 letters, digits, `.`, `_` or `-`. \
        The API replaces any other value.";
    let trace = "Trace of the request (W3C Trace Context), for logs and problem documents.";
    [parameter("X-Request-Id", id, REQUEST_ID), parameter("traceparent", trace, TRACEPARENT)]
}

fn parameter(name: &str, description: &str, example: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        // Swagger UI would send an example of the parameter itself with every request.
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).examples([example])))
        .build()
}

fn headers() -> [(&'static str, Header); 7] {
    [
        ("X-Request-Id", header("Id of the request.", REQUEST_ID)),
        ("Cache-Control", header("Whether the response may be stored.", "no-store")),
        ("Strict-Transport-Security", header("Sent if the client used TLS.", "max-age=31536000")),
        ("Access-Control-Allow-Origin", header("Origin whose pages may read the response.", "https://example.com")),
        ("Access-Control-Expose-Headers", header("Headers that such a page may read.", "etag,link")),
        ("Vary", header("Request headers that the response depends on.", "Origin")),
        ("X-Content-Type-Options", header("Forbids guessing another content type.", "nosniff")),
    ]
}

/// Headers of rate-limited routes, which the API sends if a limit is set.
fn limit_headers() -> [(&'static str, Header); 2] {
    let policy = "Quota: `q` requests in `w` seconds for each caller.";
    let state = "Requests left (`r`), and seconds until the full quota is available (`t`).";
    [
        ("RateLimit-Policy", header(policy, r#""default";q=100;w=60"#)),
        ("RateLimit", header(state, r#""default";r=99;t=1"#)),
    ]
}

/// Returns a response header.
pub(super) fn header(description: &str, example: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .example(Some(example.into()))
        .build()
}
