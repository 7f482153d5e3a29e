//! The routes of the documentation.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chassis::config::{AuthMethods, ConfigProblem};
use chassis::http::{Problem, remember_endpoint};

use crate::answer::{Lifetime, answer};
use crate::files::{self, File, STATUS};

/// `data:` is for the images in Swagger UI's stylesheet.
const SWAGGER_UI_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// ReDoc creates style elements by script. Most start empty and are filled through the object model: the first hash is
/// that of the empty text. The second is that of the scroll bars; the browser test fails if a new version changes it.
/// The search runs in a worker that ReDoc creates from a blob.
const REDOC_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; \
    style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' \
    'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; img-src 'self' data:; \
    connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Returns every route. Swagger UI shows the accepted authentication methods only.
pub fn router(AuthMethods { api_keys, tokens }: AuthMethods) -> Router {
    let swagger_ui = match (api_keys, tokens) {
        (false, false) => &files::SWAGGER_UI_OPEN,
        (true, false) => &files::SWAGGER_UI_API_KEY,
        (false, true) => &files::SWAGGER_UI_TOKEN,
        (true, true) => &files::SWAGGER_UI_BOTH,
    };
    status()
        .route("/docs", get(async |headers: HeaderMap| page(swagger_ui, SWAGGER_UI_POLICY, &headers)))
        .route("/redoc", get(redoc))
        .route("/docs/assets/{file}", get(asset))
        .route("/openapi.json", get(openapi_json))
        .route("/openapi.yaml", get(openapi_yaml))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .fallback(async || Problem::not_found())
        .layer(from_fn(remember_endpoint))
}

/// For `docs_enabled = "false"`.
pub fn disabled() -> Router {
    status().fallback(async || Problem::not_found())
}

/// For settings that can't be used.
pub fn misconfigured(problems: Vec<ConfigProblem>) -> Router {
    status().fallback(async move || Problem::misconfigured(&problems))
}

/// The files of the API's own pages, which are served whatever the settings are.
fn status() -> Router {
    STATUS.iter().fold(Router::new(), |router, file| {
        let path = format!("/docs/assets/{}", file.name);
        router.route(&path, get(async move |headers: HeaderMap| answer(file, Lifetime::Revalidated, &headers)))
    })
}

async fn redoc(headers: HeaderMap) -> Result<Response, Problem> {
    page(&files::REDOC, REDOC_POLICY, &headers)
}

async fn openapi_json(headers: HeaderMap) -> Result<Response, Problem> {
    answer(&files::OPENAPI_JSON, Lifetime::Revalidated, &headers)
}

async fn openapi_yaml(headers: HeaderMap) -> Result<Response, Problem> {
    answer(&files::OPENAPI_YAML, Lifetime::Revalidated, &headers)
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let file = files::ASSETS.iter().find(|file| file.name == name).ok_or(Problem::not_found())?;
    answer(file, Lifetime::Immutable, &headers)
}

fn page(file: &'static File, policy: HeaderValue, headers: &HeaderMap) -> Result<Response, Problem> {
    let referrer = (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let page = answer(file, Lifetime::Revalidated, headers)?;
    Ok(([(header::CONTENT_SECURITY_POLICY, policy), referrer], page).into_response())
}
