//! Pages of lists: `limit` and `cursor` from a query string and as plain values, and the API's own values.
#![no_main]

use axum::extract::FromRequestParts;
use axum::http::{Request, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::http::{MAX_LIMIT, PageRequest, Query, page};
use fuzz::{now, values};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|text: &str| {
    if let Some(request) = by_query(text) {
        check(&request);
    }
    let request = given(text);
    check(&request);
    if let Ok(Some(last)) = request.after(Some) {
        assert_eq!(URL_SAFE_NO_PAD.encode(last), text, "two cursors for one page");
    }
    a_link_leads_to_the_next_page(text);
    values::check(text);
});

fn by_query(query: &str) -> Option<PageRequest> {
    let (mut parts, ()) = Request::builder().uri(format!("/list?{query}")).body(()).ok()?.into_parts();
    now(Query::from_request_parts(&mut parts, &())).ok().map(|Query(request)| request)
}

fn given(text: &str) -> PageRequest {
    serde_json::from_value(json!({ "limit": text, "cursor": text })).expect("two texts")
}

fn check(request: &PageRequest) {
    assert!(request.limit().is_ok_and(|limit| (1..=MAX_LIMIT).contains(&limit)) || request.limit().is_err());
    for last in values::cursors(request) {
        a_link_leads_to_the_next_page(&last);
    }
}

fn a_link_leads_to_the_next_page(last: &str) {
    let answer = page(vec![last, "one too many"], 1, "/list?", ToString::to_string);
    let link = answer.headers()[header::LINK].to_str().expect("a link");
    let query = link.strip_prefix("</list?").and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).expect("a query");
    let next = by_query(query).expect("a page");
    assert_eq!(next.limit(), Ok(1));
    assert_eq!(next.after(Some), Ok(Some(last.to_owned())));
}
