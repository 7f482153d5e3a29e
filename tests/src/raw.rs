//! HTTP over a plain TCP connection, for messages that an HTTP client would repair or hide.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use crate::{Answer, REQUEST_TIMEOUT};

#[derive(Debug)]
pub struct Raw {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    received: Vec<u8>,
}

impl Raw {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        let (reader, writer) = stream.into_split();
        Self { reader, writer, received: Vec::new() }
    }

    /// Sends one request, which must have `Connection: close`, and reads to the end of the connection.
    pub async fn exchange(address: SocketAddr, head: &str) -> Answer {
        let mut connection = Self::connect(address).await;
        connection.write(head.as_bytes()).await.expect("a request is taken");
        connection.read_to_end().await
    }

    /// Sends bytes unchanged. Fails if the server has closed the connection.
    pub async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.writer.write_all(bytes).await
    }

    /// Closes this side of the connection; the server may still send.
    pub async fn shut_down(&mut self) {
        self.writer.shutdown().await.expect("the connection is open");
    }

    /// Whether bytes arrive within the time. They stay part of the response.
    pub async fn receives_within(&mut self, time: Duration) -> bool {
        let mut buffer = [0; 4096];
        match timeout(time, self.reader.read(&mut buffer)).await {
            Ok(Ok(length)) => {
                self.received.extend(buffer.iter().take(length));
                length > 0
            }
            Ok(Err(_)) | Err(_) => false,
        }
    }

    /// Reads until the server closes or resets the connection.
    pub async fn read_to_end(self) -> Answer {
        parse(&self.read_bytes().await)
    }

    /// As [`Raw::read_to_end`], for a server that may close without a response.
    pub async fn read_bytes(mut self) -> Vec<u8> {
        let reading = self.reader.read_to_end(&mut self.received);
        // A client that is still sending gets a reset after the response.
        let _ = timeout(REQUEST_TIMEOUT, reading).await.expect("the server closes the connection");
        self.received
    }
}

/// Parses a response. Its body is everything after the head; a chunked body is not decoded.
fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head of an answer in {text:?}"));
    let (head, body) = bytes.split_at(end + 4);
    let head = std::str::from_utf8(head).expect("a head of ASCII");
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').expect("a header line");
        let name: HeaderName = name.parse().expect("a header name");
        headers.append(name, HeaderValue::from_str(value.trim()).expect("a header value"));
    }
    Answer { status: status.expect("a status"), headers, body: body.to_vec() }
}
