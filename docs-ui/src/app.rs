//! Puts the parts together, once per instance.

use std::sync::Arc;

use chassis::adapters::{SpinSystem, read_variables};
use chassis::app::App;
use chassis::config::CommonSettings;
use chassis::http::{Envelope, with_cors};

use crate::routes;

/// With invalid settings every route responds 503, except the files of the API's own pages.
pub(crate) async fn start() -> App {
    let system = Arc::new(SpinSystem::default());
    let (settings, methods) = match CommonSettings::read(read_variables(&*system).await) {
        Ok(settings) => settings,
        Err(problems) => return App::misconfigured(routes::misconfigured(problems.clone()), &problems, system),
    };
    let log = Arc::new(settings.log(system));
    let router = if settings.docs_enabled { routes::router(methods) } else { routes::disabled() };
    let router = with_cors(router, &settings.cors_origins);
    App::new(router, Envelope { log, metrics: None, settings })
}
