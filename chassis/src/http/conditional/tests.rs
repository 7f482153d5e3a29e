use std::collections::BTreeSet;

use super::*;

const IF_MATCH: HeaderName = header::IF_MATCH;
const IF_NONE_MATCH: HeaderName = header::IF_NONE_MATCH;

fn conditions(pairs: &[(HeaderName, &'static str)]) -> Result<Conditions, Problem> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(name, HeaderValue::from_static(value));
    }
    Conditions::of(&headers)
}

/// Returns the response to a read of a resource with this tag, or without one.
fn read(pairs: &[(HeaderName, &'static str)], status: StatusCode, tag: Option<&'static str>) -> Response<Body> {
    let mut response = Response::new(Body::from("x"));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept"));
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, HeaderValue::from_static(tag));
    }
    apply(conditions(pairs), &mut response);
    response
}

#[test]
fn a_tag_is_a_revision_in_quotes() {
    assert_eq!(etag(Revision { incarnation: 0xa, count: 2 }), "\"a.2\"");
}

#[test]
fn a_read_is_evaluated_in_the_order_of_the_rfc() {
    for (pairs, strong, weak, none) in [
        (&[][..], 200, 200, 200),
        (&[(IF_MATCH, "*")], 200, 200, 200),
        (&[(IF_MATCH, "\"x\", \"a.2\"")], 200, 412, 412),
        (&[(IF_MATCH, "W/\"a.2\"")], 412, 412, 412),
        (&[(IF_MATCH, "\"x\"")], 412, 412, 412),
        (&[(IF_NONE_MATCH, "*")], 304, 304, 304),
        (&[(IF_NONE_MATCH, "\"a.2\"")], 304, 304, 200),
        (&[(IF_NONE_MATCH, "\"x\""), (IF_NONE_MATCH, "W/\"a.2\"")], 304, 304, 200),
        (&[(IF_NONE_MATCH, "\"x\"")], 200, 200, 200),
        (&[(IF_MATCH, "\"a.2\""), (IF_NONE_MATCH, "\"a.2\"")], 304, 412, 412),
        (&[(IF_MATCH, "\"x\""), (IF_NONE_MATCH, "\"a.2\"")], 412, 412, 412),
        (&[(IF_MATCH, "\"a.2\""), (IF_NONE_MATCH, "\"x\"")], 200, 412, 412),
        (&[(IF_MATCH, "")], 400, 400, 400),
        (&[(IF_NONE_MATCH, " , ")], 400, 400, 400),
        (&[(IF_NONE_MATCH, "a.2")], 400, 400, 400),
    ] {
        for (tag, expected) in [(Some("\"a.2\""), strong), (Some("W/\"a.2\""), weak), (None, none)] {
            let response = read(pairs, StatusCode::OK, tag);
            assert_eq!(response.status(), expected, "{pairs:?} of {tag:?}");
            assert_eq!(response.extensions().get::<Problem>().is_some(), expected >= 400, "{pairs:?} of {tag:?}");
        }
    }
}

#[test]
fn an_answer_without_its_representation_keeps_what_it_says_of_it() {
    let unmodified = read(&[(IF_NONE_MATCH, "*")], StatusCode::OK, Some("\"a.2\""));
    assert_eq!(unmodified.headers().keys().map(HeaderName::as_str).collect::<BTreeSet<_>>(), ["etag", "vary"].into());
    let failed = read(&[(IF_MATCH, "\"x\"")], StatusCode::OK, Some("\"a.2\""));
    assert_eq!(failed.headers().keys().collect::<Vec<_>>(), [header::VARY]);
}

#[test]
fn a_failure_comes_before_every_condition() {
    for pair in [(IF_MATCH, "\"x\""), (IF_NONE_MATCH, "*"), (IF_MATCH, "")] {
        let response = read(std::slice::from_ref(&pair), StatusCode::NOT_FOUND, None);
        assert_eq!(response.status(), 404, "{pair:?}");
    }
}

#[test]
fn writes_are_not_evaluated_as_reads() {
    for (method, is_read) in [("GET", true), ("HEAD", true), ("PUT", false), ("DELETE", false), ("OPTIONS", false)] {
        let request = |name| Request::builder().method(method).header(name, "*").body(Body::empty()).unwrap();
        assert_eq!(of_read(&request(IF_MATCH)).is_some(), is_read, "{method}");
        assert_eq!(of_read(&request(IF_NONE_MATCH)).is_some(), is_read, "{method}");
        assert!(of_read(&request(header::ACCEPT)).is_none(), "{method}");
    }
}

#[test]
fn preconditions_of_a_write() {
    let list = |tags: &[&str]| tags.iter().map(ToString::to_string).collect();
    let one_of = |tags| (true, list(tags));
    let none_of = |tags| (false, list(tags));
    for (pairs, may_be_absent, (is_one_of, tags)) in [
        (&[][..], true, none_of(&[])),
        (&[(IF_MATCH, "*")], false, none_of(&[])),
        (&[(IF_MATCH, "\"a.2\"")], false, one_of(&["a.2"])),
        (&[(IF_MATCH, "\"x\""), (IF_MATCH, "\"a.2\"")], false, one_of(&["x", "a.2"])),
        (&[(IF_MATCH, "W/\"a.2\"")], false, one_of(&[])),
        (&[(IF_NONE_MATCH, "*")], true, one_of(&[])),
        (&[(IF_NONE_MATCH, "\"a.2\", W/\"a.1\", \"x\"")], true, none_of(&["a.2", "a.1", "x"])),
        (&[(IF_MATCH, "*"), (IF_NONE_MATCH, "\"a.2\"")], false, none_of(&["a.2"])),
        (&[(IF_MATCH, "\"a.1\", \"a.2\""), (IF_NONE_MATCH, "\"a.2\"")], false, one_of(&["a.1"])),
        (&[(IF_MATCH, "\"a.2\""), (IF_NONE_MATCH, "*")], false, one_of(&[])),
    ] {
        let expected = Precondition { may_be_absent, tags, is_one_of };
        assert_eq!(conditions(pairs).unwrap().precondition(), expected, "{pairs:?}");
    }
    assert_eq!(Conditions::default().precondition(), Precondition::none());
}

#[test]
fn a_list_is_there_and_has_no_tag() {
    for (pairs, expected) in [
        (&[][..], Ok(())),
        (&[(IF_MATCH, "*")], Ok(())),
        (&[(IF_NONE_MATCH, "\"x\"")], Ok(())),
        (&[(IF_MATCH, "\"x\"")], Err(Problem::precondition_failed())),
        (&[(IF_NONE_MATCH, "*")], Err(Problem::precondition_failed())),
    ] {
        assert_eq!(conditions(pairs).unwrap().check_untagged(), expected, "{pairs:?}");
    }
}

#[test]
fn what_is_no_list_of_tags_is_malformed_and_named() {
    for name in [IF_MATCH, IF_NONE_MATCH] {
        for value in ["", "a.2", "\"a", "*, \"a\""] {
            match conditions(&[(name.clone(), value)]) {
                Err(problem) => assert_eq!(problem.errors[0].field, name.as_str(), "{value}"),
                Ok(conditions) => panic!("{name}: {value:?}: {conditions:?}"),
            }
        }
    }
}

#[test]
fn a_list_has_one_tag_at_least() {
    for (value, expected) in [
        ("\"a\"", &["\"a\""][..]),
        (" \"a\"\t", &["\"a\""]),
        ("W/\"b\"", &["W/\"b\""]),
        (",\"a\" ,, W/\"b\",", &["\"a\"", "W/\"b\""]),
        ("\"x,y\", \"a\"", &["\"x,y\"", "\"a\""]),
        ("\"\"", &["\"\""]),
    ] {
        let expected = expected.iter().map(ToString::to_string).collect();
        assert_eq!(Tags::parse(value), Some(Tags::List(expected)), "{value}");
    }
    assert_eq!(Tags::parse(" * "), Some(Tags::Any));
}

#[test]
fn other_texts_are_no_list() {
    for value in [
        "",
        " ",
        ",",
        " , ,",
        "a",
        "\"a",
        "a\"",
        "\"a\" \"b\"",
        "w/\"a\"",
        "W/a",
        "**",
        "*, \"a\"",
        "\"a\"x",
        "\"a b\"",
    ] {
        assert_eq!(Tags::parse(value), None, "{value:?}");
    }
}
