//! Sends the requests of a file to a server, over a number of connections that are kept alive, and prints as
//! JSON how many were answered and how long they took.
//!
//! Without a rate it is a closed loop: each connection sends the next request when it has an answer. That
//! shows what a server can do, but not how long clients wait, because a slow server is asked less often. With a
//! rate, requests are due at fixed times, whatever the server does, and one that is sent late because all
//! connections wait for answers took as long as it waited for that too (no coordinated omission).

mod connection;
mod plan;
mod run;
mod schedule;
mod tally;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use clap::Parser;

use crate::plan::Plan;
use crate::tally::Tally;

/// What to send, to whom, and how.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where the server listens.
    #[arg(long)]
    address: SocketAddr,
    /// A file of one request a line, as JSON: method, path, status (the expected one) and maybe body.
    #[arg(long)]
    requests: PathBuf,
    /// A header of every request, as in "X-API-KEY: secret"; may be repeated.
    #[arg(long)]
    header: Vec<String>,
    /// How many connections.
    #[arg(long, default_value = "32", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// Requests per second over all connections; a closed loop without.
    #[arg(long)]
    rate: Option<f64>,
    /// How many seconds requests are sent for.
    #[arg(long, default_value = "3", value_parser = seconds)]
    duration: Duration,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match measure(&arguments) {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let plan = Plan::read(&arguments.requests, arguments.address, &arguments.header)?;
    let timing = schedule::Timing { duration: arguments.duration, rate: arguments.rate };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tasks = tokio::task::LocalSet::new();
    let tally = Rc::new(RefCell::new(Tally::new()?));
    tasks.block_on(&runtime, run::run(arguments.address, plan, arguments.connections, timing, &tally));
    let summary = tally.borrow().summary(arguments.duration);
    Ok(serde_json::to_string(&summary)?)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|error| format!("expected seconds: {error}"))?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}
