//! Rows on their way from a database to the guest.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::mpsc::Receiver;
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, Lower, StreamProducer, StreamResult, VecBuffer};

/// Gives the rows of a channel to a guest's stream, as they come.
pub(super) struct RowProducer<R>(Receiver<R>);

/// Rows handed over at a time, at most; the channel holds no more.
pub(super) const ROWS_AHEAD: usize = 4;

impl<R> RowProducer<R> {
    pub(super) fn new(rows: Receiver<R>) -> Self {
        Self(rows)
    }
}

impl<D, R: Lower + Send + Sync + 'static> StreamProducer<D> for RowProducer<R> {
    type Item = R;
    type Buffer = VecBuffer<R>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Self::Item, Self::Buffer>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        // A guest that asks without room wants to know whether to ask again.
        let wanted = destination.remaining(store).unwrap_or(1).min(ROWS_AHEAD);
        if wanted == 0 {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let mut rows = Vec::with_capacity(wanted);
        match self.0.poll_recv_many(context, &mut rows, wanted) {
            Poll::Ready(0) => Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Ready(_) => {
                destination.set_buffer(rows.into());
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}
