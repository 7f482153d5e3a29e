//! A connection to the server, made again when the server has closed it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::task::spawn_local;
use tokio::time::timeout;

use crate::plan::Planned;

/// How long an answer may take, with the making of a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends one request at a time.
#[derive(Debug)]
pub(crate) struct Connection {
    address: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// Why there is no good answer.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("cannot connect: {0}")]
    Connect(#[from] std::io::Error),
    #[error("the connection broke: {0}")]
    Http(#[from] hyper::Error),
    #[error("no answer in {} s", PATIENCE.as_secs())]
    TimedOut,
    #[error("status {0}")]
    Status(u16),
}

impl Connection {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, sender: None }
    }

    /// Sends a request and reads its whole answer.
    pub(crate) async fn exchange(&mut self, planned: &Planned) -> Result<(), Failure> {
        let result = timeout(PATIENCE, self.try_exchange(planned)).await.unwrap_or(Err(Failure::TimedOut));
        if !matches!(result, Ok(_) | Err(Failure::Status(_))) {
            self.sender = None;
        }
        result
    }

    async fn try_exchange(&mut self, planned: &Planned) -> Result<(), Failure> {
        let response = self.sender().await?.send_request(planned.request()).await?;
        let status = response.status();
        response.into_body().collect().await?;
        if status == planned.status { Ok(()) } else { Err(Failure::Status(status.as_u16())) }
    }

    async fn sender(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, Failure> {
        let is_open = match &mut self.sender {
            Some(sender) => sender.ready().await.is_ok(),
            None => false,
        };
        if !is_open {
            self.sender = None;
        }
        match &mut self.sender {
            Some(sender) => Ok(sender),
            none => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                let (sender, connection) = handshake(TokioIo::new(stream)).await?;
                // What goes wrong on it is told to the request that it is on.
                spawn_local(async { drop(connection.await) });
                Ok(none.insert(sender))
            }
        }
    }
}
