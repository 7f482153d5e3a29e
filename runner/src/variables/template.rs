//! `{{ name }}` templates, in component variables and in `allowed_outbound_hosts`.

use super::values::Values;

/// Text with `{{ name }}` in it. Everything else is literal, including single braces.
#[derive(Debug)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum TemplateError {
    #[error("a `{{{{` is never closed by `}}}}`")]
    Unclosed,
    #[error("the template names the variable `{0}`, which is not declared")]
    UnknownVariable(String),
}

impl Template {
    /// Splits `text` into literal parts and variable names. Ignores space around a name.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, expression)) = rest.split_once("{{") {
            let (name, after) = expression.split_once("}}").ok_or(TemplateError::Unclosed)?;
            parts.push(Part::Text(literal.to_owned()));
            parts.push(Part::Variable(name.trim().to_owned()));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// Inserts the values. Returns `None` if a declared variable has no value, which [`Values::resolve`] reports.
    pub(crate) fn render(&self, values: &Values) -> Result<Option<String>, TemplateError> {
        let mut text = String::new();
        let mut complete = true;
        for part in &self.0 {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Variable(name) => match values.get(name) {
                    Some(Some(value)) => text.push_str(value),
                    Some(None) => complete = false,
                    None => return Err(TemplateError::UnknownVariable(name.clone())),
                },
            }
        }
        Ok(complete.then_some(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str) -> Result<Option<String>, TemplateError> {
        let values = Values::of([("host", Some("db")), ("port", Some("1")), ("gone", None)]);
        Template::parse(text)?.render(&values)
    }

    #[test]
    fn renders_names_and_keeps_the_rest() {
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("{{host}}", "db"),
            ("a-{{ host }}:{{port}}-b", "a-db:1-b"),
            ("{{ host }}{{ port }}", "db1"),
            ("{ host } }} {", "{ host } }} {"),
        ] {
            assert_eq!(render(text).unwrap().as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn refuses_open_braces_and_unknown_names() {
        assert_eq!(render("{{ host"), Err(TemplateError::Unclosed));
        let unknown = |name: &str| Err(TemplateError::UnknownVariable(name.to_owned()));
        assert_eq!(render("{{ nobody }}"), unknown("nobody"));
        assert_eq!(render("{{}}"), unknown(""));
    }

    #[test]
    fn a_missing_value_is_no_error_of_the_template() {
        assert_eq!(render("{{ host }}-{{ gone }}"), Ok(None));
    }
}
