//! Response bodies on their way from an instance to the client.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use tokio::time::timeout;
use wasmtime::Error;

use crate::lifetime::Open;

pub(crate) type ResponseBody = UnsyncBoxBody<Bytes, Error>;

/// How long the head of a response waits for its body. A guest that has the whole body offers it within microseconds;
/// a body that a guest produces later is streamed.
const BODY_TIMEOUT: Duration = Duration::from_millis(2);

/// Takes the body out of the instance if it is available within [`BODY_TIMEOUT`] and in one piece. Then a client that
/// does not read its response occupies memory for the body alone, and no instance.
///
/// Any other body keeps the instance by `open` until hyper drops the body.
pub(crate) async fn detach(response: Response<ResponseBody>, open: Arc<Open>) -> Response<ResponseBody> {
    let (head, mut body) = response.into_parts();
    let size_hint = body.size_hint();
    let first = timeout(BODY_TIMEOUT, body.frame()).await.ok();
    let whole = match &first {
        Some(None) => Some(Bytes::new()),
        Some(Some(Ok(frame))) if body.size_hint().exact() == Some(0) => frame.data_ref().cloned(),
        _ => None,
    };
    if let Some(whole) = whole {
        let whole = Full::new(whole).map_err(|never| match never {});
        return Response::from_parts(head, whole.boxed_unsync());
    }
    let attached = Attached { first: first.flatten(), size_hint, rest: body, _open: open };
    Response::from_parts(head, attached.boxed_unsync())
}

/// A body that keeps its instance.
struct Attached {
    /// Already taken out of `rest`.
    first: Option<Result<Frame<Bytes>, Error>>,
    /// Size of `first` and `rest` together.
    size_hint: SizeHint,
    rest: ResponseBody,
    _open: Arc<Open>,
}

impl Body for Attached {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match self.first {
            Some(_) => self.size_hint,
            None => self.rest.size_hint(),
        }
    }
}
