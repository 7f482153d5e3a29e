//! Asks a server for `GET /health`: `healthcheck [ADDRESS]`, by default 127.0.0.1:3000. Ends with 0 if it answers
//! 200 in time, else with 1 and the reason. For images that have no shell; the Dockerfile builds it by rustc alone.

use std::env;
use std::io::{Error, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// Where the images' Spin listens.
const ADDRESS: &str = "127.0.0.1:3000";

/// Bound of connecting, and of the wait for the first bytes of the answer: less than that of Docker.
const PATIENCE: Duration = Duration::from_secs(2);

/// The start of an answer that is a success.
const SUCCESS: &[u8] = b"HTTP/1.1 200 ";

fn main() -> ExitCode {
    let address = env::args().nth(1).unwrap_or_else(|| ADDRESS.to_owned());
    match ask(&address) {
        Ok(start) if start == SUCCESS => ExitCode::SUCCESS,
        Ok(start) => fail(&address, &String::from_utf8_lossy(&start)),
        Err(error) => fail(&address, &error.to_string()),
    }
}

fn fail(address: &str, reason: &str) -> ExitCode {
    eprintln!("{address} is not healthy: {reason}");
    ExitCode::FAILURE
}

/// The first bytes of the answer, as many as a success begins with.
fn ask(address: &str) -> Result<[u8; SUCCESS.len()], Error> {
    let address: SocketAddr = address.parse().map_err(Error::other)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut start = [0; SUCCESS.len()];
    stream.read_exact(&mut start)?;
    Ok(start)
}
