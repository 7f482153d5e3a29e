//! The description of the API: OpenAPI 3.1, from the tables of routes and the annotations of their handlers.

mod documentation;
mod everywhere;
mod problems;
mod samples;

use chassis::SERVICE;
use chassis::http::Access;
use chassis::routing::Described;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem, Paths, ServerBuilder,
};

/// The scheme of the header `X-API-KEY`.
const API_KEY: &str = "api_key";

/// The scheme of bearer tokens.
const TOKEN: &str = "token";

/// Returns the whole document.
pub fn document() -> OpenApi {
    let (mut paths, mut components) = (Paths::new(), Components::new());
    for route in chassis::operations::described().into_iter().chain(api::routes::described()) {
        add(route, &mut paths, &mut components);
    }
    documentation::add(&mut paths);
    components.security_schemes.insert(API_KEY.to_owned(), api_key().into());
    components.security_schemes.insert(TOKEN.to_owned(), token().into());
    problems::describe(&mut paths, &mut components);
    everywhere::describe(&mut paths, &mut components);
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title(SERVICE)
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(api::routes::DESCRIPTION))
        .license(Some(license));
    let server = ServerBuilder::new().url("/").description(Some("This server"));
    let tags = [api::routes::TAGS, &TAGS].concat();
    let tags =
        tags.iter().map(|(name, description)| TagBuilder::new().name(*name).description(Some(*description)).build());
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([server.build()]))
        .paths(paths)
        .components(Some(components))
        .tags(Some(tags.collect::<Vec<_>>()))
        .build()
}

/// Tags of the routes that every API has.
const TAGS: [(&str, &str); 2] = [
    ("operations", "Status, health checks and metrics."),
    ("documentation", "This description, and pages that show it."),
];

fn add(
    Described { path, methods, mut operation, access, schemas }: Described,
    paths: &mut Paths,
    components: &mut Components,
) {
    if access != Access::Open {
        let scopes = if let Access::Scoped(scope) = access { vec![scope.0] } else { Vec::new() };
        let schemes = [API_KEY, TOKEN].map(|scheme| SecurityRequirement::new(scheme, scopes.clone()));
        operation.security = Some(schemes.into());
    }
    components.schemas.extend(schemas);
    for method in methods {
        let item = PathItem::new(method, operation.clone());
        match paths.paths.get_mut(&path) {
            Some(known) => known.merge_operations(item),
            None => drop(paths.paths.insert(path.clone(), item)),
        }
    }
}

fn api_key() -> SecurityScheme {
    let description = "One of the keys in the variable `api_key`, if `auth` contains `api_key`. \
        A key may be limited to some scopes.";
    SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("X-API-KEY", description)))
}

fn token() -> SecurityScheme {
    let scopes: Vec<_> = api::scopes::SCOPES.iter().map(|scope| format!("`{scope}`")).collect();
    let description = format!(
        "A JWT of the issuer in the variable `jwt_issuer`, if `auth` contains `jwt`. It is signed with RS256, ES256 or \
        EdDSA. Its claim `scope` lists {}.",
        scopes.join(" and ")
    );
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(description));
    SecurityScheme::Http(scheme.build())
}
