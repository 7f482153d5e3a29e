//! Rows or keys on their way from a database to the guest.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::mpsc::Receiver;
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, Lower, StreamProducer, StreamResult, VecBuffer};

/// Gives what comes through a channel to a guest's stream, as it comes.
pub(super) struct ChannelProducer<I>(Receiver<I>);

/// Items handed over at a time, at most; the channel holds no more.
pub(super) const ITEMS_AHEAD: usize = 4;

impl<I> ChannelProducer<I> {
    pub(super) fn new(items: Receiver<I>) -> Self {
        Self(items)
    }
}

impl<D, I: Lower + Send + Sync + 'static> StreamProducer<D> for ChannelProducer<I> {
    type Item = I;
    type Buffer = VecBuffer<I>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Self::Item, Self::Buffer>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        // A guest that asks without room wants to know whether to ask again.
        let wanted = destination.remaining(store).unwrap_or(1).min(ITEMS_AHEAD);
        if wanted == 0 {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let mut items = Vec::with_capacity(wanted);
        match self.0.poll_recv_many(context, &mut items, wanted) {
            Poll::Ready(0) => Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Ready(_) => {
                destination.set_buffer(items.into());
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}
