//! `GET /`: what runs here.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use html_escape::encode_double_quoted_attribute as escape;
use serde::Serialize;

use super::AppState;
use crate::config::Config;
use crate::http::prefers_html;

/// The name of the service, as in `spin.toml`.
const SERVICE: &str = "mini-api";

const PAGE: &str = include_str!("index.html");

/// The page loads nothing, runs nothing and is shown in no frame; its style is inline.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

#[derive(Serialize)]
struct Index<'a> {
    service: &'static str,
    env: &'a str,
    version: &'static str,
    hostname: &'a str,
}

/// The same facts as JSON, or as a page where the client prefers HTML.
pub(super) async fn get(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let index = index(&state.config);
    let vary = [(header::VARY, HeaderValue::from_static("Accept"))];
    if prefers_html(&headers) {
        let policy = [(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)];
        (vary, policy, Html(page(&index))).into_response()
    } else {
        (vary, Json(index)).into_response()
    }
}

fn index(config: &Config) -> Index<'_> {
    Index { service: SERVICE, env: &config.app_env, version: env!("CARGO_PKG_VERSION"), hostname: &config.app_hostname }
}

fn page(index: &Index<'_>) -> String {
    PAGE.replace("{service}", index.service)
        .replace("{version}", index.version)
        .replace("{env}", &escape(index.env))
        .replace("{hostname}", &escape(index.hostname))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_the_facts_and_runs_none_of_them() {
        let page = page(&Index { service: "s", env: "<b>&\"", version: "v", hostname: "h'<i>" });
        assert!(page.contains("&lt;b&gt;&amp;&quot;"), "{page}");
        assert!(!page.contains("<b>") && !page.contains("<i>"), "{page}");
        for name in ["{service}", "{version}", "{env}", "{hostname}"] {
            assert!(!page.contains(name), "{name} was left in");
        }
    }
}
