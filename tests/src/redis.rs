//! Redis servers: the shared one, which the environment names, and servers that one test controls.

use std::sync::Arc;

use reqwest::Url;

use crate::dedicated_server::DedicatedServer;

#[derive(Clone, Debug)]
pub struct RedisServer {
    /// `redis://:PASSWORD@HOST:PORT`
    url: Url,
    own: Option<Arc<DedicatedServer>>,
}

impl RedisServer {
    /// Returns the server of `MINI_API_REDIS`, which other tests use at the same time.
    pub fn shared() -> Self {
        let url = std::env::var("MINI_API_REDIS").ok().filter(|url| !url.is_empty());
        Self::at(&url.expect("MINI_API_REDIS names a server: set it, or run hack/servers/redis cargo test ..."), None)
    }

    /// Starts a server for one test, which may stop and start it.
    pub fn start_own() -> Self {
        let ([url], own) = DedicatedServer::start("hack/servers/redis", ["MINI_API_REDIS"], "MINI_API_REDIS_CTL");
        Self::at(&url, Some(own))
    }

    /// Includes the password.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    pub fn host_and_port(&self) -> (String, String) {
        let host = self.url.host_str().expect("MINI_API_REDIS has a host");
        (host.to_owned(), self.url.port().unwrap_or(6379).to_string())
    }

    /// The server's password, which no log may contain.
    pub fn password(&self) -> &str {
        self.url.password().unwrap_or_default()
    }

    /// Stops it. Its data is lost.
    pub fn stop(&self) {
        self.control("stop");
    }

    /// Starts it again on the same port. Returns when it accepts connections.
    pub fn start(&self) {
        self.control("start");
    }

    /// Without the password.
    pub(crate) fn address(&self) -> String {
        let (host, port) = self.host_and_port();
        format!("{}://{host}:{port}", self.url.scheme())
    }

    fn at(url: &str, own: Option<DedicatedServer>) -> Self {
        Self { url: Url::parse(url).expect("MINI_API_REDIS is a URL"), own: own.map(Arc::new) }
    }

    fn control(&self, argument: &str) {
        self.own.as_ref().expect("a server of the test's own").control(&[argument]);
    }
}
