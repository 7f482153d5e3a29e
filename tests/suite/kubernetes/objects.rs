//! Kubernetes objects as values.

use serde_json::{Map, Value};

/// The objects of one rendering.
#[derive(Clone, Debug)]
pub(super) struct Objects(Vec<Value>);

impl Objects {
    /// Parses the documents of a YAML text, without empty ones.
    pub(super) fn parse(yaml: &str) -> Self {
        let documents: Vec<Value> = serde_saphyr::from_multiple(yaml).unwrap_or_else(|error| panic!("{error}"));
        Self(documents.into_iter().filter(|document| !document.is_null()).collect())
    }

    pub(super) fn all(&self) -> &[Value] {
        &self.0
    }

    pub(super) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |object| object["kind"] == kind)
    }

    pub(super) fn find(&self, kind: &str, name: &str) -> Option<&Value> {
        self.0.iter().find(|object| object["kind"] == kind && self::name(object) == name)
    }

    /// The application, of which there is one.
    pub(super) fn spin_app(&self) -> &Value {
        let apps: Vec<_> = self.of("SpinApp").collect();
        assert_eq!(apps.len(), 1, "SpinApps");
        apps[0]
    }

    /// The object of a kind and a name, for fixtures that change it.
    pub(super) fn get_mut(&mut self, kind: &str, name: &str) -> &mut Value {
        let found = self.0.iter_mut().find(|object| object["kind"] == kind && self::name(object) == name);
        found.unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    /// The settings (`ConfigMap`) or the secrets (`Secret`) of the application, to change them.
    pub(super) fn data_mut(&mut self, kind: &str) -> &mut Map<String, Value> {
        let found = self.0.iter_mut().find(|object| object["kind"] == kind && is_hashed(object));
        found.and_then(|object| object["data"].as_object_mut()).unwrap_or_else(|| panic!("no {kind} with data"))
    }

    pub(super) fn add(&mut self, object: Value) {
        self.0.push(object);
    }

    pub(super) fn remove(&mut self, kind: &str, name: &str) {
        self.0.retain(|object| object["kind"] != kind || self::name(object) != name);
    }
}

pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// Whether it is the application's own ConfigMap or Secret, whose name ends in a hash.
pub(super) fn is_hashed(object: &Value) -> bool {
    name(object).strip_prefix("mini-api-").is_some_and(|hash| hash.len() == 10 && !hash.contains('-'))
}

/// The text at a JSON pointer, or none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The items at a JSON pointer, or none.
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The fields at a JSON pointer, or none.
pub(super) fn fields<'a>(value: &'a Value, pointer: &str) -> Vec<(&'a str, &'a Value)> {
    let map: Option<&Map<String, Value>> = value.pointer(pointer).and_then(Value::as_object);
    map.into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect()
}

/// Whether a selector's `matchLabels` are all among the labels. An empty selector takes everything.
pub(super) fn selects(selector: &Value, labels: &[(String, String)]) -> bool {
    assert!(selector.get("matchExpressions").is_none(), "only matchLabels are supported: {selector}");
    fields(selector, "/matchLabels").iter().all(|(name, value)| {
        labels.iter().any(|(label, content)| label == name && Some(content.as_str()) == value.as_str())
    })
}

/// The bytes of a quantity of memory such as `64Mi`.
pub(super) fn bytes(quantity: &str) -> u64 {
    const UNITS: [(&str, u64); 3] = [("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30)];
    for (unit, size) in UNITS {
        if let Some(number) = quantity.strip_suffix(unit) {
            return number.parse::<u64>().unwrap() * size;
        }
    }
    quantity.parse().unwrap_or_else(|_| panic!("{quantity} is no quantity of memory"))
}

#[test]
fn documents_are_read_as_kubernetes_reads_them() {
    let objects = Objects::parse("kind: A\nmetadata: {name: a}\nn: 80\nt: \"80\"\nb: \"true\"\n---\n---\nkind: B\n");
    assert_eq!(objects.all().len(), 2);
    let a = objects.find("A", "a").unwrap();
    assert_eq!((a["n"].as_u64(), a["t"].as_str(), a["b"].as_str()), (Some(80), Some("80"), Some("true")));
}

#[test]
fn quantities_are_compared_by_bytes() {
    assert!(bytes("1Gi") > bytes("512Mi"));
    assert_eq!(bytes("64Ki"), bytes("65536"));
}
