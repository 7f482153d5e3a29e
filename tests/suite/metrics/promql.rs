//! Parses enough of PromQL to find the metrics that a query names.

use std::collections::BTreeSet;

const WORDS: [&str; 5] = ["and", "or", "unless", "offset", "bool"];
const LISTS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// Returns the metrics that a query names. Assumes a query that Prometheus accepts.
pub(super) fn metrics(query: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // Texts, selectors and ranges name no metrics.
    let query = without(&without(&without(query, '"', '"'), '{', '}'), '[', ']');
    let mut rest = query.as_str();
    while let Some(start) = rest.find(is_name) {
        rest = &rest[start..];
        let (name, after) = rest.split_at(rest.find(|c| !is_name(c)).unwrap_or(rest.len()));
        // `sum(x)`, and `sum by (y) (x)`.
        let is_called = ["(", "by", "without"].iter().any(|next| after.trim_start().starts_with(next));
        rest = after;
        if LISTS.contains(&name) {
            rest = after.split_once(')').map_or("", |(_, behind)| behind);
        } else if !is_called && !WORDS.contains(&name) && !name.starts_with(|c: char| c.is_ascii_digit()) {
            names.insert(name.to_owned());
        }
    }
    names
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

/// Removes the parts of the text between these characters.
fn without(text: &str, open: char, close: char) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once(open) {
        left.push_str(before);
        rest = inside.split_once(close).map_or("", |(_, behind)| behind);
    }
    left + rest
}

#[test]
fn names_are_found() {
    for (query, expected) in [
        ("up", &["up"][..]),
        (r#"sum by (le, x) (rate(a_bucket{x=~"}b{",y!="c"}[5m] offset 1h)) > 1 / 60"#, &["a_bucket"]),
        (
            r#"(sum(a:b:rate5m{e="/t/{u}"}) or vector(0)) / b and on (x) c unless d == bool 0.5"#,
            &["a:b:rate5m", "b", "c", "d"],
        ),
        (r#"label_values(info{job="x"}, pod)"#, &["info", "pod"]),
        (r#"histogram_quantile(0.99, sum without (x) (h))"#, &["h"]),
    ] {
        assert_eq!(Vec::from_iter(metrics(query)), expected, "{query}");
    }
}
