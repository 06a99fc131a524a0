//! Keeps one connection: connect, watch, back off, connect again, for ever.
//!
//! Our own, since lapin's recovery gives up, tells nobody of a lost connection and hangs where
//! the first connect fails.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use warren_protocol::Detail;

use crate::{
    BrokerUrl,
    backoff::{Backoff, Pace},
    budget::Outbound,
    channel_quota::ChannelQuota,
    connection::{Connection, Ended},
    intake::Intake,
};

/// The nodes to connect to, and the one that answered last. All connections begin with that, so
/// that they lead to one node where they can.
#[derive(Debug)]
pub(crate) struct Nodes {
    urls: Vec<BrokerUrl>,
    last_good: AtomicUsize,
}

impl Nodes {
    /// `urls` is never empty.
    pub(crate) fn new(urls: Vec<BrokerUrl>) -> Self {
        Self { urls, last_good: AtomicUsize::new(0) }
    }

    /// All of them, for ever, beginning with the one that answered last.
    fn cycle(&self) -> impl Iterator<Item = (usize, &BrokerUrl)> {
        let start = self.last_good.load(Ordering::Relaxed);
        self.urls.iter().enumerate().cycle().skip(start)
    }
}

/// How a connection is.
#[derive(Clone)]
pub(crate) enum Link {
    /// It is being made.
    Connecting {
        /// What went wrong before.
        cause: Option<Ended>,
    },
    /// It is there.
    Up(Arc<Connection>),
    /// It is not, and is tried again.
    Down {
        /// Why.
        cause: Ended,
        /// When the next try is.
        retry_at: Instant,
    },
}

/// Waits until the connection is there, or is known not to be. Cancel-safe.
pub(crate) async fn up(link: &mut watch::Receiver<Link>) -> Result<Arc<Connection>, Ended> {
    let stopping = || Ended::because(Detail::RelayStops);
    let decided = |link: &Link| !matches!(link, Link::Connecting { .. });
    match &*link.wait_for(decided).await.map_err(|_| stopping())? {
        Link::Up(connection) => Ok(Arc::clone(connection)),
        Link::Down { cause, .. } => Err(cause.clone()),
        Link::Connecting { .. } => Err(stopping()),
    }
}

/// Waits until a connection that is not there is.
pub(crate) async fn comes_up(link: Option<watch::Receiver<Link>>) {
    let Some(mut link) = link else { return std::future::pending().await };
    if matches!(*link.borrow_and_update(), Link::Up(_)) {
        return std::future::pending().await;
    }
    if link.wait_for(|link| matches!(link, Link::Up(_))).await.is_err() {
        std::future::pending().await
    }
}

/// What a supervisor needs to know.
#[derive(Clone)]
pub(crate) struct Supervisor {
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) quota: Arc<ChannelQuota>,
    pub(crate) pace: Pace,
    /// Of a connection that consumes: the memory that what it lets in takes.
    pub(crate) outbound: Option<Arc<Outbound>>,
    /// What the connection is for; the broker shows it to its operators.
    pub(crate) purpose: String,
}

impl Supervisor {
    /// Keeps the connection until `stop`, and shows how it is. `lost` is called at each loss.
    pub(crate) async fn keep(
        self,
        link: watch::Sender<Link>,
        stop: CancellationToken,
        lost: impl Fn(&Ended),
    ) {
        let mut backoff = Backoff::new(self.pace);
        let mut nodes = self.nodes.cycle();
        loop {
            let Some((number, url)) = nodes.next() else { return };
            let opened = tokio::select! {
                opened = self.open(url) => opened,
                () = stop.cancelled() => return,
            };
            let cause = match opened {
                Ok(connection) => {
                    self.nodes.last_good.store(number, Ordering::Relaxed);
                    debug!(broker = %url, purpose = self.purpose, "a connection is made");
                    backoff.works();
                    let connection = Arc::new(connection);
                    link.send_replace(Link::Up(Arc::clone(&connection)));
                    let cause = tokio::select! {
                        cause = connection.ended() => cause,
                        () = stop.cancelled() => {
                            connection.close().await;
                            return;
                        }
                    };
                    lost(&cause);
                    cause
                }
                Err(detail) => Ended::because(detail),
            };
            let delay = backoff.failed();
            self.pause(&link, url, cause.clone(), delay, &stop).await;
            if stop.is_cancelled() {
                return;
            }
            link.send_replace(Link::Connecting { cause: Some(cause) });
        }
    }

    async fn open(&self, url: &BrokerUrl) -> Result<Connection, Detail> {
        let intake = self.outbound.as_ref().map(Intake::new);
        Connection::open(url, &self.quota, &self.purpose, intake).await
    }

    async fn pause(
        &self,
        link: &watch::Sender<Link>,
        url: &BrokerUrl,
        cause: Ended,
        delay: Duration,
        stop: &CancellationToken,
    ) {
        let words = cause.detail.to_string();
        debug!(broker = %url, purpose = self.purpose, cause = words, ?delay, "no connection");
        link.send_replace(Link::Down { cause, retry_at: Instant::now() + delay });
        tokio::select! {
            () = sleep(delay) => {}
            () = stop.cancelled() => {}
        }
    }
}
