//! The routes of the component `docs-ui`, which serves this document.

use serde_json::json;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Paths, Required, Response, ResponseBuilder};

use super::everywhere::header;

/// A path, the name of its operation, what it is, and its type.
const ROUTES: [(&str, &str, &str, &str); 5] = [
    ("/docs", "get_swagger_ui", "Swagger UI.", "text/html; charset=utf-8"),
    ("/docs/assets/{file}", "get_docs_asset", "A file that a page of the documentation needs.", "*/*"),
    ("/redoc", "get_redoc", "ReDoc.", "text/html; charset=utf-8"),
    ("/openapi.json", "get_openapi_json", "This document, as JSON.", "application/json"),
    ("/openapi.yaml", "get_openapi_yaml", "This document, as YAML.", "application/yaml"),
];

/// Adds the routes.
pub(super) fn add(paths: &mut Paths) {
    for (path, id, summary, media_type) in ROUTES {
        let mut operation = OperationBuilder::new()
            .tag("documentation")
            .operation_id(Some(id))
            .summary(Some(summary))
            .response("200", found(media_type))
            // The documentation may be off.
            .extensions(Some(ExtensionsBuilder::new().add("x-problems", json!(["not-found"])).build()));
        if path.contains("{file}") {
            operation = operation.parameter(
                ParameterBuilder::new()
                    .name("file")
                    .parameter_in(ParameterIn::Path)
                    .required(Required::True)
                    .description(Some("A name with a digest of the content, as the pages have it."))
                    .schema(Some(text())),
            );
        }
        paths.paths.insert(path.to_owned(), PathItem::new(HttpMethod::Get, operation));
    }
}

fn found(media_type: &str) -> Response {
    let response = ResponseBuilder::new()
        .description("The content.")
        .content(media_type, ContentBuilder::new().build())
        .header("ETag", header("A digest of the content.", "W/\"f1d2d2f924e986ac86fdf7b36c94bcdf\""))
        .header("Vary", header("On which headers of the request the answer depends.", "Accept-Encoding"));
    if !media_type.starts_with("text/html") {
        return response.build();
    }
    response
        .header("Content-Security-Policy", header("What the page may load and run.", "default-src 'none'"))
        .header("Referrer-Policy", header("What the page tells where it leads to.", "no-referrer"))
        .build()
}

fn text() -> Object {
    ObjectBuilder::new().schema_type(Type::String).build()
}
