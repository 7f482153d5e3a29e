//! Accepts connections, and survives a lack of file descriptors.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::output::report;

/// Delay after a failed accept, in which a file descriptor may become free. It also limits the log to a line a second.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Raises the soft limit of open files to the hard limit, because each connection is an open file.
pub(crate) fn raise_open_files_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    if let Err(error) = raised {
        report(format_args!("cannot raise the limit of open files: {error}"));
    }
}

/// Returns the next connection. Logs an error and retries after [`RETRY_DELAY`], so that no error ends the server.
pub(crate) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                report(format_args!("cannot accept a connection: {error}; trying again in {RETRY_DELAY:?}"));
                sleep(RETRY_DELAY).await;
            }
        }
    }
}

/// Whether the error concerns only the connection that was to be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
    )
}
