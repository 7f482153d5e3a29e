//! The state of one instance of a component.

use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_http::p3::{WasiHttpCtxView, WasiHttpView};

use crate::app::AppComponent;
use crate::output::Output;
use crate::spin::key_value::KeyValue;
use crate::spin::outbound_http::OutboundHttp;
use crate::spin::postgres::Postgres;
use crate::spin::redis::Redis;
use crate::spin::sqlite::Sqlite;
use crate::spin::variables::Variables;

/// What the host holds for an instance: it lives and ends with it.
pub(crate) struct Instance {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound_http: OutboundHttp,
    pub(crate) key_value: KeyValue,
    pub(crate) postgres: Postgres,
    pub(crate) redis: Redis,
    pub(crate) sqlite: Sqlite,
    pub(crate) variables: Variables,
}

impl Instance {
    /// Without files and sockets. What the guest writes goes to `output`, or nowhere.
    pub(crate) fn new(component: &AppComponent, output: Option<&Output>) -> Self {
        let mut wasi = WasiCtxBuilder::new();
        for (key, value) in &component.environment {
            wasi.env(key, value);
        }
        if let Some(output) = output {
            wasi.stdout(output.clone()).stderr(output.clone());
        }
        Self {
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            outbound_http: OutboundHttp::new(&component.id, component.allowed_hosts.clone()),
            key_value: KeyValue::new(component.stores.clone()),
            postgres: Postgres::new(component.postgres_servers.clone()),
            redis: Redis::new(&component.id, component.allowed_hosts.clone()),
            sqlite: Sqlite::new(component.databases.clone()),
            variables: Variables::new(component.variables.clone()),
        }
    }
}

impl WasiView for Instance {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Instance {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound_http }
    }
}
