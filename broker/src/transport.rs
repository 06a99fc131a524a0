//! The streams that lapin gets in place of the socket: [`OpenChannels`] on every connection, and above
//! it [`Transport`] on those that consume.
//!
//! lapin ends a connection over two things that RabbitMQ delivers: a frame that is some bytes larger
//! than agreed, and a short string that is not UTF-8. The queues in trouble are the ones that people
//! open, so such messages shall arrive and say what they are: `negotiation` makes room for the
//! frames, `rewrite` makes the strings readable. And nothing is read while the process has no memory
//! for it ([`Intake`]); lapin hears heartbeats meanwhile.

mod greeting;
pub(crate) mod kit;
mod negotiation;
mod open_channels;
mod rewrite;
mod splitter;
#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    fmt,
    io::{self, Read as _},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};

use crate::intake::Intake;
pub(crate) use greeting::{Introduced, Server};
use negotiation::Negotiation;
pub(crate) use negotiation::ROOM;
pub(crate) use open_channels::OpenChannels;
use splitter::Splitter;

/// How much is read from the socket at once, in bytes.
const READ: usize = 64 * 1024;
/// How often lapin hears something while nothing is read. It ends a connection over silence of
/// twice the heartbeat, whose unit is the second.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// A heartbeat frame (AMQP 0-9-1, section 4.2.7).
const HEARTBEAT: [u8; 8] = [8, 0, 0, 0, 0, 0, 0, 0xCE];

/// The stream that lapin gets in place of the socket, plain or with TLS.
pub(crate) struct Transport<S> {
    stream: S,
    intake: Arc<Intake>,
    negotiation: Negotiation,
    incoming: Splitter,
    outgoing: Splitter,
    /// What was read: from `at` to `end`, of which the first `passed` bytes may go on to lapin.
    read: Box<[u8]>,
    at: usize,
    end: usize,
    passed: usize,
    /// What goes to lapin before those: frames that were rewritten, or came in pieces.
    to_lapin: VecDeque<u8>,
    /// What lapin has written and the socket has not taken: of the handshake only.
    to_broker: VecDeque<u8>,
    /// Until the next sign of life, while nothing is read.
    silence: Pin<Box<Sleep>>,
    paused: bool,
    /// Messages whose header has come: the channel, and bytes of the body to come. Nothing is paused
    /// while there is one: it could not be delivered, and its memory not be given back.
    unfinished: Vec<(u16, u64)>,
}

impl<S> Transport<S> {
    /// For a new connection on which nothing was said yet.
    ///
    /// # Panics
    ///
    /// Where there is no tokio runtime with a timer, which lapin's `connect` has.
    pub(crate) fn new(stream: S, intake: Arc<Intake>) -> Self {
        Self {
            stream,
            intake,
            negotiation: Negotiation::new(),
            incoming: Splitter::default(),
            outgoing: Splitter::default(),
            read: vec![0; READ].into_boxed_slice(),
            at: 0,
            end: 0,
            passed: 0,
            to_lapin: VecDeque::new(),
            to_broker: VecDeque::new(),
            silence: Box::pin(tokio::time::sleep(SIGN_OF_LIFE)),
            paused: false,
            unfinished: Vec::new(),
        }
    }

    /// Gives lapin what is ready for it; returns how many bytes.
    fn hand_over(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if !self.to_lapin.is_empty() {
            return self.to_lapin.read(into);
        }
        let mut ready = self.read.get(self.at..self.at + self.passed).unwrap_or_default();
        let count = ready.read(into)?;
        self.at += count;
        self.passed -= count;
        Ok(count)
    }

    /// Decides on the next bytes of what was read.
    fn decide(&mut self) {
        let Self { negotiation, read, intake, unfinished, .. } = self;
        let piece = read.get(self.at..self.end).unwrap_or_default();
        let max = negotiation.max();
        let step = self.incoming.step(piece, max, |frame| {
            if let Some((channel, to_come)) = intake.note(frame) {
                unfinished.retain(|(of, _)| *of != channel);
                if to_come > 0 {
                    unfinished.push((channel, to_come));
                }
            }
            negotiation.incoming(frame)
        });
        if let Some((channel, count)) = step.content {
            self.unfinished.retain_mut(|(of, to_come)| {
                if *of == channel {
                    *to_come = to_come.saturating_sub(count as u64);
                }
                *to_come > 0
            });
        }
        match step.instead {
            None => self.passed = step.taken,
            Some(bytes) => {
                self.at += step.taken;
                self.to_lapin = bytes.into();
            }
        }
    }

    /// Ready with a sign of life for lapin.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.paused {
            self.paused = true;
            self.silence.as_mut().reset(Instant::now() + SIGN_OF_LIFE);
        }
        ready!(self.silence.as_mut().poll(cx));
        self.paused = false;
        self.to_lapin = HEARTBEAT.to_vec().into();
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Transport<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let mut filled = 0;
        // As much as there is: lapin looks at its clock after each call.
        while let Some(rest) = buf.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let count = this.hand_over(rest)?;
            filled += count;
            if count > 0 {
                continue;
            }
            let between = this.incoming.is_between() && this.unfinished.is_empty();
            if between && this.intake.may_read(cx).is_pending() {
                if filled == 0 {
                    ready!(this.poll_silence(cx));
                    continue;
                }
                break;
            }
            this.paused = false;
            if this.at == this.end {
                if filled > 0 {
                    break;
                }
                let count = ready!(Pin::new(&mut this.stream).poll_read(cx, &mut this.read))?;
                if count == 0 {
                    break;
                }
                (this.at, this.end) = (0, count);
            }
            this.decide();
        }
        Poll::Ready(Ok(filled))
    }
}

impl<S: AsyncWrite + Unpin> Transport<S> {
    /// Writes what is left of the handshake.
    fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.to_broker.is_empty() {
            let (bytes, _) = self.to_broker.as_slices();
            let count = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.to_broker.drain(..count.min(self.to_broker.len()));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Transport<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_handshake(cx))?;
        if this.negotiation.is_over() && this.outgoing.is_idle() {
            return Pin::new(&mut this.stream).poll_write(cx, buf);
        }
        let mut rest = buf;
        while !rest.is_empty() {
            let Self { negotiation, outgoing, to_broker, .. } = &mut *this;
            let max = negotiation.max();
            let step = outgoing.step(rest, max, |frame| negotiation.outgoing(frame));
            let (taken, left) = rest.split_at_checked(step.taken).unwrap_or((rest, &[]));
            to_broker.extend(step.instead.as_deref().unwrap_or(taken));
            rest = left;
        }
        // lapin flushes after each write.
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_handshake(cx))?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_handshake(cx))?;
        Pin::new(&mut this.stream).poll_close(cx)
    }
}

impl<S> fmt::Debug for Transport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}
