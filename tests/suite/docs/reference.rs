//! The tables of metrics, log fields and problem types match the code: they have all entries, and none that the code
//! lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use black_box::documentation::{log_fields, names, quoted, rows};
use black_box::{Exposition, Options, PROBLEM_TYPE, Server, example, repository};
use ignore::WalkBuilder;
use serde_json::Value;

type Names = BTreeSet<String>;

fn read(path: &str) -> String {
    fs::read_to_string(repository::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The source of the API and of its chassis without their unit tests.
fn source() -> String {
    let walk =
        WalkBuilder::new(repository::root().join("component/src")).add(repository::root().join("chassis/src")).build();
    let entries = walk.map(Result::unwrap);
    let files = entries.map(ignore::DirEntry::into_path).filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let texts =
        files.filter(|path| !path.to_string_lossy().contains("tests")).map(|path| fs::read_to_string(path).unwrap());
    texts.map(|text| text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn every_metric_is_documented_with_its_labels() {
    let server = Server::start(Options::api()).await;
    let client = server.client();
    for path in [example::LIST, example::NONE, "/hello_world"] {
        client.get(path).send().await;
    }
    client.post(example::LIST, example::new()).send().await.assert_status(201, "an entry");
    server.anonymous().get(example::LIST).send().await.assert_status(401, "no key");
    let told = Exposition::parse(client.get("/metrics").send().await.assert_status(200, "metrics").text());
    // A family without a sample yet has its labels in the catalogue only.
    let mut labels: BTreeMap<String, Names> = told.types.keys().map(|name| (name.clone(), Names::new())).collect();
    for sample in &told.samples {
        let names = sample.labels.keys().filter(|label| *label != "le").cloned();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| sample.name.strip_suffix(suffix));
        let family = family.filter(|family| told.types.contains_key(*family)).unwrap_or(&sample.name);
        labels.get_mut(family).unwrap_or_else(|| panic!("no family {family}")).extend(names);
    }
    for (family, label, _) in catalogue() {
        labels.entry(format!("{family}_total")).or_default().insert(label);
    }
    let documented: BTreeMap<String, Names> = names(&read("docs/operations.md"), "metric")
        .iter()
        .map(|metric| {
            let (name, labels) = metric.trim_end_matches('}').split_once('{').unwrap_or((metric, ""));
            (name.to_owned(), labels.split(',').filter(|label| !label.is_empty()).map(str::to_owned).collect())
        })
        .collect();
    assert_eq!(documented, labels);
}

#[test]
fn every_value_of_a_label_is_documented() {
    let page = read("docs/operations.md");
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    let settings = manifest["variables"].as_table().unwrap();
    let mut values = BTreeMap::<String, Names>::new();
    for (family, _, value) in catalogue() {
        values.entry(format!("{family}_total")).or_default().insert(value);
    }
    assert!(values.len() > 4, "{values:?}");
    for row in rows(&page, "metric") {
        let name = quoted(&row[0]).next().unwrap().split('{').next().unwrap();
        let Some(values) = values.remove(name) else { continue };
        let told: Names = quoted(&row[1]).filter(|word| !settings.contains_key(*word)).map(str::to_owned).collect();
        assert_eq!(told, values, "{name}");
    }
    assert!(values.is_empty(), "not documented: {values:?}");
}

/// Family, label and value of each series that the catalogue lists.
fn catalogue() -> Vec<(String, String, String)> {
    let texts = ["chassis/src/metrics/catalogue.rs", "component/src/metrics.rs"].map(read);
    let code = texts.iter().map(|text| text.split("#[cfg(test)]").next().unwrap());
    let series = code.flat_map(|text| text.split("r#\"").skip(1)).map(|rest| rest.split("\"#").next().unwrap());
    let parse = |series: &str| {
        let (family, rest) = series.split_once('{')?;
        let (label, value) = rest.trim_end_matches("\"}").split_once("=\"")?;
        Some((family.to_owned(), label.to_owned(), value.to_owned()))
    };
    series.map(|series| parse(series).unwrap_or_else(|| panic!("no series of one label: {series}"))).collect()
}

/// The harness checks the log lines of every test for undocumented fields.
#[test]
fn every_documented_field_is_one_of_the_code() {
    let source = source();
    let gone: Vec<_> = log_fields().into_iter().filter(|field| !source.contains(&format!("\"{field}\""))).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

#[test]
fn every_problem_is_documented() {
    let source = source();
    let types: Names = source
        .split("::new(StatusCode::")
        .skip(1)
        .filter_map(|call| call.split('"').nth(1))
        .map(str::to_owned)
        .collect();
    let rows = rows(&read("docs/api.md"), "type");
    let documented: BTreeMap<&str, &str> =
        rows.iter().map(|row| (quoted(&row[0]).next().unwrap(), row[1].as_str())).collect();
    assert_eq!(documented.keys().map(|name| (*name).to_owned()).collect::<Names>(), types);
    let description: Value = serde_json::from_str(&read("openapi.json")).unwrap();
    let examples = description["components"]["examples"].as_object().unwrap();
    let mut compared = 0;
    for problem in examples.values().map(|example| &example["value"]) {
        if let Some(name) = problem["type"].as_str().and_then(|name| name.strip_prefix(PROBLEM_TYPE)) {
            assert_eq!(documented[name], problem["status"].to_string(), "{name}");
            compared += 1;
        }
    }
    assert!(compared > 15, "{compared}");
}
