//! `GET /`: what runs here.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use html_escape::encode_double_quoted_attribute as escape;
use serde::Serialize;
use utoipa::ToSchema;

use super::Operations;
use crate::SERVICE;
use crate::config::Config;
use crate::http::prefers_html;

const PAGE: &str = include_str!("index.html");

/// Links of the page if `docs_enabled`.
const DOCS: &str = "<a href=\"/docs\">Swagger UI</a>\n<a href=\"/redoc\">ReDoc</a>\n";

const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// What runs here.
#[derive(Serialize, ToSchema)]
pub(super) struct Index<'a> {
    #[schema(example = "mini-api")]
    service: &'static str,
    /// The environment, as the variable `app_env` names it.
    #[schema(example = "production")]
    env: &'a str,
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The pod or machine, as the variable `app_hostname` names it.
    #[schema(example = "mini-api-7d4b9c-x2x7p")]
    hostname: &'a str,
}

/// What runs here, as JSON, or as a page where the client prefers HTML.
#[utoipa::path(
    get,
    path = "/",
    tag = "operations",
    responses((
        status = 200,
        description = "What runs here.",
        content((Index = "application/json"), (String = "text/html; charset=utf-8")),
        headers(
            ("Vary" = String, description = "On which headers of the request the answer depends."),
            ("Content-Security-Policy" = String, description = "What the page may load and run."),
            ("Referrer-Policy" = String, description = "What the page tells where it leads to."),
        ),
    )),
)]
pub(super) async fn get_index(State(operations): State<Operations>, headers: HeaderMap) -> Response {
    let Operations { chassis, version, .. } = &operations;
    let Config { app_env: env, app_hostname: hostname, common, .. } = &chassis.config;
    let index = Index { service: SERVICE, env, version, hostname };
    let vary = [(header::VARY, HeaderValue::from_static("Accept"))];
    if prefers_html(&headers) {
        let protection = [
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        (vary, protection, Html(page(&index, common.docs_enabled))).into_response()
    } else {
        (vary, Json(index)).into_response()
    }
}

fn page(index: &Index<'_>, docs_enabled: bool) -> String {
    PAGE.replace("{docs}", if docs_enabled { DOCS } else { "" })
        .replace("{service}", index.service)
        .replace("{version}", index.version)
        .replace("{env}", &escape(index.env))
        .replace("{hostname}", &escape(index.hostname))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_the_facts_and_runs_none_of_them() {
        let page = page(&Index { service: "s", env: "<b>&\"", version: "v", hostname: "h'<i>" }, true);
        assert!(page.contains("&lt;b&gt;&amp;&quot;"), "{page}");
        assert!(!page.contains("<b>") && !page.contains("<i>"), "{page}");
        for name in ["{docs}", "{service}", "{version}", "{env}", "{hostname}"] {
            assert!(!page.contains(name), "{name} was left in");
        }
    }

    #[test]
    fn the_page_leads_to_the_documentation_where_there_is_one() {
        let index = Index { service: "s", env: "e", version: "v", hostname: "h" };
        for path in ["/docs", "/redoc"] {
            let link = format!("href=\"{path}\"");
            assert!(page(&index, true).contains(&link), "{path}");
            assert!(!page(&index, false).contains(&link), "{path}");
        }
    }
}
