use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use chassis::config::Reader;
use chassis::metrics::{Family, Gauge};
use chassis::ports::StoreResult;
use chassis::types::Scope;
use chassis::{Api, Application, Chassis};

use crate::settings::Settings;
use crate::store::Store;
use crate::{metrics, routes, scopes};

pub struct ThisApi;

#[derive(Clone)]
pub struct AppState {
    pub chassis: Arc<Chassis>,
    pub store: Arc<Store>,
}

impl Api for ThisApi {
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPES: &'static [Scope] = scopes::SCOPES;
    const FAMILIES: &'static [Family] = metrics::FAMILIES;
    type Settings = Settings;

    fn read_settings(reader: &mut Reader) -> Option<Settings> {
        Settings::read(reader)
    }

    fn routes(settings: &Settings, chassis: Arc<Chassis>) -> (Router, Arc<dyn Application>) {
        let store = Arc::new(Store::open(settings, &chassis));
        let state = AppState { chassis: chassis.clone(), store: store.clone() };
        (routes::router(&chassis, &state), store)
    }
}

#[async_trait]
impl Application for Store {
    async fn check(&self) -> StoreResult<()> {
        self.database.check().await
    }

    async fn gauges(&self) -> StoreResult<Vec<Gauge>> {
        self.totals().await.map(metrics::gauges)
    }
}
