//! Names of variables, which Kubernetes must not overwrite, and the hosts that the component may reach.

use black_box::repository;

const TAKEN: [&str; 7] = ["path", "home", "hostname", "user", "shell", "pwd", "term"];

#[test]
fn no_variable_is_named_as_kubernetes_names_a_service() {
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    let variables = manifest["variables"].as_table().expect("variables");
    assert!(!variables.is_empty());
    for name in variables.keys() {
        assert!(!is_taken(name), "{name}");
    }
}

#[test]
fn the_component_reaches_what_its_variables_name_and_nothing_else() {
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    let hosts = manifest["component"]["api"]["allowed_outbound_hosts"].as_array().expect("a list");
    let hosts: Vec<_> = hosts.iter().filter_map(toml::Value::as_str).collect();
    assert_eq!(hosts, ["postgres://{{ pghost }}:{{ pgport }}", "{{ redis_address }}", "{{ jwt_jwks_origin }}"]);
}

#[test]
fn the_documentation_reaches_nothing_and_is_given_no_secret() {
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    let component = &manifest["component"]["docs-ui"];
    assert_eq!(component["allowed_outbound_hosts"].as_array().map(Vec::len), Some(0));
    let variables = manifest["variables"].as_table().expect("variables");
    let secrets = variables.iter().filter(|(_, variable)| variable.get("secret").is_some()).map(|(name, _)| name);
    let given = component["variables"]["settings"].as_str().expect("a text");
    assert!(given.contains("{{ log_level }}"), "{given}");
    for secret in secrets {
        assert!(!given.contains(secret), "{secret}");
    }
}

/// Whether a container's environment may hold the name in upper case: `<SERVICE>_PORT`,
/// `<SERVICE>_PORT_80_TCP_ADDR`, `<SERVICE>_SERVICE_HOST`, `<SERVICE>_SERVICE_PORT` of each service,
/// and what a shell or a container sets.
fn is_taken(name: &str) -> bool {
    let is_link =
        name.contains("_port_") || ["_port", "_service_host", "_service_port"].iter().any(|end| name.ends_with(end));
    is_link || TAKEN.contains(&name)
}

#[test]
fn taken_names_are_known() {
    for name in ["db_port", "db_port_5432_tcp", "db_service_host", "db_service_port", "db_service_port_http", "home"] {
        assert!(is_taken(name), "{name}");
    }
    for name in ["pgport", "pghost", "app_hostname", "port", "api_key", "support", "user_limit"] {
        assert!(!is_taken(name), "{name}");
    }
}
