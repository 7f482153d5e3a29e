//! One connection of HTTP/1 or HTTP/2, whichever the client speaks, with an idle timeout.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::sleep;

use crate::body::ResponseBody;

/// How long a connection stays open without a new or a running request. It bounds the time for the head of the first
/// request. For the next head, and for reading a response, a client has up to twice as long.
/// It exceeds the 30 s for which `deploy/nginx.conf` keeps an idle connection. Otherwise nginx could send a request on
/// a connection that is being closed.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(40);

/// Counts the requests of a connection.
#[derive(Debug, Default)]
struct Activity {
    begun: AtomicU64,
    answered: AtomicU64,
}

/// Counts a request as answered when dropped.
struct InFlight(Arc<Activity>);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Maximum buffer of an HTTP/1 connection, in bytes. It bounds the request head. `None` means hyper's default.
    pub(crate) http1_max_buf_size: Option<usize>,
    pub(crate) idle_timeout: Duration,
}

/// Serves the requests of a connection until the client closes it or it is idle for too long.
///
/// An HTTP/1 client that has closed its side of the connection still gets its responses.
pub(crate) async fn serve<I, F>(stream: I, bounds: Bounds, answer: impl Fn(Request<Incoming>) -> F)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Response<ResponseBody>> + Send + 'static,
{
    let activity = Arc::new(Activity::default());
    let service = service_fn(|request| {
        let in_flight = Activity::begin(&activity);
        let responding = answer(request);
        async move {
            let response = responding.await;
            drop(in_flight);
            Ok::<_, Infallible>(response)
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().half_close(true);
    if let Some(size) = bounds.http1_max_buf_size {
        builder.http1().max_buf_size(size);
    }
    tokio::select! {
        // Ignores errors: the client closed early or did not send HTTP, or a response body failed.
        _ = builder.serve_connection(TokioIo::new(stream), service) => {}
        () = activity.until_idle(bounds.idle_timeout) => {}
    }
}

impl Activity {
    fn begin(activity: &Arc<Self>) -> InFlight {
        activity.begun.fetch_add(1, Relaxed);
        InFlight(activity.clone())
    }

    /// Returns after a period of `timeout` in which no request began and none is in flight.
    async fn until_idle(&self, timeout: Duration) {
        let mut known = 0;
        loop {
            sleep(timeout).await;
            let begun = self.begun.load(Relaxed);
            if begun == known && begun == self.answered.load(Relaxed) {
                return;
            }
            known = begun;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.answered.fetch_add(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::task::JoinSet;
    use tokio::time::Instant;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(2);
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    /// Sends one piece every half a timeout to a server that takes `pause` for each response. Returns what the server
    /// sent and how long it kept the connection.
    async fn exchange(pieces: &[&[u8]], pause: Duration) -> (String, Duration) {
        let (mut client, stream) = duplex(1 << 20);
        let began = Instant::now();
        let bounds = Bounds { http1_max_buf_size: None, idle_timeout: TIMEOUT };
        let server = tokio::spawn(serve(stream, bounds, move |_| async move {
            sleep(pause).await;
            Response::new(Full::from("answer").map_err(|never| match never {}).boxed_unsync())
        }));
        for piece in pieces {
            client.write_all(piece).await.unwrap();
            sleep(TIMEOUT / 2).await;
        }
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        server.await.unwrap();
        (String::from_utf8_lossy(&received).into_owned(), began.elapsed())
    }

    #[tokio::test]
    async fn a_client_that_sends_no_whole_head_is_gone_after_the_timeout() {
        let cases: [&'static [&'static [u8]]; 4] =
            [&[], &[b"GET / HTTP/1.1\r\nHost: a\r\nX: "], &[b"G", b"E"], &[b"PRI * HTTP/2.0\r\n"]];
        let mut exchanges = JoinSet::new();
        for pieces in cases {
            exchanges.spawn(async move { (pieces, exchange(pieces, Duration::ZERO).await) });
        }
        for (pieces, (received, kept)) in exchanges.join_all().await {
            assert_eq!(received, "", "{pieces:?}");
            assert!(kept >= TIMEOUT, "{kept:?} for {pieces:?}");
        }
    }

    #[tokio::test]
    async fn an_idle_client_of_http_2_is_gone_after_the_timeout() {
        let preface_and_settings = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        let (_, kept) = exchange(&[preface_and_settings], Duration::ZERO).await;
        assert!(kept >= TIMEOUT, "{kept:?}");
    }

    #[tokio::test]
    async fn a_client_is_kept_while_it_sends_requests() {
        let (received, _) = exchange(&[REQUEST; 7], Duration::ZERO).await;
        assert_eq!(received.matches("answer").count(), 7, "{received}");
    }

    #[tokio::test]
    async fn a_request_that_is_being_answered_keeps_its_connection() {
        let (received, _) = exchange(&[REQUEST], 3 * TIMEOUT).await;
        assert_eq!(received.matches("answer").count(), 1, "{received}");
    }
}
