//! Accepting connections, also while file descriptors run out.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::output::report;

/// How long the server waits for a file descriptor to become free. It bounds the lines of the log, too: one a pause.
const PAUSE: Duration = Duration::from_secs(1);

/// Raises the limit of open files to what the process may have at most: each connection is one.
pub(crate) fn raise_open_files_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    if let Err(error) = raised {
        report(format_args!("cannot raise the limit of open files: {error}"));
    }
}

/// The next connection. An error ends no server: it is logged, and the listener accepts again after a pause.
pub(crate) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                report(format_args!("cannot accept a connection: {error}; trying again in {PAUSE:?}"));
                sleep(PAUSE).await;
            }
        }
    }
}

/// Whether the client of this connection went away before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
    )
}
