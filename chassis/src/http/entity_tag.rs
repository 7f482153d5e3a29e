//! Entity tags (RFC 9110 section 8.8.3).

use axum::http::HeaderValue;

/// The value of `If-Match` or `If-None-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tags {
    /// `*`: any existing representation.
    Any,
    /// At least one tag.
    List(Vec<Tag>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) is_weak: bool,
    pub(super) opaque: String,
}

impl Tags {
    /// Empty elements of a list are ignored (section 5.6.1.2).
    pub(super) fn parse(value: &str) -> Option<Self> {
        let mut rest = value.trim_matches([' ', '\t']);
        if rest == "*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                return (!tags.is_empty()).then_some(Self::List(tags));
            }
            let (tag, after) = Tag::parse(rest)?;
            tags.push(tag);
            rest = after.trim_start_matches([' ', '\t']);
            if !rest.is_empty() && !rest.starts_with(',') {
                return None;
            }
        }
    }

    pub(super) fn any(&self, matches: impl Fn(&Tag) -> bool) -> bool {
        match self {
            Self::Any => true,
            Self::List(tags) => tags.iter().any(matches),
        }
    }
}

impl Tag {
    pub(super) fn of_field(value: &HeaderValue) -> Option<Self> {
        let (tag, rest) = Self::parse(value.to_str().ok()?)?;
        rest.is_empty().then_some(tag)
    }

    /// Returns the tag at the start of a list, and the text after it. Tags may contain commas.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let (is_weak, quoted) = text.strip_prefix("W/").map_or((false, text), |quoted| (true, quoted));
        let (opaque, rest) = quoted.strip_prefix('"')?.split_once('"')?;
        let is_tag = opaque.bytes().all(|byte| byte.is_ascii_graphic());
        is_tag.then(|| (Self { is_weak, opaque: opaque.to_owned() }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(is_weak: bool, opaque: &str) -> Tag {
        Tag { is_weak, opaque: opaque.to_owned() }
    }

    #[test]
    fn a_list_has_one_tag_at_least() {
        let (a, weak, comma) = (tag(false, "a"), tag(true, "b"), tag(false, "x,y"));
        for (value, expected) in [
            ("\"a\"", vec![a.clone()]),
            (" \"a\"\t", vec![a.clone()]),
            ("W/\"b\"", vec![weak.clone()]),
            (",\"a\" ,, W/\"b\",", vec![a.clone(), weak]),
            ("\"x,y\", \"a\"", vec![comma, a]),
            ("\"\"", vec![tag(false, "")]),
        ] {
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

    #[test]
    fn a_response_has_one_tag() {
        let of_field = |value| Tag::of_field(&HeaderValue::from_static(value));
        assert_eq!(of_field("W/\"a\""), Some(tag(true, "a")));
        assert_eq!(of_field("\"a\", \"b\""), None);
    }
}
