use std::collections::HashMap;
use std::fs;

use clap::Parser as _;
use tempfile::TempDir;

use super::*;
use crate::cli::{Cli, Command};

const MANIFEST: &str = r#"
spin_manifest_version = 2
[application]
name = "app"
version = "1.2.3"
[variables]
host = { default = "db" }
port = { required = true }
[[trigger.http]]
route = "/..."
component = "api"
[component.api]
source = "api.wasm"
variables = { address = "{{ host }}:{{ port }}" }
environment = { A = "manifest", B = "manifest" }
sqlite_databases = ["default"]
allowed_outbound_hosts = ["postgres://{{ host }}:{{ port }}"]
"#;

/// Creates a folder with `spin.toml` and an empty `api.wasm`.
fn folder(manifest: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("spin.toml"), manifest).unwrap();
    fs::write(folder.path().join("api.wasm"), "").unwrap();
    folder
}

fn load(folder: &TempDir, arguments: &[&str]) -> Result<App, Vec<String>> {
    let from = folder.path().to_str().unwrap();
    let all = ["runner", "up", "--from", from].into_iter().chain(arguments.iter().copied());
    let Command::Up(options) = Cli::parse_from(all).command else { panic!("`up` was given") };
    let environment = HashMap::from([("SPIN_VARIABLE_PORT".to_owned(), "5432".into())]);
    let environment = Environment::new(environment, Path::new("no such file"));
    App::load(&options, &environment).map_err(|problems| problems.0.iter().map(ToString::to_string).collect())
}

#[test]
fn templates_environment_and_database_are_resolved() {
    let folder = folder(MANIFEST);
    let app = load(&folder, &["--env", "B=argument"]).unwrap();
    let api = &app.components["api"];
    assert_eq!((app.name.as_str(), app.version.as_deref()), ("app", Some("1.2.3")));
    assert_eq!(api.variables["address"], "db:5432");
    assert_eq!(api.environment["A"], "manifest");
    assert_eq!(api.environment["B"], "argument");
    assert!(api.allowed_hosts.check("postgres://db:5432", "postgres").is_ok());
    assert!(api.allowed_hosts.check("postgres://db:5433", "postgres").is_err());
    let database = api.databases["default"].path().unwrap();
    assert_eq!(database, folder.path().join(".spin/sqlite_db.db"));
    assert!(folder.path().join(".spin").is_dir());
}

#[test]
fn the_state_folder_has_an_order_and_may_be_none() {
    let folder = folder(MANIFEST);
    let config = folder.path().join("runtime-config.toml");
    let other = folder.path().join("other");
    fs::write(&config, format!("state_dir = {other:?}")).unwrap();
    let config = ["--runtime-config-file", config.to_str().unwrap()];
    let path = |arguments: &[&str]| {
        let app = load(&folder, arguments).unwrap();
        app.components["api"].databases["default"].path().map(Path::to_owned)
    };
    assert_eq!(path(&config).unwrap(), other.join("sqlite_db.db"));
    let argument = folder.path().join("argument");
    let with_argument = [&config[..], &["--state-dir", argument.to_str().unwrap()]].concat();
    assert_eq!(path(&with_argument).unwrap(), argument.join("sqlite_db.db"));
    assert_eq!(path(&["--state-dir", ""]), None);
}

#[test]
fn stores_lie_in_the_state_folder_or_where_the_configuration_says() {
    let folder = folder(&MANIFEST.replace("sqlite_databases = [", "key_value_stores = [\"cache\", \"memory\", "));
    let config_folder = folder.path().join("config");
    fs::create_dir(&config_folder).unwrap();
    let config = config_folder.join("runtime-config.toml");
    let text = "[key_value_store.cache]\ntype = \"spin\"\npath = \"stores/cache.db\"\n\
                [key_value_store.memory]\ntype = \"spin\"\n";
    fs::write(&config, text).unwrap();
    let config = ["--runtime-config-file", config.to_str().unwrap()];
    let path = |app: &App, label: &str| app.components["api"].stores[label].path().map(Path::to_owned);

    let app = load(&folder, &config).unwrap();
    assert_eq!(path(&app, "default").unwrap(), folder.path().join(".spin/sqlite_key_value.db"));
    assert_eq!(path(&app, "cache").unwrap(), config_folder.join("stores/cache.db"));
    assert!(config_folder.join("stores").is_dir());
    assert_eq!(path(&app, "memory"), None);
    let app = load(&folder, &[&config[..], &["--state-dir", ""]].concat()).unwrap();
    assert_eq!(path(&app, "default"), None);

    let problems = load(&folder, &[]).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("the key-value store `cache`"), "{problems:?}");
}

#[test]
fn all_problems_are_listed_at_once() {
    let manifest = r#"
spin_manifest_version = 2
surplus = 1
[application]
name = "app"
[variables]
first = { required = true }
second = { required = true }
[[trigger.http]]
route = "/..."
component = "api"
[[trigger.http]]
route = "/other"
component = "nobody"
[component.api]
source = "missing.wasm"
files = []
variables = { a = "{{ unknown }}", b = "{{ first }}" }
sqlite_databases = ["default", "reports"]
key_value_stores = ["default", "cache"]
allowed_outbound_hosts = ["example.com", "http://{{ first }}"]
"#;
    let problems = load(&folder(manifest), &[]).unwrap_err();
    let all = problems.join("\n");
    for part in [
        "`surplus`",
        "`component.api.files`",
        "`first` is required",
        "`second` is required",
        "`component.api.variables.a`",
        "`unknown`",
        "the database `reports`",
        "the key-value store `cache`",
        "\"example.com\"",
        "`nobody`",
        "missing.wasm",
    ] {
        assert!(all.contains(part), "{part} in {all}");
    }
    assert_eq!(problems.len(), 10, "{all}");
}

#[test]
fn an_allowed_host_is_refused_at_the_start_only_for_what_the_manifest_says() {
    for (entry, value, is_refused) in [
        ("postgres://{{ host }}:{{ port }}", "s3cret", false),
        ("{{ host }}:{{ port }}", "s3cret", false),
        ("{{ host }}:5432", "postgres://s3cret", true),
        ("postgres://{{ host }}:no-port", "s3cret", true),
        ("no-address", "s3cret", true),
        ("http://{{ host }}", "s3cret.spin.internal", true),
    ] {
        let manifest = MANIFEST.replace("postgres://{{ host }}:{{ port }}", entry);
        let loaded = load(&folder(&manifest), &["--variable", &format!("host={value}")]);
        let problems = loaded.map_or_else(|problems| problems, |_| Vec::new());
        assert_eq!(problems.len(), usize::from(is_refused), "{entry}: {problems:?}");
        let text = problems.concat();
        assert_eq!(text.contains(entry), is_refused, "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[test]
fn a_value_that_makes_an_allowed_host_invalid_keeps_the_component_from_connecting() {
    let arguments = ["--variable", "port=s3cret"];
    let app = load(&folder(MANIFEST), &arguments).unwrap();
    let refusal = app.components["api"].allowed_hosts.check("postgres://db", "postgres").unwrap_err();
    assert!(refusal.to_string().contains("the port must be"), "{refusal}");
    assert!(!refusal.to_string().contains("s3cret"), "{refusal}");
}

#[test]
fn other_executors_and_double_routes_are_refused() {
    for (change, part) in [
        ("executor = { type = \"wagi\" }", "\"wagi\""),
        ("[[trigger.http]]\nroute = \"/...\"\ncomponent = \"api\"", "route \"/...\""),
    ] {
        let routes = "component = \"api\"\n";
        let manifest = MANIFEST.replacen(routes, &format!("{routes}{change}\n"), 1);
        let problems = load(&folder(&manifest), &[]).unwrap_err();
        assert!(problems[0].contains(part), "{problems:?}");
    }
}
