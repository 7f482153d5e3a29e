//! Checks the names of a project, an organisation and a registry.

use crate::identity::Identity;

/// In characters. AWS allows a load balancer 32, and Terraform names one `NAME-fargate`. Kubernetes allows a SpinApp 52.
const LONGEST_NAME: usize = 24;
/// GitHub's bound for an organisation, in characters.
const LONGEST_ORGANISATION: usize = 39;
/// RFC 1123's bound for one label of a host's name, in characters.
const LONGEST_LABEL: usize = 63;

/// Names that are already in use: Rust's keywords and own crates, databases and namespaces that always exist, and names
/// of files and directories in this project.
const TAKEN: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final \
    fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super \
    trait true try type typeof union unsafe unsized use virtual where while yield \
    alloc core proc-macro std test \
    postgres template0 template1 \
    default flux-system spin-operator cert-manager \
    adapters application component database docs health http metrics migrations redis routes runner server settings \
    spin sqlite store suite tests tools values";
/// Prefixes that PostgreSQL, Kubernetes and AWS reserve.
const TAKEN_STARTS: [&str; 3] = ["pg-", "kube-", "internal-"];

/// Checks all names of a project-to-be, given the names of the workspace's crates.
pub(crate) fn check(identity: &Identity, crates: &[String]) -> Result<(), String> {
    check_name(&identity.name, crates)?;
    check_organisation(&identity.organisation)?;
    check_registry(&identity.registry)
}

/// A name is an RFC 1123 label for the chart, the image and Kubernetes. It starts with a letter, as crates, metrics and
/// Services do, and has no double hyphen, which AWS refuses.
fn check_name(name: &str, crates: &[String]) -> Result<(), String> {
    let wrong = |what: &str, right: &str| Err(format!("the name `{name}` {what}; {right}"));
    let form = "use lower-case letters and digits in words joined by single hyphens, such as orders-api";
    if name.is_empty() {
        return wrong("is empty", form);
    }
    if let Some(character) = name.chars().find(|&c| !is_lower(c) && c != '-') {
        return wrong(&format!("contains `{character}`"), form);
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return wrong("does not start with a letter", form);
    }
    if name.split('-').any(str::is_empty) {
        return wrong("has a hyphen at its end or two in a row", form);
    }
    if name.len() > LONGEST_NAME {
        return wrong(&format!("has {} characters", name.len()), &format!("use {LONGEST_NAME} at most"));
    }
    let another = format!("choose another, such as my-{name}");
    if crates.iter().any(|known| known == name) {
        return wrong("is the name of one of the workspace's crates", &another);
    }
    if TAKEN.split_whitespace().any(|taken| taken == name) {
        return wrong("is a word of Rust, PostgreSQL, Kubernetes or this project", &another);
    }
    if let Some(start) = TAKEN_STARTS.iter().find(|start| name.starts_with(**start)) {
        return wrong(&format!("starts with `{start}`, which is reserved"), &another);
    }
    Ok(())
}

/// Checks GitHub's rules, and requires lower case, as image names do.
fn check_organisation(organisation: &str) -> Result<(), String> {
    let wrong = |what: &str, right: &str| Err(format!("the organisation `{organisation}` {what}; {right}"));
    if organisation.chars().any(|c| c.is_ascii_uppercase()) {
        let right = format!("write `{}`, as an image's name is in lower case", organisation.to_ascii_lowercase());
        return wrong("has upper-case letters", &right);
    }
    let form = "use lower-case letters and digits in words joined by single hyphens";
    if !organisation.chars().all(|c| is_lower(c) || c == '-') || organisation.split('-').any(str::is_empty) {
        return wrong("is no organisation on GitHub", form);
    }
    if organisation.len() > LONGEST_ORGANISATION {
        let right = format!("GitHub allows {LONGEST_ORGANISATION}");
        return wrong(&format!("has {} characters", organisation.len()), &right);
    }
    Ok(())
}

/// Checks for a host with an optional port. Clients read a host without a dot as part of an image's name on Docker Hub,
/// unless it is `localhost` or has a port.
fn check_registry(registry: &str) -> Result<(), String> {
    let wrong = |what: &str| {
        Err(format!(
            "the registry `{registry}` {what}; name a host, with its port if need be, such as registry.example.com"
        ))
    };
    let (host, port) = match registry.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (registry, None),
    };
    if port.is_some_and(|port| port.starts_with(['0', '+']) || port.parse::<u16>().is_err()) {
        return wrong("has a port that is no number from 1 to 65535");
    }
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.chars().all(|c| is_lower(c) || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !host.split('.').all(is_label) {
        return wrong("is no host name in lower case");
    }
    if port.is_none() && host != "localhost" && !host.contains('.') {
        return wrong("has neither a dot nor a port");
    }
    Ok(())
}

fn is_lower(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> Result<(), String> {
        check_name(name, &["runner".to_owned()])
    }

    #[test]
    fn a_name_is_a_label_that_starts_with_a_letter() {
        for good in ["a", "shop", "orders-api", "shop-2", "s3", "runner-2", "pgadmin", "kubernetes"] {
            assert_eq!(name(good), Ok(()), "{good}");
        }
        for (bad, says) in [
            ("", "is empty"),
            ("Shop", "contains `S`"),
            ("my_shop", "contains `_`"),
            ("my shop", "contains ` `"),
            ("shop.io", "contains `.`"),
            ("a/b", "contains `/`"),
            ("größe", "contains `ö`"),
            ("2shop", "start with a letter"),
            ("-shop", "start with a letter"),
            ("shop-", "hyphen"),
            ("my--shop", "hyphen"),
        ] {
            let message = name(bad).unwrap_err();
            assert!(message.contains(says) && message.contains(&format!("`{bad}`")), "{message}");
        }
    }

    #[test]
    fn a_name_has_24_characters_at_most() {
        assert_eq!(name(&"a".repeat(24)), Ok(()));
        assert!(name(&"a".repeat(25)).unwrap_err().contains("25 characters"));
    }

    #[test]
    fn a_name_that_something_else_has_is_refused() {
        for (bad, says) in [
            ("runner", "workspace's crates"),
            ("crate", "a word of Rust"),
            ("postgres", "a word of Rust, PostgreSQL"),
            ("default", "Kubernetes"),
            ("database", "this project"),
            ("kube-system", "starts with `kube-`"),
            ("pg-tools", "starts with `pg-`"),
        ] {
            let message = name(bad).unwrap_err();
            assert!(message.contains(says) && message.contains(&format!("my-{bad}")), "{message}");
        }
    }

    #[test]
    fn an_organisation_is_one_of_github_in_lower_case() {
        for good in ["acme", "acme-2", "2acme", &"a".repeat(39)] {
            assert_eq!(check_organisation(good), Ok(()), "{good}");
        }
        let long = "a".repeat(40);
        for (bad, says) in [
            ("Acme", "write `acme`"),
            ("", "no organisation"),
            ("-acme", "no organisation"),
            ("ac--me", "no organisation"),
            ("ac_me", "no organisation"),
            ("acme/team", "no organisation"),
            (&long, "40 characters"),
        ] {
            let message = check_organisation(bad).unwrap_err();
            assert!(message.contains(says) && message.contains(&format!("`{bad}`")), "{message}");
        }
    }

    #[test]
    fn a_registry_is_a_host_with_or_without_a_port() {
        let account = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
        for good in ["r.example", "localhost", "localhost:5000", "registry:5000", "10.0.0.1", account] {
            assert_eq!(check_registry(good), Ok(()), "{good}");
        }
        for (bad, says) in [
            ("", "no host name"),
            ("https://r.example", "port"),
            ("r.example/acme", "no host name"),
            ("R.example", "no host name"),
            ("r..example", "no host name"),
            ("-r.example", "no host name"),
            ("r.example:", "port"),
            ("r.example:0", "port"),
            ("r.example:65536", "port"),
            ("registry", "neither a dot nor a port"),
        ] {
            let message = check_registry(bad).unwrap_err();
            assert!(message.contains(says) && message.contains(&format!("`{bad}`")), "{bad}: {message}");
        }
    }
}
