//! Keeps the connections: connect, watch, back off, connect again, for ever.
//!
//! Our own, since lapin's recovery gives up, tells nobody of a lost connection and hangs where
//! the first connect fails. It is also the one place that knows the root cause of a loss.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::{
    FutureExt as _, StreamExt as _,
    stream::{BoxStream, SelectAll},
};
use lapin::{Connection, Event};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use warren_protocol::BrokerState;

use super::{
    explain::{connection_error, connection_lost},
    link::Link,
    shape,
};
use crate::{config::BrokerConfig, metrics::Metrics};

/// The back-off: doubling from `FIRST_DELAY` to `LAST_DELAY`, and from the start again after
/// `HEALTHY` of service.
const FIRST_DELAY: Duration = Duration::from_millis(500);
const LAST_DELAY: Duration = Duration::from_secs(30);
const HEALTHY: Duration = Duration::from_secs(10);

pub(super) async fn run(
    config: BrokerConfig,
    state: watch::Sender<BrokerState>,
    links: watch::Sender<Option<Arc<Link>>>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) {
    let mut backoff = FIRST_DELAY;
    for url in config.urls.iter().cycle() {
        let opened = tokio::select! {
            opened = Link::open(url.clone()) => opened,
            () = stop.cancelled() => return,
        };
        let cause = match opened {
            Ok((link, additions)) => {
                let since = Instant::now();
                let link = Arc::new(link);
                let cause = tokio::select! {
                    cause = serve(&config, &link, additions, &state, &links, &metrics) => cause,
                    () = stop.cancelled() => return link.close().await,
                };
                links.send_replace(None);
                if since.elapsed() > HEALTHY {
                    backoff = FIRST_DELAY;
                }
                cause
            }
            Err(cause) => cause,
        };
        // Full jitter, so that many relays do not come back in step.
        let delay = backoff.mul_f64(fastrand::f64());
        backoff = (backoff * 2).min(LAST_DELAY);
        warn!(broker = %url, cause, retry_in = ?delay, "not connected");
        state.send_replace(BrokerState::Down {
            detail: Some(cause.clone()),
            retry_in_ms: Some(delay.as_millis().try_into().unwrap_or(u64::MAX)),
        });
        tokio::select! {
            () = sleep(delay) => {}
            () = stop.cancelled() => return,
        }
        state.send_replace(BrokerState::Connecting { detail: Some(cause) });
    }
}

/// Declares what is missing before anyone publishes. What cannot be declared is logged here and
/// shown in the page's queue list.
async fn declare_queues(config: &BrokerConfig, link: &Link) {
    let Some(connection) = link.first_consuming() else {
        return;
    };
    for queue in &config.queues {
        if let Err(error) = shape::ensure(&connection, &link.url, queue, config.queue_kind).await {
            warn!(queue, cause = error.words(&link.url), "cannot use the queue");
        }
    }
}

/// Offers the connections once the queues are there, and watches until one is lost; returns the
/// cause.
async fn serve(
    config: &BrokerConfig,
    link: &Arc<Link>,
    mut additions: mpsc::Receiver<Arc<Connection>>,
    state: &watch::Sender<BrokerState>,
    links: &watch::Sender<Option<Arc<Link>>>,
    metrics: &Metrics,
) -> String {
    let lost = || connection_lost(&link.url);
    let mut watched = Watched::default();
    // Before anything else: lapin tells of a loss only those who listen.
    let mut first = link.first_consuming().into_iter().chain([Arc::clone(&link.publishing)]);
    if !first.all(|connection| watched.add(connection)) {
        return lost();
    }
    let mut declared = pin!(declare_queues(config, link).fuse());
    loop {
        tokio::select! {
            () = &mut declared => {
                info!(broker = %link.url, "connected");
                metrics.connected();
                links.send_replace(Some(Arc::clone(link)));
                state.send_replace(BrokerState::Up);
            }
            event = watched.events.next() => match event {
                Some(Event::ConnectionBlocked(reason)) => {
                    warn!(reason, "the broker takes no messages");
                    state.send_replace(BrokerState::Blocked { detail: Some(reason) });
                }
                Some(Event::ConnectionUnblocked) => {
                    info!("the broker takes messages again");
                    state.send_replace(BrokerState::Up);
                }
                // Channels that were closed come this way as well.
                Some(Event::Error(error)) => {
                    if !watched.all_live() {
                        return connection_error(&error, &link.url);
                    }
                }
                Some(_) => {}
                None => return lost(),
            },
            Some(connection) = additions.recv() => if !watched.add(connection) {
                return lost();
            },
        }
    }
}

/// The connections of a link, with exactly one listener for each: they compete for the events.
#[derive(Default)]
struct Watched {
    connections: Vec<Arc<Connection>>,
    events: SelectAll<BoxStream<'static, Event>>,
}

impl Watched {
    /// Listens to `connection`, or tells with `false` that it was lost before that.
    fn add(&mut self, connection: Arc<Connection>) -> bool {
        self.events.push(connection.events_listener().boxed());
        let live = connection.status().connected();
        self.connections.push(connection);
        live
    }

    fn all_live(&self) -> bool {
        self.connections.iter().all(|connection| connection.status().connected())
    }
}
