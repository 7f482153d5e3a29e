//! The command line: a subset of `spin up` and `spin registry push`, with their names, environment variables and
//! defaults. Doc comments are the text of `--help`.

use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::variables::VariableSource;

/// Smallest buffer of a connection, in bytes; below it, hyper panics.
const MIN_HTTP1_BUFFER: usize = 8192;

/// Serves a Spin application on Wasmtime, as `spin up` would.
#[derive(Debug, Parser)]
#[command(name = "runner", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves the application until SIGTERM or SIGINT.
    Up(Box<Up>),
    /// Works with registries.
    #[command(subcommand)]
    Registry(Registry),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Registry {
    /// Pushes the application to a registry.
    Push(Push),
}

#[derive(Debug, Args)]
pub(crate) struct Push {
    /// The manifest, or the folder that holds `spin.toml`.
    #[arg(short = 'f', long = "from", alias = "file", default_value = "spin.toml", value_name = "PATH")]
    pub(crate) from: PathBuf,

    /// The build profile whose components are pushed.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,

    /// Speak plain HTTP to the registry.
    #[arg(short = 'k', long)]
    pub(crate) insecure: bool,

    /// An annotation of the artifact. May be repeated; the last one wins.
    #[arg(long = "annotation", value_parser = key_value, value_name = "KEY=VALUE")]
    pub(crate) annotations: Vec<(String, String)>,

    /// The reference to push to, as in ghcr.io/example/app:1.2.3.
    pub(crate) reference: String,
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    /// The manifest, or the folder that holds `spin.toml`.
    #[arg(short = 'f', long = "from", default_value = "spin.toml", value_name = "PATH")]
    pub(crate) from: PathBuf,

    /// The build profile whose components are served.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,

    /// The address to listen on; port 0 selects a free port.
    #[arg(long, env = "SPIN_HTTP_LISTEN_ADDR", default_value = "127.0.0.1:3000")]
    #[arg(value_parser = listen_address, value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,

    /// Maximum buffer of an HTTP/1 connection, in bytes; a longer request head gets a 431. At least 8192; the default
    /// is about 400 KiB.
    #[arg(long, env = "SPIN_HTTP1_MAX_BUF_SIZE", value_parser = buffer_size, value_name = "BYTES")]
    pub(crate) http1_max_buf_size: Option<usize>,

    /// The folder of the default database and key-value store. The default is `.spin` beside the manifest; empty keeps
    /// both in memory.
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<String>,

    /// The runtime configuration: databases, key-value stores and the state folder.
    #[arg(long, env = "RUNTIME_CONFIG_FILE", value_name = "FILE")]
    pub(crate) runtime_config_file: Option<PathBuf>,

    /// An environment variable for every component. May be repeated.
    #[arg(short = 'e', long, value_parser = key_value, value_name = "KEY=VALUE")]
    pub(crate) env: Vec<(String, String)>,

    /// The value of an application variable: KEY=VALUE, KEY=@FILE, @FILE.json or @FILE.toml. May be repeated; the last
    /// one wins.
    #[arg(long = "variable", value_name = "KEY=VALUE")]
    pub(crate) variables: Vec<VariableSource>,

    #[command(flatten)]
    pub(crate) reuse: InstanceReuse,

    /// Compile the component again instead of taking it from Wasmtime's cache.
    #[arg(long, env = "DISABLE_WASMTIME_CACHE")]
    pub(crate) disable_cache: bool,

    /// Drop what the components write to stdout and stderr.
    #[arg(short, long, aliases = ["sh", "shush"])]
    pub(crate) quiet: bool,
}

/// Lifetime of an instance; the defaults are Spin's.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct InstanceReuse {
    /// Requests an instance serves before it is dropped.
    #[arg(long, default_value = "128", value_parser = at_least_one, value_name = "COUNT")]
    pub(crate) max_instance_reuse_count: usize,

    /// Requests an instance serves at the same time.
    #[arg(long, default_value = "16", value_parser = at_least_one, value_name = "COUNT")]
    pub(crate) max_instance_concurrent_reuse_count: usize,

    /// How long an idle instance is kept: seconds, or a number with `s`, `ms`, `us` or `ns`.
    #[arg(long, default_value = "1s", value_parser = duration, value_name = "TIME")]
    pub(crate) idle_instance_timeout: Duration,

    /// How long a request may take, from its head to the end of the response. The default is unlimited.
    #[arg(long, value_parser = duration, value_name = "TIME")]
    pub(crate) request_timeout: Option<Duration>,

    /// Serve components of spin-sdk 6 as this version of Spin does: 4.1 makes an instance for each of their requests.
    #[arg(long, value_enum, default_value = "4.0", value_name = "VERSION")]
    pub(crate) like_spin: SpinVersion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SpinVersion {
    #[value(name = "4.0")]
    V4_0,
    #[value(name = "4.1")]
    V4_1,
}

/// Selects the address that Spin selects: the IPv4 loopback address if the name has it, else the first one.
fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let addresses: Vec<_> = text.to_socket_addrs().map_err(|e| e.to_string())?.collect();
    addresses
        .iter()
        .find(|address| address.ip() == Ipv4Addr::LOCALHOST)
        .or(addresses.first())
        .copied()
        .ok_or_else(|| "the name has no address".to_owned())
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    refuse_range(text)?;
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(format!("expected a whole number: {error}")),
    }
}

fn buffer_size(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(size) if size >= MIN_HTTP1_BUFFER => Ok(size),
        Ok(_) => Err(format!("must be at least {MIN_HTTP1_BUFFER}")),
        Err(error) => Err(format!("expected a whole number: {error}")),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    refuse_range(text)?;
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: u64 = digits.parse().map_err(|e| format!("expected a whole number and a unit: {e}"))?;
    match text.strip_prefix(digits) {
        Some("" | "s") => Ok(Duration::from_secs(number)),
        Some("ms") => Ok(Duration::from_millis(number)),
        Some("us" | "μs") => Ok(Duration::from_micros(number)),
        Some("ns") => Ok(Duration::from_nanos(number)),
        _ => Err("expected a unit of `s`, `ms`, `us` or `ns`".to_owned()),
    }
}

fn refuse_range(text: &str) -> Result<(), String> {
    if text.contains("..") {
        return Err("a range is for Spin only; the runner takes one value".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Up, clap::Error> {
        let all = ["runner", "up"].iter().chain(args);
        let Command::Up(up) = Cli::try_parse_from(all)?.command else { panic!("`up` was given") };
        Ok(*up)
    }

    #[test]
    fn defaults_are_spins() {
        let up = parse(&[]).unwrap();
        assert_eq!(up.from, PathBuf::from("spin.toml"));
        assert_eq!(up.listen, "127.0.0.1:3000".parse().unwrap());
        assert_eq!(up.reuse.max_instance_reuse_count, 128);
        assert_eq!(up.reuse.max_instance_concurrent_reuse_count, 16);
        assert_eq!(up.reuse.idle_instance_timeout, Duration::from_secs(1));
        assert_eq!(up.reuse.request_timeout, None);
        assert_eq!(up.reuse.like_spin, SpinVersion::V4_0);
        assert_eq!(up.http1_max_buf_size, None);
    }

    #[test]
    fn a_buffer_has_at_least_8_kib() {
        for (text, expected) in [("8192", Some(8192)), ("8191", None), ("-1", None), ("8k", None)] {
            assert_eq!(buffer_size(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn durations_take_spins_units() {
        for (text, expected) in [
            ("2", Some(Duration::from_secs(2))),
            ("2s", Some(Duration::from_secs(2))),
            ("500ms", Some(Duration::from_millis(500))),
            ("7us", Some(Duration::from_micros(7))),
            ("7μs", Some(Duration::from_micros(7))),
            ("9ns", Some(Duration::from_nanos(9))),
            ("2m", None),
            ("s", None),
            ("", None),
            ("-1s", None),
            ("1..8s", None),
        ] {
            assert_eq!(duration(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn counts_are_at_least_one_and_no_range() {
        for (text, expected) in [("1", Some(1)), ("128", Some(128)), ("0", None), ("1..8", None)] {
            assert_eq!(at_least_one(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn localhost_is_the_ipv4_address() {
        let address = listen_address("localhost:4000").unwrap();
        assert_eq!(address, "127.0.0.1:4000".parse().unwrap());
    }

    #[test]
    fn push_takes_spins_flags() {
        let all = ["runner", "registry", "push", "-k", "--file", "app", "--annotation", "a=b=c", "localhost/app:1"];
        let Command::Registry(Registry::Push(push)) = Cli::parse_from(all).command else { panic!("`push` was given") };
        assert!(push.insecure);
        assert_eq!(push.from, PathBuf::from("app"));
        assert_eq!(push.annotations, [("a".to_owned(), "b=c".to_owned())]);
        assert_eq!(push.reference, "localhost/app:1");
        assert!(Cli::try_parse_from(["runner", "registry", "push"]).is_err());
    }

    #[test]
    fn env_needs_a_key() {
        assert!(parse(&["--env", "KEY=a=b"]).is_ok());
        assert!(parse(&["--env", "=value"]).is_err());
        assert!(parse(&["--env", "KEY"]).is_err());
    }
}
