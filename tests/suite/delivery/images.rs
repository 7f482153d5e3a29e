//! The Dockerfile and the compose file: rules that linters do not check.

mod compose;
mod context;
mod healthcheck;
mod nginx;
mod stages;
mod update;

use std::fs;

use black_box::repository;
use serde_json::{Map, Value};

fn read(path: &str) -> String {
    fs::read_to_string(repository::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether an image is named by tag and digest.
fn is_pinned(image: &str) -> bool {
    let Some((name, digest)) = image.split_once("@sha256:") else { return false };
    let has_tag = name.rsplit('/').next().is_some_and(|last| last.contains(':') && !last.ends_with(":latest"));
    has_tag && digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[test]
fn pins_are_known() {
    let digest = "a".repeat(64);
    assert!(is_pinned(&format!("registry.example:5000/a/b:1.2@sha256:{digest}")));
    for image in ["a:1.2", "a:latest", &format!("a@sha256:{digest}"), &format!("r:5000/a@sha256:{digest}")] {
        assert!(!is_pinned(image), "{image}");
    }
    assert!(!is_pinned(&format!("a:latest@sha256:{digest}")));
    assert!(!is_pinned(&format!("a:1@sha256:{}", &digest[1..])));
}

#[test]
fn the_registry_beside_a_cluster_is_pinned() {
    let script = read("hack/k8s/up");
    let images: Vec<_> = script.split_whitespace().filter(|word| word.starts_with("registry:")).collect();
    assert_eq!(images.len(), 1, "{images:?}");
    assert!(is_pinned(images[0]), "{}", images[0]);
}

/// An instruction of a Dockerfile, on one line.
struct Instruction {
    name: String,
    arguments: String,
}

/// A stage of the Dockerfile: its name, its base image, and its other instructions.
struct Stage {
    name: String,
    image: String,
    instructions: Vec<Instruction>,
}

impl Stage {
    /// The arguments of all instructions of a name.
    fn all(&self, name: &str) -> Vec<&str> {
        let named = self.instructions.iter().filter(|instruction| instruction.name == name);
        named.map(|instruction| instruction.arguments.as_str()).collect()
    }
}

fn stages() -> Vec<Stage> {
    let text = read("Dockerfile");
    let lines: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let mut stages: Vec<Stage> = Vec::new();
    for line in lines.join("\n").replace("\\\n", " ").lines().filter(|line| !line.trim().is_empty()) {
        let (name, arguments) = line.split_once(' ').unwrap();
        let arguments = arguments.split_whitespace().collect::<Vec<_>>().join(" ");
        if name == "FROM" {
            let words: Vec<_> = arguments.split(' ').filter(|word| !word.starts_with("--")).collect();
            let [image, _, stage] = words[..] else { panic!("a stage without a name: {line}") };
            stages.push(Stage { name: stage.to_owned(), image: image.to_owned(), instructions: Vec::new() });
        } else {
            stages.last_mut().unwrap().instructions.push(Instruction { name: name.to_owned(), arguments });
        }
    }
    stages
}

fn stage(name: &str) -> Stage {
    stages().into_iter().find(|stage| stage.name == name).unwrap_or_else(|| panic!("no stage {name}"))
}

/// The services of the compose file, with their `<<` resolved.
fn services() -> Map<String, Value> {
    let compose: Value = serde_saphyr::from_str(&read("compose.yaml")).unwrap();
    let mut services = compose["services"].as_object().unwrap().clone();
    for service in services.values_mut() {
        let service = service.as_object_mut().unwrap();
        if let Some(Value::Object(shared)) = service.remove("<<") {
            for (name, value) in shared {
                service.entry(name).or_insert(value);
            }
        }
    }
    services
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str).collect()
}

/// The names in substitutions such as `${NAME}`, and whether they are required.
fn substitutions(text: &str) -> Vec<(&str, bool)> {
    let after = text.split("${").skip(1);
    after
        .map(|rest| {
            let inside = rest.split('}').next().unwrap();
            let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inside.len());
            (&inside[..end], inside[end..].starts_with(":?"))
        })
        .collect()
}
