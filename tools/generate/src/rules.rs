//! Prometheus's rules: the links to their runbooks, and the resource for Prometheus's operator.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

pub(crate) const PATH: &str = "k8s/components/monitoring/prometheus-rule.yaml";

const RULES: &str = "observability/prometheus/rules";
const TESTS: &str = "observability/prometheus/tests";

/// The page with a section for each alert, in the repository that `Cargo.toml` names.
const RUNBOOKS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/operations.md");
const ANNOTATION: &str = "runbook_url: ";

const HEAD: &str = "\
# Written by hack/generate from observability/prometheus/rules; change the rules there.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: mini-api
  labels:
    # kube-prometheus-stack reads only objects with the name of its release.
    release: kube-prometheus-stack
spec:
  groups:
";

/// Returns the rules as a `PrometheusRule`.
pub(crate) fn text(root: &Path) -> Result<String> {
    let mut text = HEAD.to_owned();
    for path in yaml_files(&root.join(RULES))? {
        let rules = with_runbooks(&fs::read_to_string(&path)?);
        let (_, groups) = rules.split_once("\ngroups:\n").ok_or(format!("{}: no groups", path.display()))?;
        for line in groups.lines() {
            text += &if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") };
        }
    }
    Ok(text)
}

/// Returns each file of rules and of their tests, by its path, with absolute runbooks.
pub(crate) fn sources(root: &Path) -> Result<Vec<(String, String)>> {
    let mut sources = Vec::new();
    for directory in [RULES, TESTS] {
        for path in yaml_files(&root.join(directory))? {
            let name = path.strip_prefix(root)?.display().to_string();
            sources.push((name, with_runbooks(&fs::read_to_string(&path)?)));
        }
    }
    Ok(sources)
}

fn yaml_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries: std::io::Result<Vec<_>> = fs::read_dir(directory)?.collect();
    let mut paths: Vec<_> = entries?.iter().map(fs::DirEntry::path).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yml"));
    paths.sort();
    Ok(paths)
}

/// Points every runbook to this repository, and keeps its section.
fn with_runbooks(text: &str) -> String {
    let absolute = |line: &str| {
        let (before, url) = line.split_once(ANNOTATION)?;
        let (_, section) = url.split_once('#')?;
        Some(format!("{before}{ANNOTATION}{RUNBOOKS}#{section}\n"))
    };
    text.split_inclusive('\n').map(|line| absolute(line.trim_end()).unwrap_or_else(|| line.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::{RUNBOOKS, with_runbooks};

    #[test]
    fn a_runbook_gets_the_address_of_the_repository_and_keeps_its_section() {
        let expected = format!("a\n  runbook_url: {RUNBOOKS}#down\nb#c\n");
        for before in ["docs/x.md", "https://github.com/other/name/blob/main/docs/operations.md"] {
            assert_eq!(with_runbooks(&format!("a\n  runbook_url: {before}#down\nb#c\n")), expected);
        }
        assert!(RUNBOOKS.starts_with("https://"), "{RUNBOOKS}");
    }
}
