//! A request through an instance of its component.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use tokio::sync::oneshot;
use wasmtime::component::Accessor;
use wasmtime::error::Context as _;
use wasmtime::{Engine, Store};
use wasmtime_wasi_http::handler::{HandlerState, Proxy, ProxyHandler, ProxyPre, StoreBundle};
use wasmtime_wasi_http::p3;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use crate::app::AppComponent;
use crate::cli::InstanceReuse;
use crate::instance::Instance;
use crate::output::Output;

/// The body of a response.
pub(crate) type ResponseBody = UnsyncBoxBody<Bytes, ErrorCode>;

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

    /// Lets an instance answer. `None` if it failed to, which it has logged.
    ///
    /// The request counts for the instance until the body of the response is dropped.
    pub(crate) async fn handle(&self, request: Request<Incoming>) -> Option<Response<ResponseBody>> {
        let (answer, answered) = oneshot::channel();
        let component = self.0.state().component.clone();
        self.0.spawn(
            None,
            Box::new(move |store, proxy| {
                Box::pin(async move {
                    if let Err(error) = serve(store, proxy, request, answer).await {
                        eprintln!("runner: component `{}` failed: {error:#}", component.id);
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

    /// Spin has none unless it is told so.
    fn request_timeout(&self) -> Duration {
        Duration::MAX
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
        eprintln!("runner: an instance of `{}` ended: {error:#}", self.component.id);
    }
}

/// Calls the guest, hands its response to `answer`, and stays until the body has been sent: the
/// guest writes it only while this runs.
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
    let (open, closed) = oneshot::channel();
    let response = response.map(|body| ServedBody { body, _open: open }.boxed_unsync());
    // Whoever asked may be gone.
    if answer.send(response).is_ok() {
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

/// A body whose end can be waited for: `_open` closes when it is dropped.
struct ServedBody {
    body: ResponseBody,
    _open: oneshot::Sender<()>,
}

impl Body for ServedBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
