//! Parses the text formats of metrics.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Includes the suffix, such as `_bucket`.
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

#[derive(Clone, Debug, Default)]
pub struct Exposition {
    /// In the order of the text.
    pub samples: Vec<Sample>,
    /// By family, as are `helps`.
    pub types: BTreeMap<String, String>,
    pub helps: BTreeMap<String, String>,
}

impl Sample {
    /// Empty if the label is missing.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    /// Identifies the sample by its name and labels.
    pub fn series(&self) -> String {
        format!("{}{:?}", self.name, self.labels)
    }

    fn parse(line: &str) -> Option<Self> {
        let (series, value) = line.rsplit_once(' ')?;
        let (name, labels) = match series.split_once('{') {
            Some((name, rest)) => (name, labels(rest.strip_suffix('}')?)?),
            None => (series, BTreeMap::new()),
        };
        Some(Self { name: name.to_owned(), labels, value: value.parse().ok()? })
    }
}

impl Exposition {
    /// Parses the Prometheus text format, and OpenMetrics as far as the API uses it.
    pub fn parse(text: &str) -> Self {
        let mut parsed = Self::default();
        let mut known = BTreeSet::new();
        for line in text.lines() {
            if let Some(head) = line.strip_prefix("# HELP ") {
                let (name, help) = head.split_once(' ').expect("a name and a text");
                assert!(parsed.helps.insert(name.into(), help.into()).is_none(), "two of {line}");
            } else if let Some(head) = line.strip_prefix("# TYPE ") {
                let (name, kind) = head.split_once(' ').expect("a name and a kind");
                assert!(parsed.types.insert(name.into(), kind.into()).is_none(), "two of {line}");
            } else if line != "# EOF" {
                let sample = Sample::parse(line).unwrap_or_else(|| panic!("no sample: {line}"));
                assert!(known.insert(sample.series()), "two of {line}");
                parsed.samples.push(sample);
            }
        }
        parsed
    }

    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.samples.iter().filter(move |sample| sample.name == name)
    }

    /// Sums the samples of this name that have this label. `("", "")` selects all samples of this name.
    pub fn sum(&self, name: &str, (label, value): (&str, &str)) -> f64 {
        self.of(name).filter(|sample| sample.label(label) == value).map(|sample| sample.value).sum()
    }

    pub fn names(&self) -> BTreeSet<&str> {
        self.samples.iter().map(|sample| sample.name.as_str()).collect()
    }
}

/// Parses the labels between the braces. Assumes that no value contains `"`.
fn labels(text: &str) -> Option<BTreeMap<String, String>> {
    let mut labels = BTreeMap::new();
    for label in text.split_terminator('"').collect::<Vec<_>>().chunks(2) {
        let [name, value] = label else { return None };
        let name = name.trim_start_matches(',').strip_suffix('=')?;
        labels.insert(name.to_owned(), (*value).to_owned());
    }
    Some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_labels_and_values() {
        let text = "# HELP a What a is.\n# TYPE a counter\na{x=\"/t/{u}\",y=\"\"} 3\na{x=\"b\"} 1.5\nc 7\n# EOF\n";
        let parsed = Exposition::parse(text);
        assert_eq!((parsed.types["a"].as_str(), parsed.helps["a"].as_str()), ("counter", "What a is."));
        assert_eq!(parsed.samples[0].label("x"), "/t/{u}");
        assert_eq!(parsed.sum("a", ("x", "/t/{u}")), 3.0);
        assert_eq!(parsed.sum("a", ("", "")), 4.5);
        assert_eq!(parsed.names(), ["a", "c"].into());
    }
}
