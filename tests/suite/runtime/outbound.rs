//! `allowed_outbound_hosts`

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use black_box::{Options, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::Guest;

/// A host that counts its connections and responds to each request with 203 and four bytes.
struct Host {
    port: u16,
    connections: Arc<AtomicUsize>,
}

#[tokio::test]
async fn the_listed_host_is_reached() {
    let host = Host::start().await;
    let server = Server::start(Options::guest().variable("allowed_port", &host.port.to_string())).await;
    let url = format!("http://127.0.0.1:{}/any/path?x=1", host.port);
    assert_eq!(get(&server, &url).await, "status: 203, 4 bytes");
    assert_eq!(host.connections(), 1);
}

#[tokio::test]
async fn no_other_is() {
    let allowed = Host::start().await;
    let other = Host::start().await;
    let options = Options::guest().variable("allowed_port", &allowed.port.to_string());
    let server = Server::start(options).await;
    let urls = [
        format!("http://127.0.0.1:{}/", other.port),
        format!("http://localhost:{}/", allowed.port),
        format!("http://[::1]:{}/", allowed.port),
        format!("https://127.0.0.1:{}/", allowed.port),
        "http://127.0.0.1/".to_owned(),
        "http://example.com/".to_owned(),
        // The server itself.
        format!("http://{}/count", server.address()),
    ];
    for url in urls {
        let answer = get(&server, &url).await;
        assert!(answer.contains("HttpRequestDenied"), "{url}: {answer}");
    }
    assert_eq!((allowed.connections(), other.connections()), (0, 0), "nothing was sent");
    server.client().get("/count").send().await.assert_status(200, "the instance still responds");
}

#[tokio::test]
async fn a_listed_host_that_is_away_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let server = Server::start(Options::guest().variable("allowed_port", &port.to_string())).await;
    let answer = get(&server, &format!("http://127.0.0.1:{port}/")).await;
    assert!(answer.contains("ConnectionRefused"), "{answer}");
}

#[tokio::test]
async fn a_value_that_makes_an_entry_invalid_refuses_every_host_and_not_the_start() {
    let host = Host::start().await;
    let options = Options::guest().variable("allowed_port", &host.port.to_string());
    let server = Server::start(options.variable("redis_port", "no-port")).await;
    let answer = get(&server, &format!("http://127.0.0.1:{}/", host.port)).await;
    assert!(answer.contains("HttpRequestDenied"), "{answer}");
    let answer = server.client().get("/redis/open?address=redis://127.0.0.1:1").send().await.assert_json_text();
    let error = answer["outcome"]["error"].as_str().unwrap_or_default();
    assert!(error.contains("Other("), "{answer}");
    assert_eq!(host.connections(), 0, "nothing was sent");
}

impl Host {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        tokio::spawn(serve(listener, connections.clone()));
        Self { port, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(listener: TcpListener, connections: Arc<AtomicUsize>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            let mut request = Vec::new();
            let mut buffer = [0; 1024];
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read(&mut buffer).await {
                    Ok(length) if length > 0 => request.extend(&buffer[..length]),
                    _ => return,
                }
            }
            let answer = b"HTTP/1.1 203 Fine\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody";
            let _ = stream.write_all(answer).await;
        });
    }
}

async fn get(server: &Server, url: &str) -> String {
    // The only character of these URLs that a query must encode.
    let path = format!("/outbound?url={}", url.replace('&', "%26"));
    let answer = server.client().get(&path).send().await.assert_json_text();
    answer.as_str().expect("a text").to_owned()
}
