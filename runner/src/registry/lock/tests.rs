use super::*;

/// The smallest component.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// Locks a manifest in a folder with `a.wasm`, an equal `b.wasm`, and `no.wasm`, which is not WebAssembly. Returns the
/// JSON, the number of layers, and the problems.
fn lock(rest: &str) -> (String, usize, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("a.wasm", COMPONENT), ("b.wasm", COMPONENT), ("no.wasm", b"(component)")] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let path = folder.path().join("spin.toml");
    std::fs::write(&path, format!("spin_manifest_version = 2\n{rest}")).unwrap();
    let mut problems = Vec::new();
    let manifest = Manifest::read(&path, None, &mut problems).unwrap();
    let (lock, layers) = LockedApp::new(&manifest, folder.path(), &mut problems);
    let text = serde_json::to_string(&lock).unwrap();
    (text, layers.len(), problems.iter().map(ToString::to_string).collect())
}

#[test]
fn everything_known_is_where_spin_has_it() {
    let (text, layers, problems) = lock(
        r#"
[application]
name = "app"
version = "1.0.0"
description = "text"
authors = ["someone"]
[application.trigger.http]
base = "/"
[variables]
b = { required = true, secret = true, description = "text" }
a = { default = "x" }
[[trigger.http]]
id = "all"
route = "/..."
component = "z"
executor = { type = "http" }
[component.z]
source = "a.wasm"
description = "text"
variables = { a = "{{ a }}" }
environment = { KEY = "value" }
sqlite_databases = ["default"]
key_value_stores = ["default"]
allowed_outbound_hosts = ["http://example.com"]
[component.z.build]
command = ["one", "two"]
workdir = "."
[component.y]
source = "b.wasm"
"#,
    );
    assert_eq!(problems, [""; 0]);
    assert_eq!(layers, 1, "the same file is one layer");
    // As Spin 4.0.1 writes it, including the order of members.
    let expected = concat!(
        r#"{"spin_lock_version":0,"metadata":{"authors":["someone"],"description":"text","name":"app","#,
        r#""trigger":{"base":"/","type":"http"},"triggers":{"http":{"base":"/"}},"version":"1.0.0"},"#,
        r#""variables":{"a":{"default":"x"},"b":{"description":"text","secret":true}},"#,
        r#""triggers":[{"id":"all","trigger_type":"http","trigger_config":"#,
        r#"{"component":"z","executor":{"type":"http"},"route":"/..."}}],"#,
        r#""components":[{"id":"z","metadata":{"allowed_outbound_hosts":["http://example.com"],"#,
        r#""build":{"command":["one","two"],"workdir":"."},"databases":["default"],"#,
        r#""description":"text","key_value_stores":["default"]},"source":{"content_type":"application/wasm","#,
        r#""inline":"AGFzbQ0AAQA","digest":"sha256:@"},"env":{"KEY":"value"},"config":{"a":"{{ a }}"}},"#,
        r#"{"id":"y","source":{"content_type":"application/wasm","inline":"AGFzbQ0AAQA","digest":"sha256:@"}}]}"#,
    );
    assert_eq!(without_digests(&text), expected);
}

#[test]
fn what_is_wrong_is_named() {
    let (_, _, problems) = lock(
        r#"
[application]
name = "app"
[variables]
both = { required = true, default = "x" }
[[trigger.http]]
route = "/..."
component = "a"
executor = { type = "wagi" }
[component.a]
source = "no.wasm"
allowed_outbound_hosts = ["http://other.spin.internal", "http://{{ both }}"]
[component.b_c]
source = "nowhere.wasm"
"#,
    );
    let all = problems.join("\n");
    assert_eq!(problems.len(), 6, "{all}");
    for part in ["`both`", "\"wagi\"", "no WebAssembly", "other.spin.internal", "`b_c`", "nowhere.wasm"] {
        assert!(all.contains(part), "{part} in {all}");
    }
}

#[test]
fn without_a_trigger_there_is_nothing_to_push() {
    let (_, _, problems) = lock("application = { name = \"app\" }\n");
    assert_eq!(problems, ["the manifest has no [[trigger.http]]"]);
}

/// Checks the form of every digest and replaces it by `@`.
fn without_digests(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let mut result = parts.next().unwrap().to_owned();
    for part in parts {
        let (digest, rest) = part.split_at(64);
        assert!(digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
        result = format!("{result}sha256:@{rest}");
    }
    result
}
