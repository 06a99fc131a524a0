//! A session's WebSocket: messages in, messages out, and how much waits to go out.
//!
//! Unsplit: one task reads and writes it, and a peer that reads slowly never keeps the task from
//! reading.

mod activity_io;
mod large;
#[cfg(test)]
mod tests;

use std::{
    future::poll_fn,
    task::{Poll, ready},
    time::Duration,
};

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    task::unconstrained,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};
use warren_broker::{Half, Reserved};
use warren_protocol::{ClientMessage, DecodeError, ServerMessage, WireMessage as _};

use activity_io::{ActivityIo, Peer};
pub(crate) use large::COPIES;
use large::{Incoming, LARGE};

/// What is read at once; tungstenite allocates it for each connection.
const READ_BUFFER: usize = 16 * 1024;

/// From here on what is queued is written at once rather than with the next flush.
const WRITE_BUFFER: usize = 64 * 1024;

/// How long a peer may take nothing while something waits for it.
const STALL: Duration = Duration::from_secs(30);

/// What a peer may send before its first frame is taken: a `hello` is some hundred bytes, and what
/// follows it at once is read with it.
const MAX_FIRST: usize = 64 * 1024;

/// How long the peer's close frame is waited for.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What a peer sends.
pub(crate) enum Input {
    /// A message, or why it cannot be read.
    Message {
        message: Result<ClientMessage, DecodeError>,
        /// What it took on the wire.
        bytes: usize,
    },
    /// A message larger than the limit; nothing can be read after it.
    TooBig,
    /// The connection is over.
    Closed,
    /// All that was queued is with the operating system.
    Flushed,
    /// A ping, a pong or a close frame: nothing is left to do about it.
    Control,
}

pub(crate) struct Socket<S> {
    stream: WebSocketStream<ActivityIo<S>>,
    /// Largest frame, in bytes.
    max_frame: usize,
    /// A large message was written since the buffers were made.
    wrote_large: bool,
    /// tungstenite has returned all that it has read, up to what is not a whole frame.
    has_read_all: bool,
    /// How long the peer may be silent. It answers pings, so silence means that it is gone.
    idle_timeout: Duration,
    /// Whether it writes binary messages.
    binary: bool,
    /// Bytes queued since the last complete flush.
    waiting: usize,
    /// Of these, those of answers rather than deliveries.
    waiting_answers: usize,
    /// Since when something waits to be written.
    waiting_since: Instant,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Takes over a connection after the upgrade. Frames may have up to `max_frame` bytes, and all
    /// up to [`Self::is_welcome`] together [`MAX_FIRST`].
    /// A large message is read only when `memory` has room for it.
    pub(crate) async fn new(io: S, max_frame: usize, idle_timeout: Duration, memory: Half) -> Self {
        let now = Instant::now();
        let peer = Some(Peer { io, incoming: Incoming::new(memory, max_frame) });
        let activity =
            ActivityIo { peer, may_read: Some(MAX_FIRST), last_read: now, last_write: now };
        Self {
            stream: with_fresh_buffers(activity, max_frame).await,
            max_frame,
            wrote_large: false,
            has_read_all: true,
            idle_timeout,
            binary: false,
            waiting: 0,
            waiting_answers: 0,
            waiting_since: now,
        }
    }

    /// The peer is known now, and may send as much as it likes.
    pub(crate) fn is_welcome(&mut self) {
        self.stream.get_mut().may_read = None;
    }

    /// Bytes that wait for the peer to take them.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Queues binary messages from now on.
    pub(crate) fn write_binary(&mut self) {
        self.binary = true;
    }

    /// Bytes of answers that wait for the peer to take them.
    pub(crate) fn waiting_answers(&self) -> usize {
        self.waiting_answers
    }

    /// Queues an answer; as [`Self::queue`], and counted apart.
    pub(crate) fn queue_answer(&mut self, message: ServerMessage) {
        let before = self.waiting;
        self.queue(message);
        self.waiting_answers += self.waiting - before;
    }

    /// Queues a message; [`Self::next`] writes it. The caller bounds what waits.
    pub(crate) fn queue(&mut self, message: ServerMessage) {
        let message = if self.binary {
            Message::binary(message.into_binary())
        } else {
            Message::text(message.to_text())
        };
        self.wrote_large |= message.len() >= LARGE;
        self.add_waiting(message.len());
        self.push(message);
    }

    pub(crate) fn ping(&mut self) {
        self.push(Message::Ping(Vec::new().into()));
    }

    fn push(&mut self, message: Message) {
        // A connection that is gone is found by the next read.
        let _ = self.stream.start_send_unpin(message);
        self.add_waiting(1);
    }

    fn add_waiting(&mut self, bytes: usize) {
        if self.waiting == 0 {
            self.waiting_since = Instant::now();
        }
        self.waiting += bytes;
    }

    /// Writes what waits and, where it `reads`, reads what comes. Cancel-safe.
    pub(crate) async fn next(&mut self, reads: bool) -> Input {
        // What nobody has taken over is free.
        drop(self.message_memory());
        self.free_large_buffers().await;
        let input = poll_fn(|cx| {
            if self.waiting > 0
                && let Poll::Ready(flushed) = self.stream.poll_flush_unpin(cx)
            {
                self.waiting = 0;
                self.waiting_answers = 0;
                return Poll::Ready(flushed.map_or(Input::Closed, |()| Input::Flushed));
            }
            if !reads {
                return Poll::Pending;
            }
            let read = self.stream.poll_next_unpin(cx);
            self.has_read_all = read.is_pending();
            Poll::Ready(match ready!(read) {
                Some(Ok(Message::Text(text))) => {
                    self.message(ClientMessage::from_text(&text), text.len())
                }
                Some(Ok(Message::Binary(bytes))) => {
                    let length = bytes.len();
                    self.message(ClientMessage::from_binary(bytes), length)
                }
                Some(Err(Error::Capacity(_))) => Input::TooBig,
                Some(Err(_)) | None => Input::Closed,
                // The answer to a ping or a close frame is queued by tungstenite; the flush writes
                // it. After a close frame the next read is the end.
                Some(Ok(Message::Ping(_) | Message::Close(_))) => {
                    self.add_waiting(1);
                    Input::Control
                }
                Some(Ok(Message::Pong(_) | Message::Frame(_))) => Input::Control,
            })
        });
        input.await
    }

    fn message(&mut self, message: Result<ClientMessage, DecodeError>, bytes: usize) -> Input {
        if let Some(peer) = &mut self.stream.get_mut().peer {
            peer.incoming.message_ended();
        }
        Input::Message { message, bytes }
    }

    /// The memory of the large message that was read last, for whoever keeps it; else it is free with
    /// the next [`Self::next`].
    pub(crate) fn message_memory(&mut self) -> Option<Reserved> {
        self.stream.get_mut().peer.as_mut()?.incoming.message_memory()
    }

    /// tungstenite's buffers stay as large as the largest message for as long as they live. Where
    /// nothing is in them, others take their place.
    async fn free_large_buffers(&mut self) {
        let Self { stream, waiting, wrote_large, has_read_all, .. } = self;
        let activity = stream.get_mut();
        let Some(Peer { incoming, .. }) = &mut activity.peer else { return };
        let is_wanted = *wrote_large || incoming.had_large();
        if !is_wanted || *waiting > 0 || !*has_read_all || !incoming.is_between() {
            return;
        }
        incoming.buffers_are_fresh();
        *wrote_large = false;
        let fresh = ActivityIo { peer: activity.peer.take(), ..*activity };
        *stream = with_fresh_buffers(fresh, self.max_frame).await;
    }

    /// [`Self::next`], where that need not wait.
    pub(crate) fn poll_once(&mut self) -> Option<Input> {
        // Unconstrained: tokio may hold back what is there from a task that has done much.
        unconstrained(self.next(true)).now_or_never()
    }

    /// When the peer counts as gone, unless it is heard from or takes something until then.
    pub(crate) fn dead_at(&self) -> Instant {
        let ActivityIo { last_read, last_write, ref peer, .. } = *self.stream.get_ref();
        // What it has sent waits for us.
        if peer.as_ref().is_some_and(|peer| peer.incoming.is_waiting()) {
            return Instant::now() + self.idle_timeout;
        }
        if self.waiting == 0 {
            return last_read + self.idle_timeout;
        }
        let progress = last_write.max(self.waiting_since);
        // Whoever takes what is written is alive, even if its pongs stand behind a long queue.
        (progress + STALL).min(last_read.max(progress) + self.idle_timeout)
    }

    /// Starts to close with a code of RFC 6455, section 7.4, and a reason of at most 123 bytes.
    /// Frames that the peer sent before it saw that can still be read.
    pub(crate) fn start_close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
        self.push(Message::Close(Some(frame)));
    }

    /// Closes, and waits for the peer's answer for a moment.
    pub(crate) async fn close(mut self, code: u16, reason: &'static str) {
        self.start_close(code, reason);
        let answered =
            async { while !matches!(self.next(true).await, Input::Closed | Input::TooBig) {} };
        // A peer that does not answer is left.
        let _ = timeout(CLOSE_TIMEOUT, answered).await;
        self.linger().await;
    }

    /// Closes without a wait for anything, for whom there is no room to wait: what the operating
    /// system does not take at once is lost.
    pub(crate) fn close_at_once(mut self, code: u16, reason: &'static str) {
        self.start_close(code, reason);
        let _ = self.poll_once();
    }

    /// Takes what the peer is still sending, for a moment: a connection that is dropped with
    /// unread bytes is reset, and the peer never sees the close frame.
    pub(crate) async fn linger(mut self) {
        let io = self.stream.get_mut();
        let ended = async {
            io.shutdown().await?;
            tokio::io::copy(io, &mut tokio::io::sink()).await
        };
        let _ = timeout(CLOSE_TIMEOUT, ended).await;
    }
}

/// The WebSocket of a connection after the upgrade, or between two messages.
async fn with_fresh_buffers<S: AsyncRead + AsyncWrite + Unpin>(
    activity: ActivityIo<S>,
    max_frame: usize,
) -> WebSocketStream<ActivityIo<S>> {
    let mut config = WebSocketConfig::default();
    config.read_buffer_size = READ_BUFFER;
    config.write_buffer_size = WRITE_BUFFER;
    config.max_message_size = Some(max_frame);
    config.max_frame_size = Some(max_frame);
    WebSocketStream::from_raw_socket(activity, Role::Server, Some(config)).await
}
