//! Dispatches requests to instances of their component.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::oneshot;
use wasmtime::component::Accessor;
use wasmtime::error::Context as _;
use wasmtime::{Engine, Store};
use wasmtime_wasi_http::handler::{HandlerState, Proxy, ProxyHandler, ProxyPre, StoreBundle};
use wasmtime_wasi_http::p3;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use crate::app::AppComponent;
use crate::body::{ResponseBody, detach};
use crate::cli::InstanceReuse;
use crate::instance::Instance;
use crate::output::{Output, report};

/// The instances of one component.
pub(crate) struct Workers(ProxyHandler<WorkerState>);

struct WorkerState {
    engine: Engine,
    component: Arc<AppComponent>,
    reuse: InstanceReuse,
    output: Option<Output>,
}

impl Workers {
    pub(crate) fn new(
        engine: Engine,
        component: Arc<AppComponent>,
        prepared: ProxyPre<Instance>,
        reuse: InstanceReuse,
        output: Option<Output>,
    ) -> Self {
        let state = WorkerState { engine, component, reuse, output };
        Self(ProxyHandler::new(state, prepared))
    }

    /// Calls an instance. Returns `None`, with a line in the log, if the instance fails.
    ///
    /// The request occupies the instance until the body of the response has left it; see [`detach`].
    pub(crate) async fn handle(&self, request: Request<Incoming>) -> Option<Response<ResponseBody>> {
        let (answer, answered) = oneshot::channel();
        let component = self.0.state().component.clone();
        self.0.spawn(
            None,
            Box::new(move |store, proxy| {
                Box::pin(async move {
                    if let Err(error) = serve(store, proxy, request, answer).await {
                        report(format_args!("component `{}` failed: {error:#}", component.id));
                    }
                })
            }),
        );
        answered.await.ok()
    }
}

impl HandlerState for WorkerState {
    type StoreData = Instance;

    fn new_store(&self, _request_id: Option<u64>) -> wasmtime::Result<StoreBundle<Instance>> {
        let instance = Instance::new(&self.component, self.output.as_ref());
        Ok(StoreBundle { store: Store::new(&self.engine, instance), write_profile: Box::new(|_| ()) })
    }

    /// Covers a body that the instance streams, too.
    fn request_timeout(&self) -> Duration {
        self.reuse.request_timeout.unwrap_or(Duration::MAX)
    }

    fn idle_instance_timeout(&self) -> Duration {
        self.reuse.idle_instance_timeout
    }

    fn max_instance_reuse_count(&self) -> usize {
        self.reuse.max_instance_reuse_count
    }

    fn max_instance_concurrent_reuse_count(&self) -> usize {
        self.reuse.max_instance_concurrent_reuse_count
    }

    fn handle_worker_error(&self, error: wasmtime::Error) {
        report(format_args!("an instance of `{}` ended: {error:#}", self.component.id));
    }
}

/// Calls the guest, sends its response to `answer`, and returns when the body has left the instance. A guest can write
/// its body only while this runs.
async fn serve(
    store: &Accessor<Instance>,
    proxy: &Proxy,
    request: Request<Incoming>,
    answer: oneshot::Sender<Response<ResponseBody>>,
) -> wasmtime::Result<()> {
    let Proxy::P3(service) = proxy;
    let (request, sent) = p3::Request::from_http(request.map(|body| body.map_err(body_error)));
    let response = service.handle(store, request).await?;
    let response = response.context("the component answered with an error")?;
    let response = store.with(|store| response.into_http(store, sent))?;
    let (response, closed) = detach(response).await;
    // The client may have closed the connection.
    if answer.send(response).is_ok()
        && let Some(closed) = closed
    {
        let _ = closed.await;
    }
    Ok(())
}

fn body_error(error: hyper::Error) -> ErrorCode {
    if error.is_timeout() {
        return ErrorCode::HttpResponseTimeout;
    }
    ErrorCode::HttpProtocolError
}
