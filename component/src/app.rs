//! Puts the parts together, once an instance.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};

use crate::config::{Auth, Config, ConfigProblem};
use crate::http::envelop;
use crate::log::{self, Level};
use crate::ports::{Store, System, Variables};
use crate::routes::{self, AppState};

/// The API, ready to answer. What it holds is a cache that lives as long as the instance.
pub struct App {
    router: Router,
    system: Arc<dyn System>,
}

impl App {
    /// Reads the settings, opens the store they ask for, and builds the router.
    ///
    /// Settings that can't be used make an API that says so instead of one that doesn't answer,
    /// because a component can't refuse to start.
    pub async fn start(
        variables: &dyn Variables,
        open_store: impl FnOnce(&Config) -> Arc<dyn Store>,
        system: Arc<dyn System>,
    ) -> Self {
        let router = match Config::read(variables).await {
            Ok(config) => {
                warn_when_open(&config, &*system);
                let store = open_store(&config);
                let state = AppState { config: Arc::new(config), store, system: system.clone() };
                routes::router(state)
            }
            Err(problems) => {
                log_problems(&problems, &*system);
                routes::misconfigured(problems)
            }
        };
        Self { router, system }
    }

    /// Answers one request.
    pub async fn respond(&self, request: Request<Body>) -> Response<Body> {
        envelop(&mut self.router.clone(), &*self.system, request).await
    }
}

fn warn_when_open(config: &Config, system: &dyn System) {
    if matches!(config.auth, Auth::None) {
        log::write(Level::Warn, system.now(), "auth is none: every route is open to everybody", &[]);
    }
}

fn log_problems(problems: &[ConfigProblem], system: &dyn System) {
    for problem in problems {
        log::write(Level::Error, system.now(), &problem.to_string(), &[("variable", problem.variable)]);
    }
}
