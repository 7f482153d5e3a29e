//! Replicas that are killed and come back at other addresses, as containers do.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use black_box::{Dns, Nginx, Server, StateDir};
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::outage::{assert_transfers, has_traffic, idempotent, transfers, under_load};
use super::{REPLICAS, Site};

const CALLERS: u8 = 48;
const KILLS: u8 = 20;

/// The address of a removed container. Packets to it get no response, not even a reset.
struct Gone {
    _full: TcpListener,
    _waiting: Vec<tokio::task::JoinHandle<std::io::Result<TcpStream>>>,
}

impl Gone {
    async fn at(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let full = socket.listen(0).unwrap();
        let waiting = (0..3).map(|_| tokio::spawn(TcpStream::connect(address))).collect();
        Self { _full: full, _waiting: waiting }
    }
}

fn host(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 78, number)
}

#[tokio::test]
#[ignore = "needs nginx 1.27.3 or later on the PATH, for `resolve`; Debian 12 has 1.22"]
async fn no_idempotent_request_fails_when_the_addresses_change() {
    let mut site = Site::start(&[]).await;
    let port = fastrand::u16(20_000..32_000);
    let options = site.replicas[0].options().clone();
    let start = async |number: u8| {
        let options = options.clone().listen((host(number), port).into()).state(&StateDir::new());
        Server::start(options.variable("app_hostname", &format!("replica-{number}"))).await
    };
    let mut numbers: Vec<u8> = (1..=3).collect();
    site.replicas.clear();
    for number in &numbers {
        site.replicas.push(start(*number).await);
    }
    assert_eq!(site.replicas.len(), REPLICAS);
    let dns = Dns::start("api").await;
    dns.set(numbers.iter().map(|number| host(*number)));
    site.nginx = Nginx::start_resolving(dns.address(), port).await;
    sleep(Duration::from_secs(2)).await;

    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (mut running, mut giving) = (JoinSet::new(), JoinSet::new());
    for number in 1..=CALLERS {
        running.spawn(idempotent(site.caller(number), number, stop.clone(), done.clone()));
    }
    for number in 1..=4 {
        giving.spawn(transfers(site.caller(100 + number), number, stop.clone()));
    }
    let mut gone = Vec::new();
    for kill in 0..KILLS {
        under_load(&done).await;
        let address = site.replicas[0].address();
        site.kill(0);
        gone.push(Gone::at(address).await);
        numbers.remove(0);
        // A random moment between two look-ups of nginx.
        sleep(Duration::from_millis(fastrand::u64(0..1000))).await;
        dns.set(numbers.iter().map(|number| host(*number)));
        sleep(Duration::from_millis(fastrand::u64(0..2000))).await;
        let number = kill + 4;
        site.replicas.push(start(number).await);
        numbers.push(number);
        dns.set(numbers.iter().map(|number| host(*number)));
        has_traffic(&site, (host(number), port).into()).await;
        sleep(Duration::from_millis(fastrand::u64(0..1000))).await;
    }
    stop.store(true, Ordering::SeqCst);
    running.join_all().await;
    assert_transfers(&site, giving.join_all().await).await;
    let lines = site.nginx.logs().records();
    let is_again = |line: &&Value| line["upstream"].as_str().is_some_and(|upstream| upstream.contains("api : "));
    let began_again = lines.iter().filter(is_again).count();
    println!("{} requests, of which {began_again} began again", done.load(Ordering::SeqCst));
}
