//! RabbitMQ: the only place that names lapin.
//!
//! [`Broker`] is the handle that sessions hold. Behind it, [`supervisor`] keeps the connections,
//! [`publisher`] owns the publishing channel, [`queues`] declares and counts the queues, and each
//! receiving session has a [`consumer`] task with a channel of its own.

mod consumer;
mod convert;
mod explain;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod ledger;
mod link;
mod publisher;
mod queues;
mod shape;
mod supervisor;
mod tls;
mod url;
mod window;

use std::{sync::Arc, time::Duration};

use lapin::{Connection, ConnectionProperties};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use warren_protocol::{BrokerState, QueueCount};

pub(crate) use consumer::{Consumer, Event as ConsumerEvent, Wish};
pub(crate) use convert::HeaderLimits;
pub(crate) use publisher::{Prepared, Published, Publisher};
pub use shape::QueueKind;
pub(crate) use tls::BrokerTls;
pub use url::BrokerUrl;

use crate::{config::BrokerConfig, metrics::Metrics};
use link::Link;

/// How long a connection may take to be made, TCP, TLS and AMQP handshake together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What sessions know of the broker. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Broker {
    state: watch::Receiver<BrokerState>,
    link: watch::Receiver<Option<Arc<Link>>>,
    queues: queues::Queues,
    publisher: Publisher,
    tasks: TaskTracker,
    max_window: u16,
    metrics: Arc<Metrics>,
}

impl Broker {
    /// Starts to connect, for ever, until `stop`. `max_window` bounds every consumer's prefetch.
    pub(crate) fn start(
        config: BrokerConfig,
        max_window: u16,
        metrics: Arc<Metrics>,
        stop: CancellationToken,
    ) -> Self {
        let tasks = TaskTracker::new();
        let (state_sender, state) = watch::channel(BrokerState::Connecting { detail: None });
        let (link_sender, link) = watch::channel(None);
        let queues = queues::start(&tasks, &config, link.clone(), stop.clone());
        let publisher = publisher::start(
            &tasks,
            link.clone(),
            queues.clone(),
            Arc::clone(&metrics),
            stop.clone(),
        );
        let counts = Arc::clone(&metrics);
        tasks.spawn(supervisor::run(config, state_sender, link_sender, counts, stop));
        Self { state, link, queues, publisher, tasks, max_window, metrics }
    }

    /// How the relay stands with the broker, now and whenever it changes.
    pub(crate) fn state(&self) -> watch::Receiver<BrokerState> {
        self.state.clone()
    }

    /// The queues' counts, told when they change; read every second for as long as anyone holds the receiver.
    pub(crate) fn queue_counts(&self) -> watch::Receiver<Option<Vec<QueueCount>>> {
        self.queues.subscribe()
    }

    /// Where to publish.
    pub(crate) fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    /// A consumer for one session; it waits for its first wish.
    pub(crate) fn consumer(&self) -> Consumer {
        consumer::start(
            &self.tasks,
            self.link.clone(),
            self.queues.clone(),
            self.max_window,
            Arc::clone(&self.metrics),
        )
    }

    /// Waits until consumers have given back what they hold and the connections are closed. Call
    /// it when no session is left and after `stop`.
    pub(crate) async fn stopped(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Opens a connection, or says in words why that failed.
async fn connect(url: &BrokerUrl) -> Result<Connection, String> {
    let properties = ConnectionProperties::default().with_connection_name("warren".into());
    let connecting = tls::connect(url, properties);
    match tokio::time::timeout(CONNECT_TIMEOUT, Box::pin(connecting)).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(explain::handshake_error(&error, url)),
        Err(_) => Err(explain::no_answer(url)),
    }
}
