//! The stream under the WebSocket: when something was last read and written, and how much may be read.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::large::Incoming;

/// Knows when the operating system last gave and took something, and bounds what strangers send.
pub(super) struct ActivityIo<S> {
    /// Taken only where it goes on with fresh buffers.
    pub(super) peer: Option<Peer<S>>,
    /// Bytes that may still be read, where that is bounded.
    pub(super) may_read: Option<usize>,
    /// Any bytes count: a large frame takes long on a slow line, and pongs wait behind it.
    pub(super) last_read: Instant,
    pub(super) last_write: Instant,
}

/// The connection, and what of its frames was read.
pub(super) struct Peer<S> {
    pub(super) io: S,
    pub(super) incoming: Incoming,
}

impl<S> ActivityIo<S> {
    fn peer(&mut self) -> io::Result<&mut Peer<S>> {
        self.peer.as_mut().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ActivityIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.may_read == Some(0) {
            return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
        }
        let Peer { io, incoming } = self.peer()?;
        let room = ready!(incoming.poll_room(cx)).min(buffer.remaining());
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
        ready!(Pin::new(io).poll_read(cx, &mut part))?;
        let read = part.filled().len();
        incoming.read(part.filled());
        buffer.advance(read);
        self.may_read = self.may_read.map(|left| left.saturating_sub(read));
        self.last_read = Instant::now();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ActivityIo<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.peer()?.io).poll_write(cx, bytes))?;
        self.last_write = Instant::now();
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.peer()?.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.peer()?.io).poll_shutdown(cx)
    }
}
