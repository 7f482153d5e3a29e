//! Sends `GET /health` to a server: `healthcheck [ADDRESS]`, by default 127.0.0.1:3000. Exits with 0 if the response is
//! 200 in time, else with 1 and the reason. For images without a shell. The Dockerfile builds it with rustc alone.

use std::env;
use std::io::{Error, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// Address of Spin in the images.
const ADDRESS: &str = "127.0.0.1:3000";

/// Timeout for connecting, and for the first bytes of the response; shorter than Docker's.
const PATIENCE: Duration = Duration::from_secs(2);

/// First bytes of a successful response.
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

/// Returns the first bytes of the response, as many as `SUCCESS` has.
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
