//! Network policies match the hosts that Spin lets the component reach. Without a policy, a request hangs.

use black_box::repository;
use serde_json::{Value, json};

use super::super::objects::{Objects, fields, list, name, selects, text};
use super::generated::{is_of_application, labels};
use super::variables::value;
use super::{Fixture, Policy};

const DNS: u64 = 53;

pub(super) const POLICIES: &[Policy] = &[
    Policy {
        name: "the way out is what allowed_outbound_hosts names",
        broken: disagreement,
        fixtures: &[
            Fixture {
                change: |objects| objects.remove("NetworkPolicy", "mini-api-to-postgres"),
                says: "no way to mini-api-postgres-rw:5432",
            },
            Fixture {
                change: |objects| {
                    let policy = objects.get_mut("NetworkPolicy", "mini-api-to-redis");
                    policy["spec"]["egress"][0]["to"][0]["podSelector"]["matchLabels"] = json!({"app": "redis"});
                },
                says: "no way to mini-api-redis:6379",
            },
            Fixture { change: |objects| objects.remove("NetworkPolicy", "mini-api-to-dns"), says: "no way to DNS" },
            Fixture {
                change: |objects| {
                    let settings = objects.data_mut("ConfigMap");
                    settings.insert("JWT_JWKS_ORIGIN".to_owned(), json!("https://issuer.example"));
                },
                says: "no way to issuer.example:443",
            },
            Fixture {
                change: |objects| {
                    let policy = objects.get_mut("NetworkPolicy", "mini-api-to-redis");
                    policy["spec"]["egress"][0]["ports"][0]["port"] = json!(443);
                },
                says: "a way to port 443",
            },
        ],
    },
    Policy {
        name: "what the application reaches lets it in",
        broken: shut_doors,
        fixtures: &[Fixture {
            change: |objects| objects.remove("NetworkPolicy", "mini-api-redis"),
            says: "mini-api-redis:6379 blocks the application",
        }],
    },
    Policy {
        name: "nothing is open by default",
        broken: open_by_default,
        fixtures: &[
            Fixture {
                change: |objects| objects.remove("NetworkPolicy", "default-deny"),
                says: "no policy denies Ingress",
            },
            Fixture {
                change: |objects| {
                    objects.get_mut("NetworkPolicy", "default-deny")["spec"]["policyTypes"] = json!(["Ingress"]);
                },
                says: "no policy denies Egress",
            },
            Fixture {
                change: |objects| {
                    objects.get_mut("NetworkPolicy", "mini-api-from-gateway")["spec"]["ingress"] = json!([{}]);
                },
                says: "mini-api-from-gateway is open to all",
            },
        ],
    },
];

/// A host that the component reaches, and the labels of its pods if they are rendered too.
struct Destination {
    host: String,
    port: u64,
    pods: Option<Vec<(String, String)>>,
}

/// The hosts of `spin.toml`, with the application's values for their variables. Omits hosts of `.invalid`, and
/// PostgreSQL if the application does not use it.
fn destinations(objects: &Objects) -> Vec<Destination> {
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    let hosts = manifest["component"]["api"]["allowed_outbound_hosts"].as_array().unwrap();
    let mut destinations = Vec::new();
    for template in hosts.iter().filter_map(toml::Value::as_str) {
        let address = filled(objects, template);
        let (scheme, rest) = address.split_once("://").unwrap_or_else(|| panic!("no scheme: {address}"));
        if scheme == "postgres" && value(objects, "database") != "postgres" {
            continue;
        }
        let (host, port) =
            rest.split_once(':').map_or((rest, default_port(scheme)), |(host, port)| (host, port.parse().unwrap()));
        if !host.ends_with(".invalid") {
            destinations.push(Destination { host: host.to_owned(), port, pods: pods(objects, host) });
        }
    }
    destinations
}

fn filled(objects: &Objects, template: &str) -> String {
    let mut parts = template.split("{{ ");
    let mut address = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (variable, rest) = part.split_once(" }}").unwrap_or_else(|| panic!("no variable: {template}"));
        address += &value(objects, variable);
        address += rest;
    }
    address
}

fn default_port(scheme: &str) -> u64 {
    match scheme {
        "https" => 443,
        "http" => 80,
        "postgres" => 5432,
        "redis" | "rediss" => 6379,
        other => panic!("{other} has no known port"),
    }
}

/// The labels of the pods behind a name, if a Service or a database of this name is rendered.
fn pods(objects: &Objects, host: &str) -> Option<Vec<(String, String)>> {
    let service = host.split('.').next()?;
    if let Some(cluster) = service.strip_suffix("-rw").and_then(|cluster| objects.find("Cluster", cluster)) {
        return Some(vec![("cnpg.io/cluster".to_owned(), name(cluster).to_owned())]);
    }
    let selector = fields(objects.find("Service", service)?, "/spec/selector");
    Some(selector.into_iter().map(|(key, value)| (key.to_owned(), value.as_str().unwrap().to_owned())).collect())
}

fn disagreement(objects: &Objects) -> Vec<String> {
    let ways = ways_out(objects);
    let destinations = destinations(objects);
    let mut broken = Vec::new();
    if !ways.iter().any(|(port, _)| *port == DNS) {
        broken.push("no way to DNS".to_owned());
    }
    for destination in &destinations {
        let leads_there = |(port, peer): &(u64, &Value)| *port == destination.port && leads(peer, destination);
        if !ways.iter().any(leads_there) {
            broken.push(format!("no way to {}:{}", destination.host, destination.port));
        }
    }
    // This executor pulls the application from its registry by itself.
    let pulls = text(objects.spin_app(), "/spec/executor") == "spintainer";
    for (port, peer) in ways.iter().filter(|(port, _)| *port != DNS && !(pulls && *port == 443)) {
        let is_needed = |destination: &Destination| *port == destination.port && leads(peer, destination);
        // Every `ipBlock` leads to a host outside of the cluster, IPv4 as well as IPv6.
        if !destinations.iter().any(is_needed) {
            broken.push(format!("a way to port {port} that no allowed host needs"));
        }
    }
    broken
}

/// Ports and peers that the application's pods may reach.
fn ways_out(objects: &Objects) -> Vec<(u64, &Value)> {
    let policies = objects.of("NetworkPolicy").filter(|policy| is_of_application(policy, objects.spin_app()));
    let mut ways = Vec::new();
    for rule in policies.flat_map(|policy| list(policy, "/spec/egress")) {
        for port in list(rule, "/ports") {
            let number = port["port"].as_u64().unwrap_or_else(|| panic!("a port without a number: {rule}"));
            ways.extend(list(rule, "/to").iter().map(|peer| (number, peer)));
        }
    }
    ways
}

fn leads(peer: &Value, destination: &Destination) -> bool {
    match &destination.pods {
        Some(labels) => peer.get("podSelector").is_some_and(|selector| selects(selector, labels)),
        None => peer.get("ipBlock").is_some(),
    }
}

fn shut_doors(objects: &Objects) -> Vec<String> {
    let ours = labels(objects.spin_app());
    let mut broken = Vec::new();
    for destination in destinations(objects) {
        let Some(pods) = &destination.pods else { continue };
        let theirs = objects.of("NetworkPolicy").filter(|policy| selects(&policy["spec"]["podSelector"], pods));
        let mut rules = theirs.flat_map(|policy| list(policy, "/spec/ingress"));
        let is_open = rules.any(|rule| {
            let has_port = list(rule, "/ports").iter().any(|port| port["port"] == destination.port);
            has_port
                && list(rule, "/from")
                    .iter()
                    .any(|peer| peer.get("podSelector").is_some_and(|selector| selects(selector, &ours)))
        });
        if !is_open {
            broken.push(format!("{}:{} blocks the application", destination.host, destination.port));
        }
    }
    broken
}

fn open_by_default(objects: &Objects) -> Vec<String> {
    let mut broken = Vec::new();
    for direction in ["Ingress", "Egress"] {
        let denies = |policy: &&Value| {
            let spec = &policy["spec"];
            let is_for_all = spec["podSelector"] == json!({});
            let types = list(spec, "/policyTypes");
            is_for_all
                && types.contains(&json!(direction))
                && list(spec, "/ingress").is_empty()
                && list(spec, "/egress").is_empty()
        };
        if !objects.of("NetworkPolicy").any(|policy| denies(&policy)) {
            broken.push(format!("no policy denies {direction}"));
        }
    }
    for policy in objects.of("NetworkPolicy") {
        let is_open = |rule: &Value| list(rule, "/from").is_empty() || list(rule, "/ports").is_empty();
        if list(policy, "/spec/ingress").iter().any(is_open) {
            broken.push(format!("{} is open to all", name(policy)));
        }
    }
    broken
}
