//! Serves a Spin application's HTTP components on Wasmtime, with the command line of `spin up`.
//!
//! It replaces Spin in the tests and on machines without Spin. It also pushes the application to a registry. Spin 4.0.1
//! is the reference for everything that a component can observe. For instances of a component for WASI 0.3.0, Spin 4.1
//! is the reference. Before the runner listens, it refuses every unsupported feature by name.

mod app;
mod body;
mod cli;
mod connection;
mod engine;
mod execute;
mod instance;
mod lifetime;
mod listener;
mod manifest;
mod outbound;
mod output;
mod problem;
mod registry;
mod request;
mod router;
mod runtime_config;
mod server;
mod spin;
mod variables;
mod wasi;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::cli::{Cli, Command, Push, Registry, Up};
use crate::output::Output;
use crate::server::Server;
use crate::variables::Environment;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Up(options) => up(&options),
        Command::Registry(Registry::Push(options)) => push(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn up(options: &Up) -> anyhow::Result<()> {
    let app = App::load(options, &Environment::of_process())?;
    let output = Output::stderr().context("failed to start a thread")?;
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let server = Server::start(app, options, &output).await?;
        tokio::select! {
            never = server.serve() => never,
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
        }
    });
    // When the runtime ends, each instance would report that its worker is gone.
    output.close();
    // Does not wait for statements that still run on blocking threads.
    runtime.shutdown_background();
    result
}

fn push(options: &Push) -> anyhow::Result<()> {
    runtime()?.block_on(registry::push(options))
}

fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build().context("failed to start the async runtime")
}
