//! Streams of rows or keys from a database to the guest.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::mpsc::Receiver;
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, Lower, StreamProducer, StreamResult, VecBuffer};

/// Feeds a guest's stream from a channel.
pub(super) struct ChannelProducer<I>(Receiver<I>);

/// Capacity of the channel, in items. The producer passes on at most as many at a time.
pub(super) const CHANNEL_CAPACITY: usize = 4;

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
        // A guest polls with a capacity of 0 to learn whether the stream is ready.
        let wanted = destination.remaining(store).unwrap_or(1).min(CHANNEL_CAPACITY);
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
