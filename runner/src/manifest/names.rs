//! The forms of names in a manifest.

const WORD: &str = "words must start with a letter and hold only letters and digits";

/// Checks a component id: words of letters and digits, separated by `-`.
pub(crate) fn check_kebab(name: &str) -> Result<(), &'static str> {
    check_words(name, '-', "words must be separated by `-`")
}

/// Checks a label of a database or store: kebab-case or snake_case.
pub(crate) fn check_label(name: &str) -> Result<(), &'static str> {
    check_kebab(name).or_else(|_| check_words(name, '_', WORD)).map_err(|_| "must be kebab-case or snake_case")
}

/// Checks a variable name: lower-case letters and digits, and single `_` between them.
pub(crate) fn check_variable(name: &str) -> Result<(), &'static str> {
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        return Err("must be lower case");
    }
    check_words(name, '_', "words must be separated by `_`")
}

fn check_words(name: &str, separator: char, hint: &'static str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("must not be empty");
    }
    for word in name.split(separator) {
        if !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(WORD);
        }
        if !word.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(hint);
        }
        let upper = word.chars().any(|c| c.is_ascii_uppercase());
        let lower = word.chars().any(|c| c.is_ascii_lowercase());
        if upper && lower {
            return Err("a word must be all lower or all upper case");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kebab_case() {
        for (name, valid) in [
            ("api", true),
            ("my-api2", true),
            ("MY-api", true),
            ("", false),
            ("my_api", false),
            ("-api", false),
            ("api-", false),
            ("2api", false),
            ("myApi", false),
        ] {
            assert_eq!(check_kebab(name).is_ok(), valid, "{name}");
        }
    }

    #[test]
    fn variables_are_lower_snake_case() {
        for (name, valid) in [
            ("api_key", true),
            ("a1_b2", true),
            ("", false),
            ("Api", false),
            ("api-key", false),
            ("api__key", false),
            ("_api", false),
            ("api_", false),
            ("1api", false),
        ] {
            assert_eq!(check_variable(name).is_ok(), valid, "{name}");
        }
    }

    #[test]
    fn labels_take_both_forms_but_not_mixed() {
        for (name, valid) in [("default", true), ("a-b", true), ("a_b", true), ("a-b_c", false)] {
            assert_eq!(check_label(name).is_ok(), valid, "{name}");
        }
    }
}
