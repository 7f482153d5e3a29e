//! Dispatches requests to instances of their component.

use std::future;
use std::pin::Pin;
use std::sync::Arc;

use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::oneshot;
use wasmtime::component::GuestTaskId;
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi_http::handler::{
    self, ErrorCode, HandlerState, Proxy, ProxyHandler, ShouldAccept, TrapOrPanicError, ViewFn,
};
use wasmtime_wasi_http::p3::WasiHttpView as _;
use wasmtime_wasi_http::p3::bindings::ServicePre;
use wasmtime_wasi_http::p3::bindings::http::types;

use crate::app::AppComponent;
use crate::body::{ResponseBody, detach};
use crate::cli::InstanceReuse;
use crate::engine::Prepared;
use crate::instance::Instance;
use crate::lifetime::{Expiration, Lifetime, Open, Requests};
use crate::output::{Output, report};

/// The instances of one component.
pub(crate) struct Workers(ProxyHandler<Workshop>);

/// Makes instances.
struct Workshop {
    engine: Engine,
    component: Arc<AppComponent>,
    service: ServicePre<Instance>,
    lifetime: Lifetime,
    output: Option<Output>,
}

/// Serves the requests of one instance.
struct Worker {
    component: Arc<AppComponent>,
    requests: Arc<Requests>,
}

impl Workers {
    pub(crate) fn new(
        engine: Engine,
        component: Arc<AppComponent>,
        prepared: Prepared,
        reuse: InstanceReuse,
        output: Option<Output>,
    ) -> Self {
        let lifetime = Lifetime::new(prepared.wasi, reuse);
        let service = prepared.service;
        Self(ProxyHandler::new(Workshop { engine, component, service, lifetime, output }))
    }

    /// Calls an instance. Returns `None`, with a line in the log, if the instance fails.
    pub(crate) async fn handle(&self, request: Request<Incoming>) -> Option<Response<ResponseBody>> {
        let (accept, accepted) = oneshot::channel();
        let request = request.map(|body| body.map_err(body_error).boxed_unsync());
        match self.0.handle(accept, request).await {
            Ok(response) => Some(detach(response, accepted.await.ok()?).await),
            Err(error) => {
                // `Worker::drop` logs the reason of a trap or a panic.
                if !error.is::<TrapOrPanicError>() {
                    report(format_args!("component `{}` failed: {error:#}", self.0.state().component.id));
                }
                None
            }
        }
    }
}

impl HandlerState for Workshop {
    type StoreData = Instance;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<handler::Instance<Instance, Expiration, Worker>> {
        let instance = Instance::new(&self.component, self.output.as_ref());
        let mut store = Store::new(&self.engine, instance);
        let proxy = Proxy::P3(self.service.instantiate_async(&mut store).await?);
        let requests = Requests::new(self.lifetime);
        Ok(handler::Instance {
            store,
            proxy,
            view: ViewFn::P3(Instance::http),
            expiration: Expiration::new(requests.clone()),
            state: Worker { component: self.component.clone(), requests },
        })
    }
}

impl handler::WorkerState for Worker {
    type StoreData = Instance;
    /// Receives the guard that keeps the request's instance.
    type RequestId = oneshot::Sender<Arc<Open>>;

    fn should_accept_request(&self, concurrent_count: usize, _total_count: usize) -> ShouldAccept {
        self.requests.should_accept(concurrent_count)
    }

    fn on_request_start(
        &self,
        _store: StoreContextMut<'_, Instance>,
        accept: oneshot::Sender<Arc<Open>>,
        _task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        let open = Arc::new(self.requests.open());
        // The client may have closed the connection; the component still gets the request.
        let _ = accept.send(open.clone());
        let timeout = self.requests.timeout();
        Box::pin(async move {
            match timeout {
                Some(timeout) => tokio::time::sleep(timeout).await,
                None => future::pending().await,
            }
            drop(open);
        })
    }

    fn drop(&self, store: Store<Instance>, result: wasmtime::Result<()>) {
        if let Err(error) = result
            && !self.requests.are_over()
        {
            report(format_args!("an instance of `{}` ended: {error:#}", self.component.id));
        }
        drop(store);
    }
}

fn body_error(error: hyper::Error) -> ErrorCode {
    let code =
        if error.is_timeout() { types::ErrorCode::HttpResponseTimeout } else { types::ErrorCode::HttpProtocolError };
    code.into()
}
