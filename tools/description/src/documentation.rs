//! The routes of the component `docs-ui`, which serves this document.

use serde_json::json;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Paths, Required, Response, ResponseBuilder};

use super::everywhere::header;

/// Path, operation id, summary and media type of each route.
const ROUTES: [(&str, &str, &str, &str); 5] = [
    ("/docs", "get_swagger_ui", "Shows this description in Swagger UI", "text/html; charset=utf-8"),
    ("/docs/assets/{file}", "get_docs_asset", "Serves an asset of these pages", "*/*"),
    ("/redoc", "get_redoc", "Shows this description in ReDoc", "text/html; charset=utf-8"),
    ("/openapi.json", "get_openapi_json", "Returns this description as JSON", "application/json"),
    ("/openapi.yaml", "get_openapi_yaml", "Returns this description as YAML", "application/yaml"),
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
                    .description(Some("File name with a digest of the content."))
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
        .header("ETag", header("Digest of the content.", "W/\"f1d2d2f924e986ac86fdf7b36c94bcdf\""))
        .header("Vary", header("Request headers that the response depends on.", "Accept-Encoding"));
    if !media_type.starts_with("text/html") {
        return response.build();
    }
    response
        .header("Content-Security-Policy", header("What the page may load and run.", "default-src 'none'"))
        .header("Referrer-Policy", header("What links on the page reveal to their targets.", "no-referrer"))
        .build()
}

fn text() -> Object {
    ObjectBuilder::new().schema_type(Type::String).build()
}
