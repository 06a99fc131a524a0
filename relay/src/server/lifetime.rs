//! How long a connection may last that is no session: it has a time limit in all, and earns more
//! only by taking what is written to it. So a client that asks for the page and never reads is
//! gone in time, and one on a slow line gets all of it.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, sleep_until},
};

/// Bytes that a client has to take each second to be waited for longer: the page, of 375 KB, is
/// then there in a minute and a half. What the operating system buffers counts as taken.
const MIN_RATE: u64 = 4 * 1024;

/// The time of one connection, known to its task and to its [`Timed`] stream.
#[derive(Debug, Clone)]
pub(super) struct Lifetime {
    start: Instant,
    limit: Duration,
    /// When it is over, in microseconds after `start`; [`u64::MAX`] once that no longer counts.
    end: Arc<AtomicU64>,
}

impl Lifetime {
    pub(super) fn new(limit: Duration) -> Self {
        let end = Arc::new(AtomicU64::new(micros(limit)));
        Self { start: Instant::now(), limit, end }
    }

    /// Waits until no more than `left` of the time is left.
    pub(super) async fn until_left(&self, left: Duration) {
        loop {
            let end = Duration::from_micros(self.end.load(Ordering::Relaxed));
            let moment = self.start + end.saturating_sub(left);
            if moment <= Instant::now() {
                return;
            }
            sleep_until(moment).await;
        }
    }

    /// Waits until the time is over.
    pub(super) async fn over(&self) {
        self.until_left(Duration::ZERO).await;
    }

    /// The connection has become a session, which has time limits of its own.
    pub(super) fn no_longer_counts(&self) {
        self.end.store(u64::MAX, Ordering::Relaxed);
    }

    /// The client has taken so many bytes. However many they are, it never has more than the
    /// limit left.
    fn took(&self, bytes: usize) {
        let end = self.end.load(Ordering::Relaxed);
        if end == u64::MAX {
            return;
        }
        let earned = (bytes as u64).saturating_mul(1_000_000) / MIN_RATE;
        let max = micros(self.start.elapsed() + self.limit);
        self.end.store(end.saturating_add(earned).min(max), Ordering::Relaxed);
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX - 1)
}

/// A stream that tells its [`Lifetime`] what the client takes.
#[derive(Debug)]
pub(super) struct Timed<S> {
    io: S,
    lifetime: Lifetime,
}

impl<S> Timed<S> {
    pub(super) fn new(io: S, lifetime: Lifetime) -> Self {
        Self { io, lifetime }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        self.lifetime.took(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, bytes))?;
        self.lifetime.took(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
