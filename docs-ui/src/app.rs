//! Puts the parts together, once an instance.

use std::sync::Arc;

use api::config::{ConfigProblem, ServiceSettings};
use api::http::Envelope;
use api::log::Log;
use api::metrics::Recorder;
use api::ports::{MetricStore, System, Variables};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};

use crate::routes;

/// The documentation, ready to answer.
pub struct App {
    router: Router,
    envelope: Envelope,
}

impl App {
    /// Reads the settings and builds the router. Settings that can't be used make a component that
    /// says so, as the API does.
    pub async fn start(
        variables: &dyn Variables,
        open_store: impl FnOnce(&ServiceSettings) -> Arc<dyn MetricStore>,
        system: Arc<dyn System>,
    ) -> Self {
        match ServiceSettings::read(variables).await {
            Ok(settings) => {
                let store = open_store(&settings);
                Self::serving(&settings, store, system)
            }
            Err(problems) => Self::misconfigured(problems, system),
        }
    }

    /// Answers one request.
    pub async fn respond(&self, request: Request<Body>) -> Response<Body> {
        self.envelope.serve(&mut self.router.clone(), request).await
    }

    fn serving(settings: &ServiceSettings, store: Arc<dyn MetricStore>, system: Arc<dyn System>) -> Self {
        let log = Arc::new(Log { level: settings.log_level, form: settings.log_form, system: system.clone() });
        let metrics = Recorder::new(settings.metrics, store, system.clone(), log.clone());
        let router = if settings.docs_enabled { routes::router() } else { routes::disabled() };
        let trusted_proxies = settings.trusted_proxies;
        Self { router, envelope: Envelope { system, log, metrics: Some(metrics), trusted_proxies } }
    }

    fn misconfigured(problems: Vec<ConfigProblem>, system: Arc<dyn System>) -> Self {
        let envelope = Envelope::misconfigured(&problems, system);
        Self { router: routes::misconfigured(problems), envelope }
    }
}
