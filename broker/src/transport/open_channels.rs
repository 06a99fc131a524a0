//! The stream to the broker that lets frames out only on channels that are open, and hears who the
//! broker is.
//!
//! lapin answers the broker's channel.close, and a moment later forgets what it still had to write on
//! that channel (4.12.3: `channel_close_ok` queues the answer, then `on_channel_close_ok_sent` drops the
//! rest). What slips out in between is, for RabbitMQ, on a channel that nobody has opened: 504,
//! "expected 'channel.open'", and with the connection the channels of all other sessions are gone.

use std::{
    collections::BTreeSet,
    fmt, io, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::io::{AsyncRead, AsyncWrite};

use super::{
    greeting::{Greeting, Introduced},
    rewrite::{HEAD, METHOD},
    splitter::PROTOCOL,
};

/// As much of a method's frame tells which method it is: class and method (AMQP 0-9-1, section 4.2.4).
const METHOD_HEAD: usize = HEAD + 4;
/// The class channel and its methods.
const CHANNEL: [u8; 2] = [0, 20];
const OPEN: [u8; 2] = [0, 10];
const CLOSE: [u8; 2] = [0, 40];
const CLOSE_OK: [u8; 2] = [0, 41];

/// The stream; what is read goes through as it is.
pub(crate) struct OpenChannels<S> {
    stream: S,
    greeting: Greeting,
    gate: Gate,
    /// So many of the next bytes may go out as they come.
    cleared: usize,
    /// What goes out before them.
    first: Vec<u8>,
}

impl<S> OpenChannels<S> {
    /// For a new connection, on which nothing was written or read yet. The broker is `introduced`
    /// before lapin hears of it.
    pub(crate) fn new(stream: S, introduced: Introduced) -> Self {
        let greeting = Greeting::new(introduced);
        Self { stream, greeting, gate: Gate::default(), cleared: 0, first: Vec::new() }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for OpenChannels<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let count = ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        this.greeting.read(buf.get(..count).unwrap_or_default());
        Poll::Ready(Ok(count))
    }
}

impl<S: AsyncWrite + Unpin> OpenChannels<S> {
    fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.first.is_empty() {
            let count = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.first))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.first.drain(..count.min(self.first.len()));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for OpenChannels<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_first(cx))?;
        if this.cleared == 0 && !buf.is_empty() {
            match this.gate.judge(buf, &mut this.first) {
                Verdict::Clear(count) => this.cleared = count,
                Verdict::Taken(count) => return Poll::Ready(Ok(count)),
            }
        }
        let bytes = buf.get(..this.cleared).unwrap_or(buf);
        let count = ready!(Pin::new(&mut this.stream).poll_write(cx, bytes))?;
        this.cleared = this.cleared.saturating_sub(count);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_first(cx))?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_first(cx))?;
        Pin::new(&mut this.stream).poll_close(cx)
    }
}

impl<S> fmt::Debug for OpenChannels<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenChannels").finish_non_exhaustive()
    }
}

/// What becomes of the first bytes of a piece, at least one.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// So many go out, and are judged no more.
    Clear(usize),
    /// So many are done with here.
    Taken(usize),
}

/// Which channels are closed, and where in the stream of frames it is.
#[derive(Debug, Default)]
struct Gate {
    /// At most all that a channel's number can name; mostly none, since lapin takes numbers again.
    closed: BTreeSet<u16>,
    /// Bytes to come of the frame that was judged, and whether it goes out.
    left: u64,
    refused: bool,
    /// The first bytes of a frame, as long as they are too few to judge by.
    head: Vec<u8>,
}

impl Gate {
    /// Judges bytes from the start of a piece that is not empty. What was held back to be judged and
    /// goes out is added to `first`.
    fn judge(&mut self, piece: &[u8], first: &mut Vec<u8>) -> Verdict {
        let mut at = 0;
        while let Some(rest) = piece.get(at..).filter(|rest| !rest.is_empty()) {
            if self.left == 0 {
                if !self.head.is_empty() || rest.len() < wanted(rest) {
                    return if at > 0 { Verdict::Clear(at) } else { self.hold(rest, first) };
                }
                self.begin(rest);
            }
            let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
            if self.refused {
                if at > 0 {
                    break;
                }
                self.left -= count as u64;
                return Verdict::Taken(count);
            }
            self.left -= count as u64;
            at += count;
        }
        Verdict::Clear(at)
    }

    /// Takes of a frame's first bytes what is wanted to judge it.
    fn hold(&mut self, bytes: &[u8], first: &mut Vec<u8>) -> Verdict {
        let before = self.head.len();
        for byte in bytes {
            if self.head.len() >= wanted(&self.head) {
                break;
            }
            self.head.push(*byte);
        }
        let taken = self.head.len() - before;
        if self.head.len() >= wanted(&self.head) {
            let head = mem::take(&mut self.head);
            self.begin(&head);
            self.left = self.left.saturating_sub(head.len() as u64);
            if !self.refused {
                first.extend(head);
            }
        }
        Verdict::Taken(taken)
    }

    /// At the start of a frame of which enough is there.
    fn begin(&mut self, bytes: &[u8]) {
        self.refused = false;
        if bytes.first() == Some(&PROTOCOL.0) {
            self.left = PROTOCOL.1 as u64;
            return;
        }
        let (Some(channel), Some(size)) = (
            bytes.get(1..3).and_then(<[u8]>::first_chunk).map(|bytes| u16::from_be_bytes(*bytes)),
            bytes
                .get(3..HEAD)
                .and_then(<[u8]>::first_chunk)
                .map(|bytes| u32::from_be_bytes(*bytes)),
        ) else {
            return;
        };
        self.left = HEAD as u64 + u64::from(size) + 1;
        let method = bytes
            .get(HEAD..METHOD_HEAD)
            .filter(|_| bytes.first() == Some(&METHOD))
            .and_then(|method| method.strip_prefix(&CHANNEL));
        match method {
            Some(method) if method == OPEN => {
                self.closed.remove(&channel);
            }
            Some(method) if method == CLOSE_OK => {
                self.closed.insert(channel);
            }
            Some(method) if method == CLOSE => self.refused = !self.closed.insert(channel),
            _ => self.refused = self.closed.contains(&channel),
        }
    }
}

/// How many bytes of a frame that begins like this are needed to judge it.
fn wanted(bytes: &[u8]) -> usize {
    match bytes.first() {
        None => 1,
        Some(&METHOD) => METHOD_HEAD,
        Some(_) => HEAD,
    }
}
