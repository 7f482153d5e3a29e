//! An HTTP/2 client without TLS. It exposes resets, and controls how much it reads.

use std::net::SocketAddr;

use h2::client::{Builder, SendRequest};
use h2::{Error, RecvStream};
use http::{HeaderName, HeaderValue, Request, Response};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::{Answer, REQUEST_TIMEOUT};

/// Default window of a stream, in bytes (RFC 9113 section 6.9.2).
const WINDOW: u32 = 65_535;

/// One connection, which closes when dropped.
#[derive(Debug)]
pub struct Http2 {
    requests: SendRequest<&'static [u8]>,
    connection: JoinHandle<()>,
    address: SocketAddr,
}

impl Http2 {
    pub async fn connect(address: SocketAddr) -> Self {
        Self::connect_with_window(address, WINDOW).await
    }

    /// Connects with a window of 0, so that the server can send no body.
    pub async fn connect_without_reading(address: SocketAddr) -> Self {
        Self::connect_with_window(address, 0).await
    }

    async fn connect_with_window(address: SocketAddr, window: u32) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        let (requests, connection) =
            Builder::new().initial_window_size(window).handshake(stream).await.expect("a client's preface is sent");
        let connection = tokio::spawn(async {
            // Each request reports the end of the connection, too.
            let _ = connection.await;
        });
        Self { requests, connection, address }
    }

    /// Sends a request without a body and reads the response to its end.
    ///
    /// # Errors
    ///
    /// The server resets the request or the response.
    pub async fn exchange(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Result<Answer, Error> {
        let (head, mut stream) = self.begin(method, path, headers).await?.into_parts();
        let mut body = Vec::new();
        while let Some(piece) = timeout(REQUEST_TIMEOUT, stream.data()).await.expect("a body in time") {
            let piece = piece?;
            stream.flow_control().release_capacity(piece.len())?;
            body.extend_from_slice(&piece);
        }
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    /// Sends a request without a body and reads the head of the response. Dropping the response cancels it.
    pub async fn begin(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Response<RecvStream>, Error> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            request = request.header(name, HeaderValue::from_str(value).expect("a header value"));
        }
        let mut requests = self.requests.clone().ready().await?;
        let (response, _) = requests.send_request(request.body(()).expect("a request"), true)?;
        timeout(REQUEST_TIMEOUT, response).await.expect("an answer in time")
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.connection.abort();
    }
}
