//! nginx with the configuration of `deploy/`, in front of three replicas.

mod callers;
mod log;
mod outage;
mod problems;
mod resent;
mod resolved;
mod slow;
mod update;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use black_box::Engine::Postgres;
use black_box::{API_KEY, Nginx, Options, ProxyClient, RedisServer, Server, StateDir, example};

const REPLICAS: usize = 3;

/// Replicas that share a database and a Redis, and nginx in front of them.
struct Site {
    nginx: Nginx,
    replicas: Vec<Server>,
}

impl Site {
    /// Starts all with these variables and those that the replicas share.
    async fn start(variables: &[(&str, &str)]) -> Self {
        let mut options = Options::on(Postgres).redis(&RedisServer::shared()).variable("trusted_proxies", "1");
        for (name, value) in variables {
            options = options.variable(name, value);
        }
        let mut replicas = Vec::new();
        for number in 1..=REPLICAS {
            let hostname = format!("replica-{number}");
            let options = options.clone().variable("app_hostname", &hostname).state(&StateDir::new());
            replicas.push(Server::start(options).await);
        }
        let addresses: Vec<SocketAddr> = replicas.iter().map(Server::address).collect();
        Self { nginx: Nginx::start(&addresses).await, replicas }
    }

    /// A client with a key and its own address, because nginx limits the requests of an address.
    fn caller(&self, number: u8) -> ProxyClient {
        self.nginx.client(address(number), Some(API_KEY))
    }

    /// A client without a key.
    fn stranger(&self, number: u8) -> ProxyClient {
        self.nginx.client(address(number), None)
    }
}

fn address(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 77, number)
}

/// Counts the responses of each replica.
async fn answering(caller: &ProxyClient, requests: usize) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for _ in 0..requests {
        let index = caller.get("/").await.assert_json(200, "which replica");
        *counts.entry(index["hostname"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn requests_are_spread_over_all_replicas() {
    let site = Site::start(&[]).await;
    let counts = answering(&site.caller(1), 30).await;
    assert_eq!(counts.len(), REPLICAS, "{counts:?}");
    assert!(counts.values().all(|count| (8..=12).contains(count)), "evenly: {counts:?}");
}

#[tokio::test]
async fn what_one_replica_writes_all_of_them_read() {
    let site = Site::start(&[("cache_ttl", "60s")]).await;
    let caller = site.caller(1);
    for _ in 0..12 {
        let created = ProxyClient::send(caller.json("POST", example::LIST, &example::new())).await;
        let (path, entry) = (created.header("Location").expect("a location"), created.assert_json(201, "a write"));
        for _ in 0..REPLICAS {
            let read = caller.get(path).await;
            assert_eq!(read.assert_json(200, "a read"), entry);
            assert_eq!(read.header("ETag"), created.header("ETag"));
        }
        ProxyClient::send(caller.request("DELETE", path)).await.assert_status(204, "a deletion");
        for _ in 0..REPLICAS {
            caller.get(path).await.assert_problem(404, example::NOT_FOUND, "gone");
        }
    }
}
