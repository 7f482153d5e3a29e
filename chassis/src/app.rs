use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use tokio::sync::Mutex;

use crate::api::{Api, Backends, Chassis};
use crate::config::{Config, ConfigProblem, Reader};
use crate::http::Envelope;
use crate::operations;
use crate::ports::{System, Variables};

/// Pause before settings are read again after their provider failed.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The application of an instance, started by the first request.
#[derive(Default)]
pub struct AppCell(Mutex<Option<Arc<App>>>);

pub struct App {
    router: Router,
    envelope: Envelope,
    /// When a new start may help, by [`System::elapsed`]; `None` if none can.
    outdated_at: Option<Duration>,
}

impl App {
    /// Starts the app. A component can't refuse to start, so with invalid settings its responses say what is wrong.
    pub fn start<A: Api>(
        variables: Variables,
        open: impl FnOnce(&Config) -> Backends,
        system: Arc<dyn System>,
    ) -> Self {
        let mut reader = Reader::new(variables);
        let config = Config::read(&mut reader, A::SCOPES);
        let settings = A::read_settings(&mut reader);
        match reader.finish(config.zip(settings)) {
            Ok((config, settings)) => {
                let backends = open(&config);
                let chassis = Arc::new(Chassis::new(config, A::SCOPES, backends, system));
                let envelope = chassis.envelope();
                let (routes, application) = A::routes(&settings, chassis.clone());
                Self::new(operations::router_of::<A>(routes, chassis, application), envelope)
            }
            Err(problems) => Self::misconfigured(operations::misconfigured(problems.clone()), &problems, system),
        }
    }

    pub fn new(router: Router, envelope: Envelope) -> Self {
        Self { router, envelope, outdated_at: None }
    }

    /// Returns the app for invalid settings. After a second, a request starts it again if their provider failed.
    pub fn misconfigured(router: Router, problems: &[ConfigProblem], system: Arc<dyn System>) -> Self {
        let is_worth_a_retry = problems.iter().any(|problem| problem.cause.is_some());
        let outdated_at = is_worth_a_retry.then(|| system.elapsed() + RETRY_PAUSE);
        Self { outdated_at, ..Self::new(router, Envelope::misconfigured(problems, system)) }
    }

    pub async fn respond(&self, request: Request<Body>) -> Response<Body> {
        self.envelope.serve(&mut self.router.clone(), request).await
    }
}

impl AppCell {
    pub const fn new() -> Self {
        Self(Mutex::const_new(None))
    }

    /// Returns the app, and starts it if needed. Concurrent requests wait for `start`.
    pub async fn get(&self, start: impl Future<Output = App>) -> Arc<App> {
        let mut started = self.0.lock().await;
        match &*started {
            Some(app) if app.outdated_at.is_none_or(|moment| app.envelope.log.system.elapsed() < moment) => app.clone(),
            _ => started.insert(Arc::new(start.await)).clone(),
        }
    }
}

#[cfg(test)]
mod tests;
