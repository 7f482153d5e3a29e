//! An application ready to serve: manifest, runtime configuration and variables, checked together.

mod component;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;

pub(crate) use component::AppComponent;
use component::Shared;

use crate::cli::Up;
use crate::manifest::{HttpTrigger, Manifest};
use crate::problem::{Problem, Problems};
use crate::router::Router;
use crate::runtime_config::{KeyValueStore, RuntimeConfig, SqliteDatabase};
use crate::spin::key_value::Storage;
use crate::spin::sqlite::Database;
use crate::variables::{Environment, Values};

const DEFAULT_DATABASE_FILE: &str = "sqlite_db.db";
const DEFAULT_STORE_FILE: &str = "sqlite_key_value.db";
/// Label of the database and the store that exist without configuration.
const DEFAULT_LABEL: &str = "default";

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) router: Router,
    /// By id; components without a route are left out.
    pub(crate) components: BTreeMap<String, Arc<AppComponent>>,
}

impl App {
    /// Reads and checks everything that can be checked before a component is compiled.
    ///
    /// # Errors
    ///
    /// Returns all problems, not only the first.
    pub(crate) fn load(options: &Up, environment: &Environment) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let path = manifest_path(&options.from);
        let config = RuntimeConfig::read(options.runtime_config_file.as_deref(), &mut problems);
        let Some(manifest) = Manifest::read(&path, options.profile.as_deref(), &mut problems) else {
            return Err(Problems(problems));
        };
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let state_dir = state_dir(options, &config, &folder);
        let shared = Shared {
            defaults: Values::defaults(&manifest.variables),
            values: Values::resolve(&manifest.variables, &options.variables, environment, &mut problems),
            databases: databases(config.sqlite_database, state_dir.as_deref()),
            stores: stores(config.key_value_store, config_folder(options), state_dir.as_deref()),
        };
        let router = routes(&manifest, &mut problems);
        let mut components = BTreeMap::new();
        for (id, component) in manifest.component {
            let mut component = AppComponent::check(id.clone(), component, &folder, &shared, &mut problems);
            component.environment.extend(options.env.iter().cloned());
            if router.serves(&id) {
                components.insert(id, Arc::new(component));
            }
        }
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let application = manifest.application;
        Ok(Self {
            name: application.name,
            version: Some(application.version).filter(|version| !version.is_empty()),
            router,
            components,
        })
    }
}

pub(crate) fn manifest_path(from: &Path) -> PathBuf {
    if from.is_dir() { from.join("spin.toml") } else { from.to_owned() }
}

/// Returns `--state-dir`, else the runtime configuration's, else `.spin` beside the manifest. An empty path means none.
fn state_dir(options: &Up, config: &RuntimeConfig, folder: &Path) -> Option<PathBuf> {
    match options.state_dir.as_ref().or(config.state_dir.as_ref()) {
        Some(path) if path.is_empty() => None,
        Some(path) => Some(path.into()),
        None => Some(folder.join(".spin")),
    }
}

fn config_folder(options: &Up) -> &Path {
    options.runtime_config_file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""))
}

fn databases(config: BTreeMap<String, SqliteDatabase>, state_dir: Option<&Path>) -> BTreeMap<String, Database> {
    let new = |database: SqliteDatabase| {
        Database::new(database.path.as_deref().map(make_absolute), database.allow_attach_file)
    };
    let mut databases: BTreeMap<_, _> = config.into_iter().map(|(label, database)| (label, new(database))).collect();
    databases.entry(DEFAULT_LABEL.to_owned()).or_insert_with(|| {
        let path = state_dir.map(|folder| make_absolute(&folder.join(DEFAULT_DATABASE_FILE)));
        Database::new(path, false)
    });
    databases
}

fn stores(
    config: BTreeMap<String, KeyValueStore>,
    config_folder: &Path,
    state_dir: Option<&Path>,
) -> BTreeMap<String, Storage> {
    let new = |store: KeyValueStore| Storage::new(store.path.map(|path| make_absolute(&config_folder.join(path))));
    let mut stores: BTreeMap<_, _> = config.into_iter().map(|(label, store)| (label, new(store))).collect();
    stores.entry(DEFAULT_LABEL.to_owned()).or_insert_with(|| {
        let path = state_dir.map(|folder| make_absolute(&folder.join(DEFAULT_STORE_FILE)));
        Storage::new(path)
    });
    stores
}

fn make_absolute(path: &Path) -> PathBuf {
    absolute(path).unwrap_or_else(|_| path.to_owned())
}

pub(crate) fn routes(manifest: &Manifest, problems: &mut Vec<Problem>) -> Router {
    let mut router = Router::default();
    if manifest.trigger.http.is_empty() {
        problems.push(Problem::NoTrigger);
    }
    for trigger in &manifest.trigger.http {
        if let Err(problem) = add_route(&mut router, trigger, manifest) {
            problems.push(problem);
        }
    }
    router
}

fn add_route(router: &mut Router, trigger: &HttpTrigger, manifest: &Manifest) -> Result<(), Problem> {
    let HttpTrigger { route, component, .. } = trigger;
    // Spin's older name for the same executor is `spin`.
    let executor = trigger.executor.as_ref().map_or("http", |executor| executor.r#type.as_str());
    if !matches!(executor, "http" | "spin") {
        return Err(Problem::Unsupported {
            key: format!("executor.type of route {route:?}"),
            found: executor.to_owned(),
            expected: "must be \"http\"",
        });
    }
    if !manifest.component.contains_key(component) {
        return Err(Problem::UnknownComponent { route: route.clone(), component: component.clone() });
    }
    router.add(route, component).map_err(|error| Problem::Route { route: route.clone(), reason: error.to_string() })
}

#[cfg(test)]
mod tests;
