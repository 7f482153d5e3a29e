//! Puts the parts together, once an instance.

use std::sync::Arc;

use api::app::App;
use api::config::ServiceSettings;
use api::http::{Envelope, cors};
use api::log::Log;
use api::metrics::Recorder;
use api::ports::{MetricStore, System, Variables};

use crate::routes;

/// Reads the settings and builds the router. Settings that can't be used make a component that says so, as the
/// API does.
pub async fn start(
    variables: &dyn Variables,
    open_store: impl FnOnce(&ServiceSettings) -> Arc<dyn MetricStore>,
    system: Arc<dyn System>,
) -> App {
    match ServiceSettings::read(variables).await {
        Ok(settings) => {
            let store = open_store(&settings);
            serving(&settings, store, system)
        }
        Err(problems) => App::misconfigured(routes::misconfigured(problems.clone()), &problems, system),
    }
}

fn serving(settings: &ServiceSettings, store: Arc<dyn MetricStore>, system: Arc<dyn System>) -> App {
    let log = Arc::new(Log { level: settings.log_level, form: settings.log_form, system: system.clone() });
    let metrics = Recorder::new(settings.metrics, store, system.clone(), log.clone());
    let router = if settings.docs_enabled { routes::router() } else { routes::disabled() };
    let router = match cors(&settings.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    let trusted_proxies = settings.trusted_proxies;
    App::new(router, Envelope { system, log, metrics: Some(metrics), trusted_proxies })
}
