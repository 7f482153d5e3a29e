//! What a browser gets in place of JSON. `docs-ui` serves the style sheet, the script and the icon.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use html_escape::encode_double_quoted_attribute as escape;

use super::problem::Problem;
use crate::{PROBLEM_TYPE_BASE, SERVICE};

const TEMPLATE: &str = include_str!("page.html");

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
            base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::VARY, HeaderValue::from_static("Accept")),
];

#[derive(Default)]
pub struct Page<'a> {
    pub title: &'a str,
    pub summary: &'a str,
    /// Names, values, and the classes that the style sheet has for them.
    pub rows: Vec<(&'a str, &'a str, &'static str)>,
    /// HTML.
    pub links: &'static str,
    /// HTML.
    pub script: &'static str,
}

impl Page<'_> {
    pub fn respond(&self, status: StatusCode) -> Response {
        (status, HEADERS, Html(self.html())).into_response()
    }

    pub(super) fn html(&self) -> String {
        let row = |(name, value, class): &(&str, &str, &str)| {
            format!("<div class=\"{class}\"><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(value))
        };
        // The values come last, so that a placeholder in one of them stays as it is.
        TEMPLATE
            .replace("{links}", self.links)
            .replace("{script}", self.script)
            .replace("{service}", SERVICE)
            .replace("{title}", &escape(self.title))
            .replace("{summary}", &escape(self.summary))
            .replace("{rows}", &self.rows.iter().map(row).collect::<String>())
    }
}

/// Replaces the document of a problem. Returns the body.
pub(super) fn of_problem(problem: &Problem, request_id: &str, headers: &mut HeaderMap) -> Vec<u8> {
    for (name, value) in HEADERS {
        headers.append(name, value); // CORS has a `Vary` too.
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let kind = format!("{PROBLEM_TYPE_BASE}{}", problem.slug);
    let errors = problem.errors.iter().map(|error| (error.field.as_str(), error.detail.as_str(), "bad"));
    let rows = errors.chain([
        ("Status", problem.status.as_str(), ""),
        ("Type", kind.as_str(), ""),
        ("Request", request_id, ""),
    ]);
    Page { title: problem.title, summary: &problem.detail, rows: rows.collect(), ..Page::default() }.html().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_its_values_and_runs_none_of_them() {
        let rows = vec![("Environment", "<b>&\"{rows}", ""), ("Host", "h'<i>", "")];
        let page = Page { title: "<u>", summary: "s", rows, ..Page::default() }.html();
        assert!(page.contains("&lt;b&gt;&amp;&quot;{rows}") && page.contains("&lt;u&gt;"), "{page}");
        for text in ["<b>", "<i>", "<u>", "{title}", "{summary}", "{service}", "{links}", "{script}"] {
            assert!(!page.contains(text), "{text} in {page}");
        }
    }
}
