//! A DNS server whose records a test sets. It stands in for Docker's, which resolves a service to its containers.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// Bytes of a message's header.
const HEADER: usize = 12;
const NAME_ERROR: u8 = 3;

/// Stops when dropped.
#[derive(Debug)]
pub struct Dns {
    address: SocketAddr,
    addresses: Arc<Mutex<Vec<Ipv4Addr>>>,
    task: JoinHandle<()>,
}

impl Dns {
    /// Knows this name, of one label, and no other.
    pub async fn start(name: &'static str) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("an address");
        let addresses = Arc::new(Mutex::new(Vec::new()));
        let known = addresses.clone();
        let task = tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
                let known = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(response) = response(&buffer[..length], name, &known) {
                    let _ = socket.send_to(&response, client).await;
                }
            }
        });
        Self { address, addresses, task }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces the addresses of the name.
    pub fn set(&self, addresses: impl IntoIterator<Item = Ipv4Addr>) {
        let mut known = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        *known = addresses.into_iter().collect();
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers a query for A records.
fn response(query: &[u8], known: &str, addresses: &[Ipv4Addr]) -> Option<Vec<u8>> {
    let id = query.get(..2)?;
    let length = usize::from(*query.get(HEADER)?);
    let name = query.get(HEADER + 1..HEADER + 1 + length)?;
    // The name's end, and the type and class.
    let question = query.get(HEADER..HEADER + 1 + length + 5)?;
    let addresses = if name == known.as_bytes() { addresses } else { &[] };
    let code = if addresses.is_empty() { NAME_ERROR } else { 0 };
    let mut response = id.to_vec();
    // A response to a recursive query, with one question.
    response.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(addresses.len()).ok()?, 0, 0, 0, 0]);
    response.extend(question);
    for address in addresses {
        // The name of the question, type A, class IN, ten minutes, four bytes.
        response.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 2, 88, 0, 4]);
        response.extend(address.octets());
    }
    Some(response)
}
