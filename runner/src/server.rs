//! The HTTP server: connections, the runtime's own paths, and routes to components.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream};

use crate::app::App;
use crate::cli::Up;
use crate::engine::Runtime;
use crate::execute::{ResponseBody, Workers};
use crate::output::Output;
use crate::request::{RequestError, add_spin_headers, make_absolute};
use crate::router::{RouteMatch, WELL_KNOWN_PREFIX};

/// A listening server.
pub(crate) struct Server {
    listener: TcpListener,
    site: Arc<Site>,
}

/// What is served.
struct Site {
    app: App,
    workers: BTreeMap<String, Workers>,
}

/// `/.well-known/spin/info`
#[derive(Serialize)]
struct AppInfo<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
}

impl Server {
    /// Prepares the components, then listens, then prints where, in the words of `spin up`.
    pub(crate) async fn start(app: App, options: &Up, output: &Output) -> anyhow::Result<Self> {
        let site = Arc::new(Site::new(app, options, output)?);
        let listener =
            TcpListener::bind(options.listen).await.with_context(|| format!("cannot listen on {}", options.listen))?;
        site.announce(listener.local_addr()?).context("cannot write to stdout")?;
        Ok(Self { listener, site })
    }

    /// Accepts connections for ever. Like Spin, it leaves TCP_NODELAY off.
    pub(crate) async fn serve(&self) -> anyhow::Result<()> {
        loop {
            let (stream, client) = self.listener.accept().await?;
            tokio::spawn(serve_connection(self.site.clone(), stream, client));
        }
    }
}

async fn serve_connection(site: Arc<Site>, stream: TcpStream, client: SocketAddr) {
    let service = service_fn(|request| {
        let site = site.clone();
        async move { site.answer(request, client).await }
    });
    // An error is the client's: it closed early, or did not speak HTTP.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

impl Site {
    fn new(app: App, options: &Up, output: &Output) -> anyhow::Result<Self> {
        let runtime = Runtime::new(!options.disable_cache)?;
        let mut workers = BTreeMap::new();
        for (id, component) in &app.components {
            let prepared = runtime.prepare(component)?;
            let engine = runtime.engine().clone();
            let component = component.clone();
            let output = (!options.quiet).then(|| output.clone());
            let worker = Workers::new(engine, component, prepared, options.reuse, output);
            workers.insert(id.clone(), worker);
        }
        Ok(Self { app, workers })
    }

    fn announce(&self, address: SocketAddr) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "\nServing http://{address}")?;
        writeln!(out, "Available Routes:")?;
        for route in self.app.router.routes() {
            writeln!(out, "  {}: http://{address}{route}", route.component)?;
            let component = self.app.components.get(&route.component);
            let description = component.map_or("", |component| &component.description);
            if !description.is_empty() {
                writeln!(out, "    {description}")?;
            }
        }
        out.flush()
    }

    /// # Errors
    ///
    /// The server closes the connection without an answer, which is what Spin does.
    async fn answer(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
    ) -> Result<Response<ResponseBody>, RequestError> {
        let path = request.uri().path().to_owned();
        if let Some(own) = path.strip_prefix(WELL_KNOWN_PREFIX) {
            return Ok(self.well_known(own));
        }
        match self.app.router.find(&path) {
            Some(route) => self.answer_by_component(request, &route, client).await,
            None => Ok(empty(StatusCode::NOT_FOUND)),
        }
    }

    async fn answer_by_component(
        &self,
        mut request: Request<Incoming>,
        route: &RouteMatch<'_>,
        client: SocketAddr,
    ) -> Result<Response<ResponseBody>, RequestError> {
        make_absolute(&mut request)?;
        let uri = request.uri().clone();
        if let Err(error) = add_spin_headers(request.headers_mut(), &uri, route, client) {
            eprintln!("runner: {error}");
            return Ok(empty(StatusCode::INTERNAL_SERVER_ERROR));
        }
        let response = match self.workers.get(route.component) {
            Some(workers) => workers.handle(request).await,
            None => None,
        };
        Ok(response.unwrap_or_else(|| empty(StatusCode::INTERNAL_SERVER_ERROR)))
    }

    fn well_known(&self, path: &str) -> Response<ResponseBody> {
        match path {
            "health" => full("OK"),
            "info" => self.info(),
            _ => empty(StatusCode::NOT_FOUND),
        }
    }

    fn info(&self) -> Response<ResponseBody> {
        let info = AppInfo { name: &self.app.name, version: self.app.version.as_deref() };
        let Ok(text) = serde_json::to_string_pretty(&info) else {
            return empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let mut response = full(text);
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }
}

fn full(text: impl Into<Bytes>) -> Response<ResponseBody> {
    let body = Full::new(text.into()).map_err(|never| match never {});
    Response::new(body.boxed_unsync())
}

fn empty(status: StatusCode) -> Response<ResponseBody> {
    let mut response = full("");
    *response.status_mut() = status;
    response
}
