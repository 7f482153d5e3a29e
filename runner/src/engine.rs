//! Wasmtime, configured as in Spin: compiles and links components.

use std::fs;

use anyhow::{Context as _, anyhow, bail};
use wasmtime::component::{Component, Linker};
use wasmtime::{Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::app::AppComponent;
use crate::instance::{Instance, add_spin_to_linker};
use crate::wasi;

/// The export that makes a component an HTTP handler.
const HANDLER: &str = "wasi:http/handler@0.3.0";

/// Packages that the runner implements completely, in one version each.
const PROVIDED_PACKAGES: [&str; 12] = [
    "spin:key-value",
    "spin:postgres",
    "spin:redis",
    "spin:sqlite",
    "spin:variables",
    "wasi:cli",
    "wasi:clocks",
    "wasi:filesystem",
    "wasi:http",
    "wasi:io",
    "wasi:random",
    "wasi:sockets",
];

pub(crate) struct Runtime {
    engine: Engine,
    linker: Linker<Instance>,
}

/// A compiled and linked component, ready to instantiate.
pub(crate) struct Prepared {
    pub(crate) service: ServicePre<Instance>,
    /// The version of WASI that the component was built for.
    pub(crate) wasi: wasi::Version,
}

impl Runtime {
    /// With `cache`, compiled components stay on disk, so that only the first start is slow.
    pub(crate) fn new(cache: bool) -> anyhow::Result<Self> {
        let engine = new_engine(cache)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
        add_spin_to_linker(&mut linker)?;
        Ok(Self { engine, linker })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Compiles a component, or loads it from the cache, and links it.
    ///
    /// # Errors
    ///
    /// Names the imports that the runner does not provide.
    pub(crate) fn prepare(&self, component: &AppComponent) -> anyhow::Result<Prepared> {
        let source = component.source.display();
        let binary = fs::read(&component.source).with_context(|| format!("cannot load {source}"))?;
        self.prepare_binary(&binary).with_context(|| format!("cannot serve {source}"))
    }

    fn prepare_binary(&self, binary: &[u8]) -> anyhow::Result<Prepared> {
        let (binary, wasi) = wasi::finalize_names(binary)?;
        let service = self.link(&Component::from_binary(&self.engine, &binary)?)?;
        Ok(Prepared { service, wasi })
    }

    fn link(&self, component: &Component) -> anyhow::Result<ServicePre<Instance>> {
        let unknown = unknown_imports(component, &self.engine);
        if !unknown.is_empty() {
            bail!("it imports what the runner does not give: {}", unknown.join(", "));
        }
        let linked = self.linker.instantiate_pre(component)?;
        ServicePre::new(linked).map_err(|error| anyhow!(error).context(format!("it does not export {HANDLER}")))
    }
}

fn unknown_imports(component: &Component, engine: &Engine) -> Vec<String> {
    component
        .component_type()
        .imports(engine)
        .map(|(name, _)| name.to_owned())
        .filter(|name| {
            let package = name.split_once('/').map_or(name.as_str(), |(package, _)| package);
            !PROVIDED_PACKAGES.contains(&package)
        })
        .collect()
}

fn new_engine(cache: bool) -> anyhow::Result<Engine> {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.wasm_component_model_async(true);
    if cache {
        config.cache(Some(compile_cache()?));
    }
    let mut pooled = config.clone();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    // A machine with a small address space cannot hold the pool; there, Spin runs without it, too.
    Engine::new(&pooled).or_else(|_| Engine::new(&config)).map_err(anyhow::Error::from).context("cannot start Wasmtime")
}

/// Configures Wasmtime's cache of compiled components. By default, Wasmtime compresses a component again at its 256th
/// start. That takes about 180 MB of memory for a second while the process serves, so it is turned off here.
fn compile_cache() -> anyhow::Result<Cache> {
    let mut config = CacheConfig::from_file(None)?;
    config.with_optimized_compression_usage_counter_threshold(u64::MAX);
    Ok(Cache::new(config)?)
}

/// Spin's sizes: at most 1,000 instances at a time.
fn pool() -> PoolingAllocationConfig {
    const INSTANCES: u32 = 1000;
    const MIB: usize = 1 << 20;
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(INSTANCES)
        .total_memories(INSTANCES)
        .total_tables(2 * INSTANCES)
        .total_stacks(INSTANCES)
        .total_core_instances(4 * INSTANCES)
        .table_elements(100_000)
        .max_component_instance_size(10 * MIB)
        .max_core_instance_size(10 * MIB)
        .max_core_instances_per_component(200)
        .max_tables_per_component(64)
        .max_memories_per_component(32)
        .max_tables_per_module(2)
        .max_memories_per_module(2)
        .max_memory_size(4 << 30)
        .linear_memory_keep_resident(2 * MIB)
        .table_keep_resident(MIB / 2);
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link_error(text: &str) -> String {
        let runtime = Runtime::new(false).unwrap();
        let binary = wat::parse_str(text).unwrap();
        let error = runtime.prepare_binary(&binary).err().unwrap();
        format!("{error:#}")
    }

    #[test]
    fn what_was_compiled_is_not_packed_again() {
        assert_eq!(compile_cache().unwrap().optimized_compression_usage_counter_threshold(), u64::MAX);
    }

    #[test]
    fn unknown_imports_are_all_named() {
        let error = link_error(
            r#"(component
                (import "spin:mqtt/mqtt@3.0.0" (instance))
                (import "wasi:clocks/monotonic-clock@0.2.0" (instance))
                (import "example:other/thing" (instance)))"#,
        );
        assert!(error.contains("spin:mqtt/mqtt@3.0.0, example:other/thing"), "{error}");
        assert!(!error.contains("wasi:clocks"), "{error}");
    }

    #[test]
    fn a_known_interface_in_another_version_is_named() {
        let error = link_error(r#"(component (import "spin:sqlite/sqlite@9.0.0" (instance (export "f" (func)))))"#);
        assert!(error.contains("spin:sqlite/sqlite@9.0.0"), "{error}");
    }

    #[test]
    fn a_component_without_a_handler_is_refused() {
        assert!(link_error("(component)").contains(HANDLER));
    }
}
