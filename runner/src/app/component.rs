//! One component of the application, with everything that its manifest refers to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::manifest::{Component, names};
use crate::outbound::{AllowedHosts, HostPattern, HostPatternError};
use crate::problem::Problem;
use crate::spin::key_value::Storage;
use crate::spin::postgres::Servers;
use crate::spin::sqlite::Database;
use crate::variables::{Template, TemplateError, Values};

/// What the components of an application share. Databases and stores are keyed by label.
pub(super) struct Shared {
    pub(super) defaults: Values,
    pub(super) values: Values,
    pub(super) databases: BTreeMap<String, Database>,
    pub(super) stores: BTreeMap<String, Storage>,
}

#[derive(Debug)]
pub(crate) struct AppComponent {
    pub(crate) id: String,
    pub(crate) description: String,
    pub(crate) source: PathBuf,
    pub(crate) environment: BTreeMap<String, String>,
    /// The component's own variables, not the application's.
    pub(crate) variables: Arc<BTreeMap<String, String>>,
    /// By label, as are the stores.
    pub(crate) databases: Arc<BTreeMap<String, Database>>,
    pub(crate) stores: Arc<BTreeMap<String, Storage>>,
    pub(crate) allowed_hosts: Arc<AllowedHosts>,
    /// Holds the connection pools, which all instances share.
    pub(crate) postgres_servers: Arc<Servers>,
}

impl AppComponent {
    /// Resolves what the manifest in `folder` refers to, and adds every problem to `problems`.
    pub(super) fn check(
        id: String,
        manifest: Component,
        folder: &Path,
        shared: &Shared,
        problems: &mut Vec<Problem>,
    ) -> Self {
        check_id(&id, problems);
        let source = folder.join(&manifest.source);
        if !source.is_file() {
            problems.push(Problem::NoSource { component: id.clone(), file: source.clone() });
        }
        let allowed_hosts = allowed_hosts(&id, &manifest.allowed_outbound_hosts, shared, problems);
        let allowed_hosts = Arc::new(allowed_hosts);
        Self {
            variables: Arc::new(variables(&id, &manifest.variables, &shared.values, problems)),
            databases: Arc::new(databases(&id, &manifest.sqlite_databases, shared, problems)),
            stores: Arc::new(stores(&id, &manifest.key_value_stores, shared, problems)),
            postgres_servers: Arc::new(Servers::new(&id, allowed_hosts.clone())),
            allowed_hosts,
            description: manifest.description,
            environment: manifest.environment,
            source,
            id,
        }
    }
}

fn check_id(id: &str, problems: &mut Vec<Problem>) {
    if let Err(reason) = names::check_kebab(id) {
        problems.push(Problem::InvalidName { what: "component id", name: id.to_owned(), reason });
    }
}

fn databases(id: &str, labels: &[String], shared: &Shared, problems: &mut Vec<Problem>) -> BTreeMap<String, Database> {
    let databases = pick(id, "database", labels, &shared.databases, problems);
    for database in databases.values() {
        make_folder(database.path(), problems);
    }
    databases
}

fn stores(id: &str, labels: &[String], shared: &Shared, problems: &mut Vec<Problem>) -> BTreeMap<String, Storage> {
    let stores = pick(id, "key-value store", labels, &shared.stores, problems);
    for store in stores.values() {
        make_folder(store.path(), problems);
    }
    stores
}

fn pick<T: Clone>(
    id: &str,
    kind: &'static str,
    labels: &[String],
    offered: &BTreeMap<String, T>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, T> {
    let mut picked = BTreeMap::new();
    for label in labels {
        if let Err(reason) = names::check_label(label) {
            problems.push(Problem::InvalidName { what: "label", name: label.clone(), reason });
        }
        match offered.get(label) {
            Some(found) => {
                picked.insert(label.clone(), found.clone());
            }
            None => problems.push(Problem::UndeclaredStore { component: id.to_owned(), kind, label: label.clone() }),
        }
    }
    picked
}

/// Creates a file's folder at the start, so that a bad path fails before the first request.
fn make_folder(file: Option<&Path>, problems: &mut Vec<Problem>) {
    if let Some(folder) = file.and_then(Path::parent)
        && let Err(source) = fs::create_dir_all(folder)
    {
        problems.push(Problem::MakeFolder { path: folder.to_owned(), source });
    }
}

fn variables(
    id: &str,
    templates: &BTreeMap<String, String>,
    values: &Values,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for (name, text) in templates {
        if let Err(reason) = names::check_variable(name) {
            problems.push(Problem::InvalidName { what: "variable name", name: name.clone(), reason });
        }
        let key = format!("component.{id}.variables.{name}");
        if let Some(value) = render(&key, text, values, problems) {
            variables.insert(name.clone(), value);
        }
    }
    variables
}

/// Like Spin, refuses at the start only entries that are invalid with the variables' defaults. An entry that other
/// values make invalid keeps the component from connecting anywhere, but not from starting.
fn allowed_hosts(id: &str, entries: &[String], shared: &Shared, problems: &mut Vec<Problem>) -> AllowedHosts {
    let key = format!("component.{id}.allowed_outbound_hosts");
    let mut patterns = Vec::new();
    let mut invalid = None;
    for entry in entries {
        let Some(value) = render(&key, entry, &shared.values, problems) else {
            continue;
        };
        match (error_by_default(entry, &shared.defaults), value.parse::<HostPattern>()) {
            (Some(error), _) | (None, Err(error @ HostPatternError::OwnApplication)) => {
                problems.push(bad_host(&key, entry, &error));
            }
            (None, Err(error)) => invalid = Some(error),
            (None, Ok(pattern)) => patterns.push(pattern),
        }
    }
    invalid.map_or_else(|| AllowedHosts::new(patterns), AllowedHosts::invalid)
}

/// Returns the error of an entry with the variables' defaults, unless one of them has none.
fn error_by_default(entry: &str, defaults: &Values) -> Option<HostPatternError> {
    let rendered = Template::parse(entry).and_then(|template| template.render(defaults));
    let error = rendered.ok()??.parse::<HostPattern>().err()?;
    // Spin allows such a default, and the value in use may differ.
    (error != HostPatternError::OwnApplication).then_some(error)
}

/// Names the entry as the manifest has it, because a variable's value may be secret.
fn bad_host(key: &str, entry: &str, error: &HostPatternError) -> Problem {
    Problem::AllowedHost { key: key.to_owned(), value: entry.to_owned(), reason: error.to_string() }
}

fn render(key: &str, text: &str, values: &Values, problems: &mut Vec<Problem>) -> Option<String> {
    let rendered = Template::parse(text).and_then(|template| template.render(values));
    rendered.unwrap_or_else(|error: TemplateError| {
        problems.push(Problem::Template { key: key.to_owned(), reason: error.to_string() });
        None
    })
}
