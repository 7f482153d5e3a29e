//! The state of one instance of a component.

use wasmtime::component::Linker;
use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_http::p3::{WasiHttpCtxView, WasiHttpView};

use crate::app::AppComponent;
use crate::output::Output;
use crate::spin::key_value::{self, KeyValue};
use crate::spin::outbound_http::OutboundHttp;
use crate::spin::postgres::{self, Postgres};
use crate::spin::redis::{self, Redis};
use crate::spin::sqlite::{self, Sqlite};
use crate::spin::variables::{self, Variables};

/// Host state that lives as long as the instance.
pub(crate) struct Instance {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound_http: OutboundHttp,
    key_value: KeyValue,
    postgres: Postgres,
    redis: Redis,
    sqlite: Sqlite,
    variables: Variables,
}

impl Instance {
    /// Grants no access to files or sockets. Discards the guest's stdout and stderr unless there is an `output`.
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

/// Adds every Spin interface that the runner provides.
pub(crate) fn add_spin_to_linker(linker: &mut Linker<Instance>) -> wasmtime::Result<()> {
    key_value::add_to_linker(linker, |instance| &mut instance.key_value)?;
    postgres::add_to_linker(linker, |instance| &mut instance.postgres)?;
    redis::add_to_linker(linker, |instance| &mut instance.redis)?;
    sqlite::add_to_linker(linker, |instance| &mut instance.sqlite)?;
    variables::add_to_linker(linker, |instance| &mut instance.variables)
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
