//! The runtime that tells lapin the type of its stream.
//!
//! `Connection::connector` takes an `AsyncTcpStream` of the runtime's own stream and nothing else.
//! So this one says that [`Transport`] is its stream, and leaves everything else to tokio.

use std::{
    io::{self, Read, Write},
    net::SocketAddr,
    os::fd::{AsFd, AsRawFd},
    time::{Duration, Instant},
};

use async_rs::{Runtime, Tokio, traits::Reactor, util::RuntimeParts};
use futures_util::{
    Stream,
    io::{AsyncRead, AsyncWrite},
};
use lapin::tcp::AsyncTcpStream;

use super::Transport;

/// What connects, and what lapin would use without an adapter: plain, or with TLS.
pub(crate) type Socket = AsyncTcpStream<<Tokio as Reactor>::TcpStream>;

/// The runtime for lapin, on the tokio runtime in which this is called.
#[must_use]
pub(crate) fn runtime() -> Runtime<RuntimeParts<Tokio, Adapted>> {
    Runtime::new(RuntimeParts::new(Tokio::current(), Adapted(Tokio::current())))
}

/// tokio, with another stream.
#[derive(Debug, Clone)]
pub(crate) struct Adapted(Tokio);

impl Reactor for Adapted {
    type TcpStream = Transport<Socket>;
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

    fn interval(&self, duration: Duration) -> impl Stream<Item = Instant> + Send + 'static {
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
