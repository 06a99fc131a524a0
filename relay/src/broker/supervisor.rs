//! Keeps the connections: connect, watch, back off, connect again, for ever.
//!
//! Our own, since lapin's recovery gives up, tells nobody of a lost connection and hangs where
//! the first connect fails. It is also the one place that knows the root cause of a loss.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::SelectAll};
use lapin::{Connection, Event};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use warren_protocol::BrokerState;

use super::{explain::connection_error, link::Link, shape};
use crate::config::BrokerConfig;

/// The back-off: doubling from `FIRST_DELAY` to `LAST_DELAY`, and from the start again after
/// `HEALTHY` of service.
const FIRST_DELAY: Duration = Duration::from_millis(500);
const LAST_DELAY: Duration = Duration::from_secs(30);
const HEALTHY: Duration = Duration::from_secs(10);

pub(super) async fn run(
    config: BrokerConfig,
    state: watch::Sender<BrokerState>,
    links: watch::Sender<Option<Arc<Link>>>,
    stop: CancellationToken,
) {
    let mut backoff = FIRST_DELAY;
    for url in config.urls.iter().cycle() {
        let cause = tokio::select! {
            result = Link::open(url.clone()) => match result {
                Ok((link, additions)) => {
                    let since = Instant::now();
                    let link = Arc::new(link);
                    declare_queues(&config, &link).await;
                    info!(broker = %url, "connected");
                    links.send_replace(Some(Arc::clone(&link)));
                    state.send_replace(BrokerState::Up);
                    let cause = serve(&link, additions, &state, &stop).await;
                    let Some(cause) = cause else {
                        link.close().await;
                        return;
                    };
                    links.send_replace(None);
                    if since.elapsed() > HEALTHY {
                        backoff = FIRST_DELAY;
                    }
                    cause
                }
                Err(cause) => cause,
            },
            () = stop.cancelled() => return,
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

/// Watches the connections until one is lost, which it answers with the cause, or until `stop`.
async fn serve(
    link: &Link,
    mut additions: mpsc::Receiver<Arc<Connection>>,
    state: &watch::Sender<BrokerState>,
    stop: &CancellationToken,
) -> Option<String> {
    let mut consuming: Vec<_> = link.first_consuming().into_iter().collect();
    // Exactly one listener for each connection: they compete for the events.
    let mut events = SelectAll::new();
    events.push(link.publishing.events_listener().boxed());
    for connection in &consuming {
        events.push(connection.events_listener().boxed());
    }
    loop {
        tokio::select! {
            event = events.next() => match event {
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
                    let lost = std::iter::once(&link.publishing)
                        .chain(consuming.iter().map(AsRef::as_ref))
                        .any(|connection| !connection.status().connected());
                    if lost {
                        return Some(connection_error(&error, &link.url));
                    }
                }
                Some(_) => {}
                None => return Some("the connection was lost".to_owned()),
            },
            Some(connection) = additions.recv() => {
                events.push(connection.events_listener().boxed());
                consuming.push(connection);
            }
            () = stop.cancelled() => return None,
        }
    }
}
