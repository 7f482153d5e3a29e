//! Rules for `infra/terraform`. Each returns a message for every violation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use black_box::{internal, repository};
use serde_json::Value;

use super::tree::{Tree, entries};

const ENVIRONMENTS: [&str; 2] = ["staging", "production"];

/// The complaints of the checks that fail.
fn complaints(checks: impl IntoIterator<Item = (bool, String)>) -> Vec<String> {
    checks.into_iter().filter(|(is_kept, _)| !is_kept).map(|(_, complaint)| complaint).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(repository::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The documents of a YAML file of the repository.
fn manifests(path: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().into_iter().flat_map(|map| map.keys().map(String::as_str)).collect()
}

/// States are encrypted, locked, and separate.
pub(super) fn backends(tree: &Tree) -> Vec<String> {
    let mut states = BTreeSet::new();
    let checks = tree.roots().into_iter().map(|root| {
        let file = tree.parse(&format!("{root}/versions.tf"));
        let backend = &file["terraform"]["backend"]["s3"];
        let is_safe = backend["encrypt"] == true && backend["use_lockfile"] == true;
        let is_own = backend["key"].as_str().is_some_and(|key| states.insert(key.to_owned()));
        (is_safe && is_own, format!("{root}: {backend}"))
    });
    complaints(checks)
}

/// Each environment uses the Flux directory of its name, and Flux starts with existing files.
pub(super) fn clusters(tree: &Tree) -> Vec<String> {
    let flux = tree.text("modules/flux/main.tf");
    let (start, path) = ("k8s/flux/common/cluster.yaml", "./k8s/flux/clusters/${var.environment}");
    let kinds: Vec<_> = manifests(start).iter().map(|object| object["kind"].clone()).collect();
    let mut checks = vec![
        (flux.contains(&format!("/../../../../{start}\"")), format!("Flux does not begin with {start}")),
        (kinds == ["OCIRepository", "Kustomization"], format!("{start} has {kinds:?}")),
        (flux.contains(&format!("\"{path}\"")), format!("Flux does not use {path}")),
    ];
    for environment in ENVIRONMENTS {
        let file = tree.parse(&format!("env/{environment}/main.tf"));
        let name = file["module"]["environment"]["environment"].as_str().unwrap_or_default();
        let paths = format!("k8s/flux/clusters/{environment}/paths.yaml");
        let own = &manifests(&paths)[0]["spec"]["path"];
        let is_there = *own == path.replace("${var.environment}", name);
        checks.push((is_there, format!("env/{environment} is {name}, and {paths} says {own}")));
    }
    complaints(checks)
}

/// The task runs the image as the Dockerfile intends, and its health check requests an existing route.
pub(super) fn container(tree: &Tree) -> Vec<String> {
    let locals = &tree.parse("modules/fargate/settings.tf")["locals"];
    let variables = &tree.parse("modules/fargate/variables.tf")["variable"];
    let state = variables["state_directory"]["default"].as_str().unwrap_or_default();
    let service = tree.text("modules/fargate/service.tf");
    let routes: Value = serde_json::from_str(&read("openapi.json")).expect("a description");
    let load_balancer = tree.parse("modules/fargate/load_balancer.tf");
    let health = load_balancer["resource"]["aws_lb_target_group"]["this"]["health_check"]["path"].as_str();
    let mut checks = vec![
        (locals["port"] == 3000, format!("port {}", locals["port"])),
        (locals["user"] == "1001:1001", format!("user {}", locals["user"])),
        (service.contains("readonlyRootFilesystem = true"), "the root can be written to".into()),
        (service.contains("name = \"nofile\", softLimit = 65535"), "no limit of open files".into()),
        (health.is_some_and(|path| routes["paths"].get(path).is_some()), format!("no route {health:?}")),
    ];
    if let Ok(dockerfile) = fs::read_to_string(repository::root().join("Dockerfile")) {
        let names = |instruction: &str, value: &str| {
            let mut lines = dockerfile.lines().filter_map(|line| line.strip_prefix(instruction));
            lines.any(|rest| rest.split([' ', '"', '[', ']']).any(|word| word == value))
        };
        checks.push((names("EXPOSE ", "3000"), "the Dockerfile exposes another port than 3000".into()));
        checks.push((names("USER ", "1001:1001"), "the Dockerfile's user is not 1001".into()));
        // Without it the volume belongs to root, and the API can't write.
        checks.push((names("VOLUME ", state), format!("the Dockerfile has no volume {state}")));
    }
    complaints(checks)
}

/// Staging and production differ in their values only.
pub(super) fn environments(tree: &Tree) -> Vec<String> {
    let pair = |file: &str| ENVIRONMENTS.map(|environment| tree.parse(&format!("env/{environment}/{file}")));
    let same = |file: &str| {
        let [staging, production] = ENVIRONMENTS
            .map(|environment| tree.text(&format!("env/{environment}/{file}")).replace(environment, "ENVIRONMENT"));
        (staging == production, format!("{file} differs"))
    };
    let [staging, production] = pair("main.tf").map(|file| file["module"]["environment"].clone());
    let [small, large] = pair("terraform.tfvars");
    let variables = &tree.parse("env/staging/variables.tf")["variable"];
    let needed = variables.as_object().into_iter().flatten().filter(|(_, variable)| variable.get("default").is_none());
    let needed: BTreeSet<_> = needed.map(|(name, _)| name.as_str()).collect();
    complaints([
        same("variables.tf"),
        same("versions.tf"),
        same("outputs.tf"),
        (keys(&staging) == keys(&production), "main.tf gives other arguments".into()),
        (keys(&small) == needed, "staging's terraform.tfvars lacks a variable, or has another".into()),
        (keys(&large) == needed, "production's terraform.tfvars lacks a variable, or has another".into()),
    ])
}

/// The load balancer hides the same paths as every other gateway.
pub(super) fn exposure(tree: &Tree) -> Vec<String> {
    let rule = &tree.parse("modules/fargate/load_balancer.tf")["resource"]["aws_lb_listener_rule"]["internal"];
    let hidden: BTreeSet<_> = rule["condition"]["path_pattern"]["values"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let below = format!("{}/*", internal::PREFIX);
    let expected = internal::PATHS.into_iter().chain([internal::PREFIX, &below]).collect();
    let status = &rule["action"]["fixed_response"]["status_code"];
    complaints([
        (hidden == expected, format!("the load balancer hides {hidden:?}, not {expected:?}")),
        (*status == "404", format!("the load balancer answers {status}")),
    ])
}

/// Kubernetes is at least the version that docs/deploy.md requires.
pub(super) fn kubernetes(tree: &Tree) -> Vec<String> {
    let minor = |version: &str| version.strip_prefix("1.")?.parse::<u32>().ok();
    let guide = read("docs/deploy.md");
    let words: Vec<_> = guide.split_whitespace().collect();
    let needs = words.windows(2).filter(|pair| pair[0] == "Kubernetes").filter_map(|pair| minor(pair[1])).max();
    let needed = needs.expect("docs/deploy.md names a version of Kubernetes");
    let checks = ENVIRONMENTS.map(|environment| {
        let values = tree.parse(&format!("env/{environment}/terraform.tfvars"));
        let version = values["kubernetes_version"].as_str().and_then(minor);
        (version >= Some(needed), format!("{environment} has Kubernetes {version:?}, and needs 1.{needed}"))
    });
    complaints(checks)
}

/// The shim can be installed: the nodes have its label and a supported operating system.
pub(super) fn labels(tree: &Tree) -> Vec<String> {
    let shim = &manifests("k8s/platform/configs/managed/shim.yaml")[0]["spec"]["nodeSelector"];
    let cluster = tree.parse("modules/cluster/main.tf");
    let nodes = &cluster["module"]["eks"]["eks_managed_node_groups"]["spin"];
    let system = nodes["ami_type"].as_str().unwrap_or_default();
    complaints([
        (nodes["labels"] == *shim, format!("nodes have {}, and the shim looks for {shim}", nodes["labels"])),
        (system.starts_with("AL2023_"), format!("the shim's installer does not support {system}")),
    ])
}

/// The platform's objects have the names that the overlays use.
pub(super) fn names_of_the_platform(tree: &Tree) -> Vec<String> {
    let class = manifests("k8s/components/gateway/gateway.yaml")[0]["spec"]["gatewayClassName"].clone();
    let class = class.as_str().expect("a class");
    let monitor = &manifests("k8s/components/monitoring/pod-monitor.yaml")[0]["metadata"]["labels"]["release"];
    let prometheus = &tree.parse("modules/platform/monitoring.tf")["resource"]["helm_release"]["prometheus"];
    let gateway = tree.text("modules/platform/gateway.tf");
    complaints([
        (gateway.contains(&format!("metadata = {{ name = \"{class}\" }}")), format!("no GatewayClass {class}")),
        (prometheus["name"] == *monitor, format!("Prometheus is {}, not {monitor}", prometheus["name"])),
    ])
}

/// Resources read a password from its secret, so an apply after a failed one uses the same password.
pub(super) fn passwords(tree: &Tree) -> Vec<String> {
    let secrets = tree.parse("modules/fargate/secrets.tf");
    let made = &secrets["resource"]["aws_secretsmanager_secret_version"]["passwords"]["secret_string_wo"];
    let kept = &secrets["ephemeral"]["aws_secretsmanager_secret_version"]["this"];
    let version = "aws_secretsmanager_secret_version.passwords[each.key].version_id";
    let mut checks = vec![
        (*made == "${ephemeral.random_password.this[each.key].result}", format!("the secret is {made}")),
        (kept["version_id"] == format!("${{{version}}}"), format!("{} is read", kept["version_id"])),
    ];
    for (file, name, secret) in
        [("database", "password_wo", "pgpassword"), ("cache", "auth_token_wo", "redis_password")]
    {
        let parsed = tree.parse(&format!("modules/fargate/{file}.tf"));
        let used = entries(&parsed).into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let used = used.unwrap_or_default();
        let expected = format!("${{ephemeral.aws_secretsmanager_secret_version.this[\"{secret}\"].secret_string}}");
        checks.push((used == expected, format!("{file}: {name} is {used}")));
    }
    complaints(checks)
}

/// Versions are exact, and each provider has one version.
pub(super) fn pins(tree: &Tree) -> Vec<String> {
    let mut providers = BTreeMap::<String, BTreeSet<String>>::new();
    let mut checks = Vec::new();
    for file in tree.files().filter(|file| file.ends_with(".tf")) {
        let parsed = tree.parse(file);
        for (name, value) in entries(&parsed) {
            let (Some(source), version) = (value.get("source").and_then(Value::as_str), &value["version"]) else {
                continue;
            };
            let version = version.as_str().unwrap_or_default();
            let is_exact = !version.is_empty() && version.chars().all(|c| c.is_ascii_digit() || c == '.');
            if source.starts_with("hashicorp/") && !file.starts_with("modules/") {
                providers.entry(source.to_owned()).or_default().insert(version.to_owned());
                checks.push((is_exact, format!("{file}: {source} {version}")));
            } else if !source.starts_with('.') && !source.starts_with("hashicorp/") {
                checks.push((is_exact, format!("{file}: {name} is {source} {version}")));
            }
        }
    }
    assert!(providers.len() > 2, "{providers:?}");
    checks.extend(providers.iter().map(|(source, versions)| (versions.len() == 1, format!("{source}: {versions:?}"))));
    complaints(checks)
}

/// The documents name existing registries.
pub(super) fn registries(tree: &Tree) -> Vec<String> {
    let environment = tree.parse("modules/environment/main.tf");
    let name = environment["locals"]["name"].as_str().unwrap_or_default();
    let made = ENVIRONMENTS.map(|environment| name.replace("${var.environment}", environment));
    let is_it = environment["module"]["registry"]["name"] == "${local.name}";
    let mut checks = vec![(is_it, "the registry has another name".to_owned())];
    for document in ["docs/aws.md", "docs/releasing.md"] {
        let text = read(document);
        let named =
            text.split(".dkr.ecr.").skip(1).filter_map(|rest| rest.split_once(".amazonaws.com/")).map(|(_, path)| path);
        let named = named.map(|rest| rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next());
        let named = named.map(Option::unwrap_or_default);
        checks.extend(named.map(|name| (made.iter().any(|made| made == name), format!("{document}: no {name}"))));
    }
    assert!(checks.len() > 1, "no document names a registry");
    let policy = read("infra/terraform/modules/registry/main.tf");
    let expired = policy.split_once("tagPatternList = [\"*").and_then(|(_, rest)| rest.split_once("*\"]"));
    let expired = expired.map(|(pattern, _)| pattern).unwrap_or_default();
    let is_of_edge = !expired.is_empty() && read("hack/release/edge-version").contains(expired);
    checks.push((
        is_of_edge && !"0.1.0-wasi0.3".contains(expired),
        format!("*{expired}* is not the pattern of edge versions"),
    ));
    complaints(checks)
}

/// No file and no state contains a password.
pub(super) fn secrets(tree: &Tree) -> Vec<String> {
    const STORED: [&str; 6] = ["password", "auth_token", "secret_string", "access_key", "secret_key", "token"];
    let mut checks = Vec::new();
    for file in tree.files() {
        let parsed = tree.parse(file);
        let found = entries(&parsed).into_iter().filter(|(name, value)| STORED.contains(name) && !value.is_object());
        checks.extend(found.map(|(name, _)| (false, format!("{file}: {name} would be in the state"))));
        let has_key = tree.text(file).contains("AKIA") || tree.text(file).contains("PRIVATE KEY");
        checks.push((!has_key, format!("{file} has a key")));
    }
    complaints(checks)
}

/// Settings are variables of spin.toml, and those that are secret come from Secrets Manager.
pub(super) fn settings(tree: &Tree) -> Vec<String> {
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    let known = manifest["variables"].as_table().expect("variables");
    let is_secret = |name: &str| known.get(name)?.get("secret")?.as_bool();
    let locals = &tree.parse("modules/fargate/settings.tf")["locals"];
    let mut checks = Vec::new();
    for (name, value) in locals["settings"].as_object().into_iter().flatten() {
        let is_plain = known.contains_key(name) && is_secret(name) != Some(true);
        checks.push((is_plain, format!("{name} is a secret, or not in spin.toml")));
        checks.push((value.is_string(), format!("{name} is {value}, not a string")));
    }
    for (name, source) in locals["secrets"].as_object().into_iter().flatten() {
        let expected = format!("${{aws_secretsmanager_secret.this[\"{name}\"].arn}}");
        let is_kept = is_secret(name) == Some(true) && *source == expected;
        checks.push((is_kept, format!("{name} comes from {source}")));
    }
    assert!(keys(&locals["settings"]).len() > 10 && keys(&locals["secrets"]).len() == 3, "{locals}");
    complaints(checks)
}

/// Only named workflow runs may push.
pub(super) fn trust(tree: &Tree) -> Vec<String> {
    let pipeline = tree.parse("modules/pipeline/main.tf");
    let documents = &pipeline["data"]["aws_iam_policy_document"];
    let conditions = documents["trust"]["statement"]["condition"].as_array().cloned().unwrap_or_default();
    let exact = |claim: &str, value: &str| {
        conditions.iter().any(|condition| {
            condition["test"] == "StringEquals"
                && condition["variable"] == format!("token.actions.githubusercontent.com:{claim}")
                && condition["values"] == Value::from(vec![value])
        })
    };
    let mut checks = vec![
        (exact("aud", "sts.amazonaws.com"), "the audience is not checked".into()),
        (exact("sub", "repo:${var.github_repository}:${var.github_subject}"), "the subject is not exact".into()),
    ];
    for (environment, workflow) in [("staging", "edge"), ("production", "release")] {
        // The workflow's jobs with permissions run in the environment of its name.
        let is_run =
            read(&format!(".github/workflows/{workflow}.yaml")).contains(&format!("environment: {workflow}\n"));
        checks.push((is_run, format!("{workflow}.yaml runs in no environment {workflow}")));
        let found = &tree.parse(&format!("env/{environment}/main.tf"))["module"]["environment"]["github_subject"];
        checks.push((*found == format!("environment:{workflow}"), format!("{environment} is pushed to by {found}")));
    }
    complaints(checks)
}
