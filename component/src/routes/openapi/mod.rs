//! The API's description of itself: OpenAPI 3.1, made from the handlers' annotations.
//!
//! `hack/generate` writes it to `openapi.json`, from which `docs-ui` serves it.

mod documentation;
mod everywhere;
mod problems;
pub(super) mod schemas;

use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::{current_time, health, hello_world, index, metrics, tocos, transfers};

/// The scheme of the header `X-API-KEY`.
const API_KEY: &str = "api_key";

/// The scheme of bearer tokens.
const TOKEN: &str = "token";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "mini-api",
        description = "Who has how many tocos, and who gave some to whom. \
            Every error is a problem document (RFC 9457) of a stable `type`. \
            Every resource evaluates `If-Match` and `If-None-Match` (RFC 9110 section 13); \
            one without an `ETag` exists, and matches `*` alone.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "The server that this document comes from.")),
    paths(
        index::get,
        health::health,
        health::healthcheck,
        health::readiness,
        metrics::get,
        hello_world::get,
        current_time::get,
        tocos::list,
        tocos::create,
        tocos::get,
        tocos::put,
        tocos::delete,
        transfers::create,
        transfers::get,
        transfers::list,
    ),
    tags(
        (name = "greetings", description = "The smallest routes that need a key."),
        (name = "tocos", description = "Who has how many tocos."),
        (name = "transfers", description = "Tocos that go from one user to another."),
        (name = "operations", description = "For those who run the API, and their probes."),
        (name = "documentation", description = "This document, and pages that show it."),
    ),
)]
struct Document;

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    documentation::add(&mut document.paths);
    let components = document.components.get_or_insert_default();
    components.security_schemes.insert(API_KEY.to_owned(), api_key().into());
    components.security_schemes.insert(TOKEN.to_owned(), token().into());
    problems::describe(&mut document.paths, components);
    everywhere::describe(&mut document.paths, components);
    document
}

fn api_key() -> SecurityScheme {
    let description = "One of the keys of the variable `api_key`, if `auth` has `api_key`. \
        A key may be good for some scopes only.";
    SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("X-API-KEY", description)))
}

fn token() -> SecurityScheme {
    let description = "A token of the issuer in the variable `jwt_issuer`, if `auth` has `jwt`: RS256, ES256 or EdDSA, \
        with the scopes `tocos:read` and `tocos:write` in `scope`.";
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(description));
    SecurityScheme::Http(scheme.build())
}
