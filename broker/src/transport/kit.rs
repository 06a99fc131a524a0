//! The runtime that tells lapin the type of its stream.
//!
//! `Connection::connector` takes an `AsyncTcpStream` of the runtime's own stream and nothing else.
//! So this one says that its stream is ours, and leaves everything else to tokio.

use std::{
    fmt,
    io::{self, Read, Write},
    marker::PhantomData,
    net::SocketAddr,
    os::fd::{AsFd, AsRawFd},
    time::{Duration, Instant},
};

use async_rs::{Runtime, Tokio, traits::Reactor, util::RuntimeParts};
use futures_util::io::{AsyncRead, AsyncWrite};

/// The runtime for lapin, on the tokio runtime in which this is called.
#[must_use]
pub(crate) fn runtime<S: Stream>() -> Runtime<RuntimeParts<Tokio, Adapted<S>>> {
    Runtime::new(RuntimeParts::new(Tokio::current(), Adapted(Tokio::current(), PhantomData)))
}

/// What lapin asks of a stream.
pub(crate) trait Stream:
    AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug + 'static
{
}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug + 'static> Stream for S {}

/// tokio, with another stream.
pub(crate) struct Adapted<S>(Tokio, PhantomData<fn() -> S>);

impl<S> Clone for Adapted<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<S> fmt::Debug for Adapted<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<S: Stream> Reactor for Adapted<S> {
    type TcpStream = S;
    type Sleep = <Tokio as Reactor>::Sleep;

    fn register<H: Read + Write + AsFd + AsRawFd + Send + 'static>(
        &self,
        socket: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        self.0.register(socket)
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.0.sleep(duration)
    }

    fn interval(
        &self,
        duration: Duration,
    ) -> impl futures_util::Stream<Item = Instant> + Send + 'static {
        self.0.interval(duration)
    }

    /// lapin does not connect by itself.
    fn tcp_connect_addr(
        &self,
        _: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::TcpStream>> + Send + 'static {
        std::future::ready(Err(io::ErrorKind::Unsupported.into()))
    }
}
