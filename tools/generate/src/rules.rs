//! Prometheus's rules in the form that its operator takes.

use std::fs;
use std::path::Path;

use crate::Result;

pub(crate) const PATH: &str = "k8s/components/monitoring/prometheus-rule.yaml";

const RULES: &str = "observability/prometheus/rules";

const HEAD: &str = "\
# Written by hack/generate from observability/prometheus/rules; change the rules there.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: mini-api
  labels:
    # Which objects kube-prometheus-stack looks at: the name of its release.
    release: kube-prometheus-stack
spec:
  groups:
";

pub(crate) fn text(root: &Path) -> Result<String> {
    let entries: std::io::Result<Vec<_>> = fs::read_dir(root.join(RULES))?.collect();
    let mut paths: Vec<_> = entries?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    let mut text = HEAD.to_owned();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "yml")) {
        let rules = fs::read_to_string(path)?;
        let (_, groups) = rules.split_once("\ngroups:\n").ok_or(format!("{}: no groups", path.display()))?;
        for line in groups.lines() {
            text += &if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") };
        }
    }
    Ok(text)
}
