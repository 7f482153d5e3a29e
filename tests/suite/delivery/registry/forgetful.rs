//! A registry that accepts every push, and responds with the tag where others return the digest.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Starts the registry. It ends with the tests.
pub(super) fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || converse(stream, address));
        }
    });
    address
}

/// Answers one request of a connection.
fn converse(stream: TcpStream, address: SocketAddr) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).ok()?;
        let Some((name, value)) = header.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    stream.read_exact(&mut vec![0; length]).ok()?;
    let last = length.saturating_sub(1);
    let (status, location) = match method.as_str() {
        "POST" | "PATCH" => (202, "/v2/mini-api/blobs/uploads/1"),
        "PUT" if path.contains("/manifests/") => (201, "/v2/mini-api/manifests/1"),
        "PUT" => (201, "/v2/mini-api/blobs/1"),
        _ => (404, "/"),
    };
    let head = format!(
        "HTTP/1.1 {status} Reason\r\nLocation: http://{address}{location}\r\nRange: 0-{last}\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.get_mut().write_all(head.as_bytes()).ok()
}
