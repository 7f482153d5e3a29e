//! Puts the parts together, once per instance.

use std::sync::Arc;

use chassis::adapters::{SpinSystem, read_variables};
use chassis::app::App;
use chassis::config::CommonSettings;
use chassis::http::{Envelope, cors};
use chassis::log::Log;

use crate::routes;

/// With settings that can't be used every route is 503.
pub(crate) async fn start() -> App {
    let system = Arc::new(SpinSystem::default());
    let settings = match CommonSettings::read(read_variables(&*system).await) {
        Ok(settings) => settings,
        Err(problems) => return App::misconfigured(routes::misconfigured(problems.clone()), &problems, system),
    };
    let log = Arc::new(Log { level: settings.log_level, form: settings.log_form, system: system.clone() });
    let router = if settings.docs_enabled { routes::router() } else { routes::disabled() };
    let router = match cors(&settings.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    App::new(router, Envelope { system, log, metrics: None, trusted_proxies: settings.trusted_proxies })
}
