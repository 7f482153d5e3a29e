//! The part of a token issuer that the API uses: a JWKS endpoint.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::SigningKey;

/// How the endpoint responds.
#[derive(Clone, Debug)]
pub enum Reply {
    Body(String),
    /// This status with a valid body.
    Status(u16),
    /// No response, for as long as the client waits.
    Silence,
    /// The first half of a valid body, and then nothing.
    Half,
    /// A valid response after this time.
    Late(Duration),
}

#[derive(Debug)]
pub struct Issuer {
    address: SocketAddr,
    state: Arc<State>,
    serving: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct State {
    keys: Mutex<String>,
    reply: Mutex<Option<Reply>>,
    requests: AtomicUsize,
}

impl Issuer {
    pub async fn start(keys: &[&SigningKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = State { keys: Mutex::default(), reply: Mutex::default(), requests: AtomicUsize::new(0) };
        let state = Arc::new(state);
        let serving = Some(tokio::spawn(serve(listener, state.clone())));
        let issuer = Self { address, state, serving };
        issuer.publish(keys);
        issuer
    }

    /// Returns scheme, host and port.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the URL of the keys.
    pub fn url(&self) -> String {
        format!("{}/keys/jwks.json?tenant=1", self.origin())
    }

    /// Replaces the published keys and makes responses valid again.
    pub fn publish(&self, keys: &[&SigningKey]) {
        let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
        *self.state.keys.lock().unwrap_or_else(PoisonError::into_inner) = json!({ "keys": keys }).to_string();
        self.answer(None);
    }

    /// Changes the following responses; `None` makes them valid again.
    pub fn answer(&self, reply: Option<Reply>) {
        *self.state.reply.lock().unwrap_or_else(PoisonError::into_inner) = reply;
    }

    /// Returns the number of requests so far.
    pub fn requests(&self) -> usize {
        self.state.requests.load(SeqCst)
    }

    /// Refuses connections from now on.
    pub async fn stop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            // Returns when the listener is closed.
            let _ = serving.await;
        }
    }

    /// Listens again at the same address.
    pub async fn restart(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port is free again");
        self.serving = Some(tokio::spawn(serve(listener, self.state.clone())));
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, state.clone()));
    }
}

async fn converse(mut stream: TcpStream, state: Arc<State>) {
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(length) if length > 0 => request.extend(&buffer[..length]),
            _ => return,
        }
    }
    state.requests.fetch_add(1, SeqCst);
    let reply = state.reply.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let keys = state.keys.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let whole = |status, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 {status} Reason\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
    };
    let text = match &reply {
        None | Some(Reply::Late(_)) => whole(200, &keys),
        Some(Reply::Body(body)) => whole(200, body),
        Some(Reply::Status(status)) => whole(*status, &keys),
        Some(Reply::Half) => whole(200, &keys)[..whole(200, &keys).len() - keys.len() / 2].to_owned(),
        Some(Reply::Silence) => String::new(),
    };
    if let Some(Reply::Late(time)) = reply {
        tokio::time::sleep(time).await;
    }
    let _ = stream.write_all(text.as_bytes()).await;
    if matches!(reply, Some(Reply::Silence | Reply::Half)) {
        // Until the client closes the connection.
        while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
    }
}
