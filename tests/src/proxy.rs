//! A TCP proxy, to cut a line as a network does: with a close, or without a word; to make it long;
//! and to answer in the broker's place.

mod refusing;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

pub use refusing::Refusals;

use crate::{
    amqp::{Amqp, Shape},
    node,
    relay::Relay,
};

/// A relay with a durable `hello`, whose line to the broker can be cut, and the tests' own
/// connection beside it.
pub async fn relay_on_a_line() -> (Relay, Proxy, Amqp) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let proxy = Proxy::start(&url).await;
    let relay = Relay::start(&proxy.amqp_url(), &[]).await;
    relay.readyz(200, "").await;
    (relay, proxy, amqp)
}

/// What becomes of connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Line {
    /// New ones get through.
    open: bool,
    /// How often the line was cut: those of before are closed.
    cuts: u64,
    /// How often it fell silent: those of before carry nothing any more, and nobody is told.
    silences: u64,
}

/// How bytes get through.
#[derive(Debug, Clone)]
enum Carrier {
    /// As they come.
    Plain,
    /// So much later, each way.
    Delayed(Duration),
    /// As they come, but some requests to consume are answered in the broker's place.
    Refusing(Refusals),
}

/// A line that can be cut; dropped, it is gone.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens: `127.0.0.1:PORT`.
    pub address: SocketAddr,
    target: String,
    line: watch::Sender<Line>,
    accepted: Arc<AtomicUsize>,
}

impl Proxy {
    /// A proxy to the broker that `amqp_url` names; [`Proxy::amqp_url`] is the way through it.
    ///
    /// # Panics
    /// When it cannot listen, or the URL is not one of [`crate::node`]'s.
    pub async fn start(amqp_url: &str) -> Self {
        Self::before(amqp_url, Carrier::Plain).await
    }

    /// [`Proxy::start`] on a line that takes so long each way.
    pub async fn delayed(amqp_url: &str, delay: Duration) -> Self {
        Self::before(amqp_url, Carrier::Delayed(delay)).await
    }

    /// [`Proxy::start`] with a broker that ends each connection which consumes from a queue that
    /// `refusals` names.
    pub async fn refusing(amqp_url: &str, refusals: &Refusals) -> Self {
        Self::before(amqp_url, Carrier::Refusing(refusals.clone())).await
    }

    async fn before(amqp_url: &str, carrier: Carrier) -> Self {
        let (_, host) = amqp_url.split_once('@').unwrap();
        let (broker, _) = host.split_once('/').unwrap();
        Self { target: amqp_url.to_owned(), ..Self::carry(broker, carrier).await }
    }

    /// A proxy to `HOST:PORT`.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn to(target: &str) -> Self {
        Self::carry(target, Carrier::Plain).await
    }

    async fn carry(target: &str, carrier: Carrier) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (line, is) = watch::channel(Line { open: true, ..Line::default() });
        let to = target.to_owned();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(near, to.clone(), carrier.clone(), is.clone()));
            }
        });
        Self { address, target: target.to_owned(), line, accepted }
    }

    /// How many connections it has seen.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// The broker's address, through this proxy.
    ///
    /// # Panics
    /// When it was not made by [`Proxy::start`].
    #[must_use]
    pub fn amqp_url(&self) -> String {
        let (user, host) = self.target.split_once('@').unwrap();
        let (_, vhost) = host.split_once('/').unwrap();
        format!("{user}@{}/{vhost}", self.address)
    }

    /// Cuts every connection, and each new one at once.
    pub fn cut(&self) {
        self.line.send_modify(|line| *line = Line { open: false, cuts: line.cuts + 1, ..*line });
    }

    /// Drops whatever is sent, on every connection, and closes none, until the line is cut.
    pub fn silence(&self) {
        self.line
            .send_modify(|line| *line = Line { open: false, silences: line.silences + 1, ..*line });
    }

    /// Lets new connections through again.
    pub fn mend(&self) {
        self.line.send_modify(|line| line.open = true);
    }
}

async fn serve(
    mut near: TcpStream,
    target: String,
    carrier: Carrier,
    mut line: watch::Receiver<Line>,
) {
    let first = *line.borrow_and_update();
    if first.open
        && let Ok(mut far) = TcpStream::connect(target).await
    {
        near.set_nodelay(true).ok();
        far.set_nodelay(true).ok();
        tokio::select! {
            () = carry(&carrier, &mut near, &mut far) => return,
            _ = line.wait_for(|line| (line.cuts, line.silences) != (first.cuts, first.silences)) => {}
        }
        // After a silence both ends stay open until the test is over.
        line.wait_for(|line| line.cuts != first.cuts).await.ok();
    }
}

async fn carry(carrier: &Carrier, near: &mut TcpStream, far: &mut TcpStream) {
    match carrier {
        Carrier::Plain => {
            copy_bidirectional(near, far).await.ok();
        }
        Carrier::Delayed(delay) => {
            let ((from_near, to_near), (from_far, to_far)) = (near.split(), far.split());
            tokio::join!(late(from_near, to_far, *delay), late(from_far, to_near, *delay));
        }
        Carrier::Refusing(refusals) => refusing::carry(refusals, near, far).await,
    }
}

async fn late(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, delay: Duration) {
    let (arrived, mut under_way) = mpsc::unbounded_channel();
    let take = async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            arrived.send((Instant::now() + delay, buffer[..length].to_vec())).ok();
        }
    };
    let give = async {
        while let Some((due, bytes)) = under_way.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        to.shutdown().await.ok();
    };
    tokio::join!(take, give);
}
