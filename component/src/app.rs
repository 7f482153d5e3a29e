//! Puts the parts together, once an instance.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};

use crate::config::{Auth, Config, ConfigProblem};
use crate::http::Envelope;
use crate::log::{Form, Level, Log};
use crate::metrics::{MeasuredStore, Recorder};
use crate::ports::{MetricStore, Store, System, Variables};
use crate::routes::{self, AppState};

/// The API, ready to answer. What it holds is a cache that lives as long as the instance.
pub struct App {
    router: Router,
    envelope: Envelope,
}

/// The stores that the settings ask for.
pub struct Stores {
    /// Users and transfers.
    pub store: Arc<dyn Store>,
    /// Counts.
    pub metric_store: Arc<dyn MetricStore>,
}

impl App {
    /// Reads the settings, takes the stores they ask for, and builds the router.
    ///
    /// Settings that can't be used make an API that says so instead of one that doesn't answer,
    /// because a component can't refuse to start.
    pub async fn start(
        variables: &dyn Variables,
        open_stores: impl FnOnce(&Config) -> Stores,
        system: Arc<dyn System>,
    ) -> Self {
        match Config::read(variables).await {
            Ok(config) => {
                let stores = open_stores(&config);
                Self::serving(config, stores, system)
            }
            Err(problems) => Self::misconfigured(problems, system),
        }
    }

    /// Answers one request.
    pub async fn respond(&self, request: Request<Body>) -> Response<Body> {
        self.envelope.serve(&mut self.router.clone(), request).await
    }

    fn serving(config: Config, Stores { store, metric_store }: Stores, system: Arc<dyn System>) -> Self {
        let log = Arc::new(Log { level: config.log_level, form: config.log_form, system: system.clone() });
        if matches!(config.auth, Auth::None) {
            log.warn("auth is none: every route is open to everybody", &[]);
        }
        let metrics = Recorder::new(config.metrics, metric_store.clone(), system.clone(), log.clone());
        let store = Arc::new(MeasuredStore { inner: store, recorder: metrics.clone(), system: system.clone() });
        let envelope = Envelope { system: system.clone(), log: log.clone(), metrics: Some(metrics.clone()) };
        let config = Arc::new(config);
        Self { router: routes::router(AppState { config, store, system, metrics, metric_store, log }), envelope }
    }

    fn misconfigured(problems: Vec<ConfigProblem>, system: Arc<dyn System>) -> Self {
        let log = Arc::new(Log { level: Level::Info, form: Form::Json, system: system.clone() });
        for problem in &problems {
            log.error(&problem.to_string(), &[("variable", problem.variable.into())]);
        }
        Self { router: routes::misconfigured(problems), envelope: Envelope { system, log, metrics: None } }
    }
}
