//! The compose file.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use black_box::repository;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{is_pinned, read, services, stage, substitutions, texts};

#[test]
fn every_image_is_pinned_or_built_here() {
    for (name, service) in services() {
        match service["image"].as_str() {
            Some(image) => assert!(is_pinned(image), "{name}: {image}"),
            None => assert_eq!(service["build"]["target"], stage("production").name, "{name}"),
        }
    }
}

#[test]
fn every_service_is_hardened_bounded_and_watched() {
    for (name, service) in services() {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(service["security_opt"], json!(["no-new-privileges:true"]), "{name}");
        assert_eq!(service["restart"], "unless-stopped", "{name}");
        assert!(service["mem_limit"].is_string(), "{name}");
        assert_eq!(service["ulimits"], json!({"nofile": 65536}), "{name}");
        let environment = service["environment"].as_object().into_iter().flatten();
        let changed: Vec<_> = environment.filter(|(_, value)| !(value.is_string() || value.is_null())).collect();
        assert!(changed.is_empty(), "{name}: YAML does not read {changed:?} as strings");
        let is_built = service.get("build").is_some();
        assert!(is_built || service["healthcheck"]["test"].is_array(), "{name}");
        let user = service["user"].as_str().unwrap_or_default();
        assert!(is_built || (!user.is_empty() && !user.starts_with('0')), "{name} is root");
        for (other, condition) in service["depends_on"].as_object().into_iter().flatten() {
            assert_eq!(condition["condition"], "service_healthy", "{name} on {other}");
        }
    }
    assert!(!stage("production").all("HEALTHCHECK").is_empty());
}

#[test]
fn only_what_is_for_people_can_be_reached_and_only_from_here() {
    for (name, service) in services() {
        let networks = texts(&service["networks"]);
        let is_front = networks.contains(&"front");
        assert_eq!(is_front, ["nginx", "prometheus", "grafana", "jaeger"].contains(&name.as_str()), "{name}");
        assert_eq!(is_front, service.get("ports").is_some(), "{name}");
        assert!(texts(&service["ports"]).iter().all(|port| port.starts_with("127.0.0.1:")), "{name}");
    }
    let compose: Value = serde_saphyr::from_str(&read("compose.yaml")).unwrap();
    assert_eq!(compose["networks"]["back"]["internal"], true);
}

#[test]
fn there_are_three_replicas_each_with_a_state_of_its_own() {
    let services = services();
    let mut next = services["api-next"].clone();
    let profiles = next.as_object_mut().unwrap().remove("profiles");
    assert_eq!(profiles, Some(json!(["next"])), "it does not start by itself");
    let api = &services["api"];
    assert_eq!(api, &next);
    assert_eq!(api["deploy"]["replicas"], 3);
    assert_eq!(api.get("volumes"), None, "a volume would be shared");
    assert_eq!(texts(&api["tmpfs"]).len(), 1);
    assert!(texts(&api["tmpfs"])[0].starts_with("/state:size=64m,uid=1001,gid=1001"), "{api}");
}

#[test]
fn every_variable_is_one_of_the_application() {
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    let variables = manifest["variables"].as_table().unwrap();
    let services = services();
    let set = services["api"]["environment"].as_object().unwrap();
    for (name, value) in set.iter().filter(|(name, _)| !name.starts_with("OTEL_")) {
        let name = name.strip_prefix("SPIN_VARIABLE_").unwrap_or_else(|| panic!("{name}")).to_lowercase();
        let variable = variables.get(&name).unwrap_or_else(|| panic!("no variable {name}"));
        let is_secret = variable.get("secret").is_some();
        // Compose takes a variable without a value from the environment, if it is set there.
        let Some(value) = value.as_str() else { continue };
        assert_eq!(is_secret, substitutions(value).iter().any(|(_, required)| *required), "{name}: {value}");
    }
    assert_eq!(set["SPIN_VARIABLE_TRUSTED_PROXIES"], "1", "nginx");
    let postgres = &services["postgres"]["environment"];
    for (ours, theirs) in
        [("PGDATABASE", "POSTGRES_DB"), ("PGUSER", "POSTGRES_USER"), ("PGPASSWORD", "POSTGRES_PASSWORD")]
    {
        assert_eq!(set[&format!("SPIN_VARIABLE_{ours}")], postgres[theirs], "{ours}");
    }
}

#[test]
fn the_example_has_every_name_and_only_quotes() {
    let compose = read("compose.yaml");
    let used: BTreeSet<_> = substitutions(&compose).into_iter().map(|(name, _)| name).collect();
    let example = read(".env.example");
    let lines: Vec<_> = example.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let named: BTreeSet<_> =
        lines.iter().map(|line| line.strip_suffix("=''").unwrap_or_else(|| panic!("{line}"))).collect();
    assert_eq!(named, used);
    let required: BTreeSet<_> = substitutions(&compose).into_iter().filter(|(_, required)| *required).collect();
    assert_eq!(required.len(), 4, "as the example says: {required:?}");
}

/// `.env.example`, with this value for each required variable.
fn filled_in(value: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    let mut text = read(".env.example");
    for (name, _) in substitutions(&read("compose.yaml")).into_iter().filter(|(_, required)| *required) {
        text = text.replace(&format!("\n{name}=''"), &format!("\n{name}={value}"));
    }
    fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn a_value_that_compose_would_change_is_named() {
    let check = |value: &str| {
        let script = repository::root().join("hack/check/env");
        let output = Command::new(script).arg(filled_in(value).path()).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    for kept in ["'a$b #c'", "'a' # why", "a#b", "\"a #b\"", "''"] {
        assert_eq!(check(kept), (true, String::new()), "{kept}");
    }
    for changed in ["a$b", "a #c", "\"a$b\"", "a$$b"] {
        let (passed, said) = check(changed);
        assert!(
            !passed && said.contains("API_KEY POSTGRES_PASSWORD REDIS_PASSWORD GRAFANA_PASSWORD"),
            "{changed}: {said}"
        );
    }
}

/// Compose is a plugin of Docker's client. The test needs no engine.
#[test]
fn compose_takes_the_file_and_each_value_as_it_is() {
    const VALUE: &str = "a$b #c";
    let has_client = Command::new("docker").args(["compose", "version"]).output();
    if !has_client.is_ok_and(|output| output.status.success()) {
        eprintln!("not run: there is no `docker compose` here");
        return;
    }
    let file = filled_in(&format!("'{VALUE}'"));
    let mut docker = Command::new("docker");
    docker.args(["compose", "--env-file"]).arg(file.path()).args(["--profile", "*", "config", "--format", "json"]);
    let output = docker.current_dir(repository::root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let config: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (service, name) in [
        ("api", "SPIN_VARIABLE_API_KEY"),
        ("api", "SPIN_VARIABLE_PGPASSWORD"),
        ("postgres", "POSTGRES_PASSWORD"),
        ("redis", "REDISCLI_AUTH"),
        ("grafana", "GF_SECURITY_ADMIN_PASSWORD"),
    ] {
        // Compose prints `$` as `$$`, so that its output is valid input.
        let value = config["services"][service]["environment"][name].as_str().unwrap();
        assert_eq!(value.replace("$$", "$"), VALUE, "{service}: {name}");
    }
    assert_eq!(config["services"]["api"]["environment"], config["services"]["api-next"]["environment"]);
}

#[test]
fn git_ignores_every_file_with_passwords() {
    let is_ignored = |file: &str| {
        let mut git = Command::new("git");
        // `--no-index`: a file that is tracked counts too.
        git.args(["check-ignore", "--quiet", "--no-index", file]).current_dir(repository::root());
        git.status().unwrap().success()
    };
    for file in [".env", ".env.local", ".env.production", "k8s/overlays/development/secrets.env"] {
        assert!(is_ignored(file), "{file}");
    }
    assert!(!is_ignored(".env.example"));
}

#[test]
fn what_is_mounted_is_there_and_cannot_be_written() {
    for (name, service) in services() {
        for volume in texts(&service["volumes"]).into_iter().filter(|volume| volume.starts_with("./")) {
            let [source, _, mode] = volume.split(':').collect::<Vec<_>>()[..] else { panic!("{name}: {volume}") };
            assert!(repository::root().join(source).exists(), "{name}: {source}");
            assert_eq!(mode, "ro", "{name}: {volume}");
        }
    }
}

#[test]
fn prometheus_and_grafana_have_the_rules_and_the_dashboard_of_observability() {
    let services = services();
    let prometheus = &services["prometheus"];
    assert!(texts(&prometheus["volumes"]).contains(&"./observability/prometheus:/etc/prometheus:ro"));
    assert!(texts(&prometheus["command"]).contains(&"--config.file=/etc/prometheus/compose.yml"));
    let parse = |path: &str| serde_saphyr::from_str::<Value>(&read(path)).unwrap();
    let (ours, local) =
        (parse("observability/prometheus/compose.yml"), parse("observability/prometheus/prometheus.yml"));
    for field in ["global", "rule_files"] {
        assert_eq!(ours[field], local[field], "{field}");
    }
    let (job, port) = (&ours["scrape_configs"][0], stage("production").all("EXPOSE")[0].to_owned());
    assert_eq!(job["job_name"], local["scrape_configs"][0]["job_name"]);
    assert_eq!(job["dns_sd_configs"][0]["names"], json!(["api"]), "each replica, and not nginx");
    assert_eq!(job["dns_sd_configs"][0]["port"].to_string(), port);

    let mounts = texts(&services["grafana"]["volumes"]);
    let dashboard = mounts.iter().find(|mount| mount.starts_with("./observability/grafana/dashboard.json:"));
    let dashboard = dashboard.and_then(|mount| mount.split(':').nth(1)).unwrap();
    assert!(mounts.contains(&"./observability/grafana/provisioning:/etc/grafana/provisioning:ro"));
    let provider = parse("observability/grafana/provisioning/dashboards/mini-api.yaml");
    let directory = provider["providers"][0]["options"]["path"].as_str().unwrap();
    assert_eq!(dashboard.rsplit_once('/').unwrap().0, directory);
    let source = parse("observability/grafana/provisioning/datasources/prometheus.yaml");
    assert_eq!(source["datasources"][0]["url"], "http://prometheus:9090");
}

#[test]
fn jaeger_receives_the_traces_and_stores_no_secrets() {
    let services = services();
    let jaeger = &services["jaeger"];
    assert_eq!(jaeger["profiles"], json!(["observability"]));
    assert_eq!(texts(&jaeger["volumes"]), ["./observability/jaeger.yaml:/etc/jaeger/jaeger.yaml:ro"]);
    assert_eq!(texts(&jaeger["command"]), ["--config=/etc/jaeger/jaeger.yaml"]);

    let config: Value = serde_saphyr::from_str(&read("observability/jaeger.yaml")).unwrap();
    let port = |path: &str| {
        let endpoint = config.pointer(path).and_then(|value| value["endpoint"].as_str());
        endpoint.and_then(|endpoint| endpoint.rsplit(':').next()).unwrap_or_else(|| panic!("{path}")).to_owned()
    };
    let interface = port("/extensions/jaeger_query/http");
    assert_eq!(texts(&jaeger["ports"]), [format!("127.0.0.1:${{JAEGER_PORT:-{interface}}}:{interface}")]);
    let check = format!("http://127.0.0.1:{}/status", port("/extensions/healthcheckv2/http"));
    assert_eq!(texts(&jaeger["healthcheck"]["test"]).last(), Some(&check.as_str()));

    let endpoint = format!("http://jaeger:{}/v1/traces", port("/receivers/otlp/protocols/http"));
    for file in [".env.example", "docs/containers.md"] {
        assert!(read(file).contains(&endpoint), "{file} has no {endpoint}");
    }
    let api = &services["api"]["environment"]["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
    assert_eq!(api, "${OTEL_EXPORTER_OTLP_TRACES_ENDPOINT:-}", "no traces by default");

    assert_eq!(config["service"]["pipelines"]["traces"]["processors"][0], "attributes/scrub");
    let actions = config["processors"]["attributes/scrub"]["actions"].as_array().unwrap();
    for key in ["url.query", "arguments"] {
        assert!(actions.contains(&json!({"key": key, "action": "delete"})), "{key}");
    }
}
