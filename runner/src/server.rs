//! The HTTP server: accepts connections, serves the runtime's own paths, and routes the others to components.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use serde::Serialize;
use tokio::net::TcpListener;

use crate::app::App;
use crate::body::ResponseBody;
use crate::cli::Up;
use crate::connection::{self, Bounds, IDLE_TIMEOUT};
use crate::engine::Runtime;
use crate::execute::Workers;
use crate::listener::{accept, raise_open_files_limit};
use crate::output::Output;
use crate::request::{add_spin_headers, check_framing, make_absolute};
use crate::router::{RouteMatch, WELL_KNOWN_PREFIX};

const RUNTIME: &str = concat!("runner ", env!("CARGO_PKG_VERSION"));

pub(crate) struct Server {
    listener: TcpListener,
    bounds: Bounds,
    service: Arc<Service>,
}

struct Service {
    app: App,
    workers: BTreeMap<String, Workers>,
}

/// Response body of `/.well-known/spin/info`.
#[derive(Serialize)]
struct AppInfo<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    /// Spin has no such member.
    runtime: &'static str,
}

impl Server {
    /// Prepares the components, listens, and then prints the address in the format of `spin up`.
    pub(crate) async fn start(app: App, options: &Up, output: &Output) -> anyhow::Result<Self> {
        raise_open_files_limit();
        let service = Arc::new(Service::new(app, options, output)?);
        let listener =
            TcpListener::bind(options.listen).await.with_context(|| format!("cannot listen on {}", options.listen))?;
        service.announce(listener.local_addr()?).context("cannot write to stdout")?;
        let bounds = Bounds { http1_max_buf_size: options.http1_max_buf_size, idle_timeout: IDLE_TIMEOUT };
        Ok(Self { listener, bounds, service })
    }

    /// Accepts connections. Like Spin, leaves TCP_NODELAY off.
    pub(crate) async fn serve(&self) -> ! {
        loop {
            let (stream, client) = accept(&self.listener).await;
            let service = self.service.clone();
            let answer = move |request| {
                let service = service.clone();
                async move { service.handle(request, client).await }
            };
            tokio::spawn(connection::serve(stream, self.bounds, answer));
        }
    }
}

impl Service {
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

    async fn handle(&self, mut request: Request<Incoming>, client: SocketAddr) -> Response<ResponseBody> {
        let is_head = request.method() == Method::HEAD;
        if let Err(error) = check_framing(&request).and_then(|()| make_absolute(&mut request)) {
            let mut response = full(format!("{error}\n"));
            *response.status_mut() = error.status();
            return without_body_for_head(response, is_head);
        }
        let path = request.uri().path().to_owned();
        if let Some(own) = path.strip_prefix(WELL_KNOWN_PREFIX) {
            return without_body_for_head(self.well_known(own), is_head);
        }
        match self.app.router.find(&path) {
            Some(route) => self.handle_by_component(request, &route, client).await,
            None => empty(StatusCode::NOT_FOUND),
        }
    }

    async fn handle_by_component(
        &self,
        mut request: Request<Incoming>,
        route: &RouteMatch<'_>,
        client: SocketAddr,
    ) -> Response<ResponseBody> {
        let uri = request.uri().clone();
        add_spin_headers(request.headers_mut(), &uri, route, client);
        let response = match self.workers.get(route.component) {
            Some(workers) => workers.handle(request).await,
            None => None,
        };
        response.unwrap_or_else(|| empty(StatusCode::INTERNAL_SERVER_ERROR))
    }

    fn well_known(&self, path: &str) -> Response<ResponseBody> {
        match path {
            "health" => full("OK"),
            "info" => self.info(),
            _ => empty(StatusCode::NOT_FOUND),
        }
    }

    fn info(&self) -> Response<ResponseBody> {
        let info = AppInfo { name: &self.app.name, version: self.app.version.as_deref(), runtime: RUNTIME };
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
    let text = text.into();
    let length = HeaderValue::from(text.len());
    let body = Full::new(text).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    response.headers_mut().insert(CONTENT_LENGTH, length);
    response
}

/// Removes the body of a response to HEAD, which hyper does for HTTP/1 only.
fn without_body_for_head(response: Response<ResponseBody>, is_head: bool) -> Response<ResponseBody> {
    if !is_head {
        return response;
    }
    response.map(|_| Empty::new().map_err(|never| match never {}).boxed_unsync())
}

fn empty(status: StatusCode) -> Response<ResponseBody> {
    let mut response = full("");
    *response.status_mut() = status;
    response
}
