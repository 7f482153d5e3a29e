//! Values that YAML reads as a number, a boolean or null where Kubernetes wants a string.

use std::collections::BTreeSet;
use std::io::Write;

use black_box::repository;
use rstest::rstest;
use serde_json::{Map, Value, json};

use super::super::objects::{Objects, name, text};
use super::{helm, release, template};

/// A string of the schema, a harmless value for it, and one that YAML reads as another type without quotes.
const ODD: [(&str, &str, &str); 23] = [
    ("/acme/server", "https://issuer.example", "https://1.2"),
    ("/executor", "plain", "1e3"),
    ("/fullnameOverride", "plain", "on"),
    ("/gateway/className", "plain", "0x1f"),
    ("/host", "plain", "1e3"),
    ("/image/digest", "", ""),
    ("/image/repository", "plain", "1e3"),
    ("/image/tag", "plain", "2024"),
    ("/imagePullSecrets/0/name", "plain", "2024"),
    ("/ingress/className", "plain", "1e3"),
    ("/instanceMemory", "64Mi", "67108864"),
    ("/keda/prometheus", "http://prometheus", "http://1.2"),
    ("/monitoring/labels/release", "plain", "null"),
    ("/networkPolicies/gatewayNamespaces/0", "plain", "2024"),
    ("/networkPolicies/prometheusNamespace", "plain", "1e3"),
    ("/postgres/backupSchedule", "plain", "~"),
    ("/postgres/image", "plain", "2024-01-01"),
    ("/postgres/storage", "1Gi", "1000000"),
    ("/postgres/walStorage", "1Gi", "1000000"),
    ("/redis/image", "plain", "off"),
    ("/secret/existing", "plain", "2024"),
    ("/settings/LOG_LEVEL", "plain", "off"),
    ("/test/image", "plain", "1.5"),
];

/// Quantities and settings of their own kind, and what Helm itself takes.
const ELSEWHERE: [&str; 4] = ["/resources", "/postgres/resources", "/secret/data", "/disruptionBudget"];

/// Helm prints this number and larger ones with an exponent, as `1e+06`.
const FIRST_EXPONENT: u64 = 1_000_000;

#[rstest]
#[case::a_boolean(r#"{"METRICS": false}"#)]
#[case::a_number(r#"{"RATE_LIMIT": 1000000}"#)]
#[case::a_number_that_would_lose_digits(r#"{"JWT_AUDIENCE": 123456789012345678}"#)]
fn a_setting_that_is_no_string_is_refused(#[case] settings: &str) {
    let output = helm(&[&format!("--set-json=settings={settings}")]);
    let said = String::from_utf8_lossy(&output.stderr);
    let setting = settings.split('"').nth(1).unwrap();
    assert!(!output.status.success() && said.contains(setting) && said.contains("quote it"), "{said}");
}

#[rstest]
#[case("METRICS", "off")]
#[case("SEED_DEMO_DATA", "false")]
#[case("TRUSTED_PROXIES", "1")]
#[case("JWT_AUDIENCE", "123456789012345678")]
#[case("RATE_LIMIT", "1000000")]
#[case("JWT_AUDIENCE", "  a: 'b' # \"c\"\\d")]
fn a_setting_arrives_as_it_is_given(#[case] setting: &str, #[case] value: &str) {
    let objects = template(&[&format!("--set-json=settings={}", json!({setting: value}))]);
    assert_eq!(objects.of("ConfigMap").next().unwrap()["data"][setting], value);
}

#[test]
fn what_is_a_string_stays_one() {
    let values = |pick: fn(&(&'static str, &'static str, &'static str)) -> &'static str| {
        let mut values = all_enabled();
        ODD.iter().for_each(|row| set(&mut values, row.0, pick(row)));
        values
    };
    let plain = rendered("plain", "plain", &values(|row| row.1));
    let odd = rendered("2024", "2024", &values(|row| row.2));
    assert_eq!(plain.all().len(), odd.all().len());
    let mut changed = Vec::new();
    for (plain, odd) in plain.all().iter().zip(odd.all()) {
        let kind = format!("{}/{}", text(plain, "/kind"), name(plain));
        compare(&kind, plain, odd, &mut changed);
    }
    assert!(changed.is_empty(), "{changed:#?}");
}

#[test]
fn every_string_and_every_number_of_the_schema_is_covered() {
    let schema = std::fs::read(repository::root().join("charts/mini-api/values.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let (mut strings, mut unbounded) = (BTreeSet::new(), Vec::new());
    leaves("", &schema, &mut strings, &mut unbounded);
    assert!(unbounded.is_empty(), "numbers from {FIRST_EXPONENT} on are printed with an exponent: {unbounded:?}");
    strings.retain(|pointer| !ELSEWHERE.iter().any(|other| pointer.starts_with(other)));
    let tried = |pointer: &str| {
        ODD.iter()
            .any(|(odd, _, _)| *odd == pointer || odd.rsplit_once('/').is_some_and(|(parent, _)| parent == pointer))
    };
    let forgotten: Vec<_> = strings.iter().filter(|pointer| !tried(pointer)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

#[rstest]
#[case("2024")]
#[case("1e3")]
#[case("a.b")]
fn a_release_whose_name_no_service_can_have_is_refused(#[case] release: &str) {
    let output = super::release(release, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("set fullnameOverride"), "{said}");
    let output = super::release(release, &["--set=fullnameOverride=mini-api"]);
    let objects = Objects::parse(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(text(objects.spin_app(), "/metadata/labels/app.kubernetes.io~1instance"), release);
}

/// Values that enable everything that can be enabled at the same time.
fn all_enabled() -> Value {
    let parts = ["gateway", "graceful", "ingress", "keda", "monitoring", "postgres", "redis", "spintainer"];
    let mut values: Map<_, _> = parts.map(|part| (part.to_owned(), json!({"enabled": true}))).into_iter().collect();
    values.insert("networkPolicies".to_owned(), json!({"issuer": true}));
    Value::Object(values)
}

/// Sets a value, and creates the objects and lists on the way to it.
fn set(values: &mut Value, pointer: &str, text: &str) {
    let mut at = values;
    for key in pointer.split('/').skip(1) {
        at = if key == "0" {
            if at.is_null() {
                *at = json!([null]);
            }
            &mut at[0]
        } else {
            &mut at[key]
        };
    }
    *at = json!(text);
}

fn rendered(name: &str, namespace: &str, values: &Value) -> Objects {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(values.to_string().as_bytes()).unwrap();
    let namespace = format!("--namespace={namespace}");
    let output = release(name, &[&namespace, "--values", file.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Objects::parse(&String::from_utf8(output.stdout).unwrap())
}

/// Finds strings of one rendering that have another type in the other.
fn compare(at: &str, plain: &Value, odd: &Value, changed: &mut Vec<String>) {
    match (plain, odd) {
        (Value::Object(plain), Value::Object(odd)) => {
            for (key, value) in plain {
                compare(&format!("{at}/{key}"), value, odd.get(key).unwrap_or(&Value::Null), changed);
            }
        }
        (Value::Array(plain), Value::Array(odd)) => {
            for (index, value) in plain.iter().enumerate() {
                compare(&format!("{at}/{index}"), value, odd.get(index).unwrap_or(&Value::Null), changed);
            }
        }
        (Value::String(_), odd) if !odd.is_string() => changed.push(format!("{at}: {odd}")),
        _ => {}
    }
}

/// Collects a schema's strings, and its numbers that Helm may print with an exponent.
fn leaves(at: &str, schema: &Value, strings: &mut BTreeSet<String>, unbounded: &mut Vec<String>) {
    let is =
        |kind: &str| schema["type"] == kind || schema["type"].as_array().is_some_and(|all| all.contains(&json!(kind)));
    if is("string") || schema.get("anyOf").is_some() {
        strings.insert(at.to_owned());
    }
    if is("integer") && schema["maximum"].as_u64().is_none_or(|most| most >= FIRST_EXPONENT) {
        unbounded.push(at.to_owned());
    }
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        leaves(&format!("{at}/{key}"), inner, strings, unbounded);
    }
    if schema["items"].is_object() {
        leaves(&format!("{at}/0"), &schema["items"], strings, unbounded);
    }
    if schema["additionalProperties"].is_object() {
        leaves(at, &schema["additionalProperties"], strings, unbounded);
    }
}
