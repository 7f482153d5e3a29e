//! Writes to stderr in batches, and never lets a slow reader of stderr block a request.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, mem, thread};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// How long a batch collects lines. A system call for each line would be a good part of the cost of a small request.
const BATCH_DELAY: Duration = Duration::from_millis(5);

/// Size of the buffer, in bytes, at which further lines are dropped: some seconds of log lines. A stalled reader of
/// stderr must not stall the server.
const MAX_BUFFERED: usize = 4 << 20;

/// How long the process waits at its end for the last lines. A halted terminal never takes them.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Empty until the server starts.
static STDERR: OnceLock<Output> = OnceLock::new();

/// Logs a line of the runner itself.
pub(crate) fn report(line: fmt::Arguments<'_>) {
    match STDERR.get() {
        Some(output) => output.push(format!("runner: {line}\n").as_bytes()),
        None => eprintln!("runner: {line}"),
    }
}

/// A buffer in front of stderr, shared by clones. Each piece is written as a whole or dropped.
#[derive(Clone, Debug)]
pub(crate) struct Output(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    buffer: Vec<u8>,
    /// Number of pieces dropped since the last batch.
    dropped: u64,
    is_writing: bool,
    is_closed: bool,
}

impl Output {
    /// Returns the buffer of the process's stderr.
    pub(crate) fn stderr() -> io::Result<Self> {
        let output = Self::new(io::stderr())?;
        Ok(STDERR.get_or_init(|| output).clone())
    }

    /// Starts a thread that writes to `sink`.
    fn new(sink: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let threads = shared.clone();
        thread::Builder::new().name("output".to_owned()).spawn(move || threads.write_to(sink))?;
        Ok(Self(shared))
    }

    /// Discards all later pieces, and flushes.
    pub(crate) fn close(&self) {
        self.0.lock().is_closed = true;
        self.flush();
    }

    /// Waits until the buffer is written, for [`FLUSH_TIMEOUT`] at most.
    fn flush(&self) {
        let shared = &self.0;
        let is_unwritten = |state: &mut State| state.is_writing || !state.buffer.is_empty();
        // The process ends anyway; what is left is lost.
        let _ = shared.changed.wait_timeout_while(shared.lock(), FLUSH_TIMEOUT, is_unwritten);
    }

    fn push(&self, bytes: &[u8]) {
        let shared = &self.0;
        let mut state = shared.lock();
        if state.is_closed {
            return;
        }
        if state.buffer.len() >= MAX_BUFFERED {
            state.dropped += 1;
            return;
        }
        let is_first = state.buffer.is_empty();
        state.buffer.extend_from_slice(bytes);
        if is_first {
            shared.changed.notify_all();
        }
    }
}

impl Shared {
    fn write_to(&self, mut sink: impl Write) {
        let mut batch = Vec::new();
        loop {
            drop(self.wait_while(|state| state.buffer.is_empty()));
            thread::sleep(BATCH_DELAY);
            let mut state = self.lock();
            mem::swap(&mut state.buffer, &mut batch);
            let dropped = mem::take(&mut state.dropped);
            state.is_writing = true;
            drop(state);
            if dropped > 0 {
                let notice =
                    format!("runner: dropped {dropped} lines of the log, because stderr was read too slowly\n");
                batch.extend_from_slice(notice.as_bytes());
            }
            // There is no other place to report a closed stderr.
            let _ = sink.write_all(&batch);
            batch.clear();
            self.lock().is_writing = false;
            self.changed.notify_all();
        }
    }

    fn wait_while(&self, is_unready: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_while(self.lock(), |state| is_unready(state));
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        io::IsTerminal::is_terminal(&io::stderr())
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.push(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[async_trait]
impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_BUFFERED)
    }

    /// Replaces the provided method, which waits three times for a stream that is always ready.
    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }
}

#[async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Sends each write to the test and blocks until the test lets it continue.
    struct Sink(Sender<Vec<u8>>, Receiver<()>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_owned()).map_err(io::Error::other)?;
            self.1.recv().map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn output() -> (Output, Receiver<Vec<u8>>, Sender<()>) {
        let ((sent, written), (go_on, may_go_on)) = (channel(), channel());
        (Output::new(Sink(sent, may_go_on)).unwrap(), written, go_on)
    }

    #[test]
    fn lines_that_come_while_others_are_written_are_written_together() {
        let (output, written, go_on) = output();
        output.push(b"1\n");
        assert_eq!(written.recv().unwrap(), b"1\n");
        output.push(b"2\n");
        output.push(b"3\n");
        go_on.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), b"2\n3\n");
    }

    #[test]
    fn a_flush_waits_for_the_last_byte() {
        let (output, written, go_on) = output();
        output.push(b"1\n");
        let flushing = thread::spawn({
            let output = output.clone();
            move || output.flush()
        });
        assert_eq!(written.recv().unwrap(), b"1\n");
        assert!(!flushing.is_finished());
        go_on.send(()).unwrap();
        flushing.join().unwrap();
    }

    #[test]
    fn a_flush_gives_up() {
        let (output, written, _go_on) = output();
        output.push(b"1\n");
        written.recv().unwrap();
        output.flush();
    }

    #[test]
    fn what_a_stalled_reader_leaves_no_room_for_is_dropped_and_counted() {
        let (output, written, go_on) = output();
        output.push(b"1\n");
        assert_eq!(written.recv().unwrap(), b"1\n");
        let longest = vec![b'2'; MAX_BUFFERED];
        for piece in [&longest[..], b"3\n", b"4\n"] {
            output.push(piece);
        }
        go_on.send(()).unwrap();
        let batch = written.recv().unwrap();
        let (kept, notice) = batch.split_at(MAX_BUFFERED);
        assert_eq!(kept, longest);
        let notice = str::from_utf8(notice).unwrap();
        assert_eq!(notice, "runner: dropped 2 lines of the log, because stderr was read too slowly\n");

        output.push(b"5\n");
        go_on.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), b"5\n");
    }
}
