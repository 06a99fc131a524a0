//! One life of the connections to RabbitMQ: a publishing one, and consuming ones as needed.
//!
//! They are apart because a broker under an alarm stops reading from a connection that publishes,
//! acknowledgements included. They live and end together: when one is lost, all are made anew.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lapin::Connection;
use tokio::sync::mpsc;

use super::{BrokerUrl, connect};

/// Receiving sessions for each consuming connection, at most: passing messages for many is one
/// thread's work.
const SESSIONS_PER_CONNECTION: usize = 1_000;

/// Channels of a connection that are left to the queues' declarations and counts.
const OTHER_CHANNELS: usize = 4;

/// Events of the connections that wait for the supervisor: at most a few for each connection.
const EVENTS: usize = 64;

/// The connections, from being made to being lost.
pub(super) struct Link {
    /// The node that it leads to.
    pub(super) url: BrokerUrl,
    /// For publishing.
    pub(super) publishing: Arc<Connection>,
    /// For the queues' declarations and counts, and the first consumers.
    consuming: Mutex<Vec<Arc<Connection>>>,
    /// Tells the supervisor of a connection that was added.
    added: mpsc::Sender<Arc<Connection>>,
}

/// A consuming connection, with a place in it that is taken until this is dropped.
pub(super) struct Place(Arc<Connection>);

impl Deref for Place {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl Link {
    /// Connects to `url`. The second value yields every consuming connection that is added.
    pub(super) async fn open(
        url: BrokerUrl,
    ) -> Result<(Self, mpsc::Receiver<Arc<Connection>>), String> {
        let publishing = Arc::new(connect(&url).await?);
        let consuming = Mutex::new(vec![Arc::new(connect(&url).await?)]);
        let (added, additions) = mpsc::channel(EVENTS);
        Ok((Self { url, publishing, consuming, added }, additions))
    }

    /// The consuming connection that is used for the queues.
    pub(super) fn first_consuming(&self) -> Option<Arc<Connection>> {
        self.lock().first().cloned()
    }

    /// A place on a consuming connection, opening a further one where all are full.
    pub(super) async fn place(&self) -> Result<Place, String> {
        if let Some(place) = self.free_place() {
            return Ok(place);
        }
        let connection = Arc::new(connect(&self.url).await?);
        // Another session may have added one meanwhile; one too many does no harm.
        self.lock().push(Arc::clone(&connection));
        self.added
            .send(Arc::clone(&connection))
            .await
            .map_err(|_| "the connection was lost".to_owned())?;
        Ok(Place(connection))
    }

    fn free_place(&self) -> Option<Place> {
        self.lock()
            .iter()
            .find(|connection| Arc::strong_count(connection) <= sessions(connection))
            .map(|connection| Place(Arc::clone(connection)))
    }

    /// Closes the connections politely.
    pub(super) async fn close(&self) {
        let consuming = self.lock().clone();
        // A connection that is gone already has nothing to say.
        for connection in consuming {
            let _ = connection.close(200, "OK".into()).await;
        }
        // Nothing is written to one that the broker has blocked, not even its close.
        if !self.publishing.status().blocked() {
            let _ = self.publishing.close(200, "OK".into()).await;
        }
    }

    /// Held for a moment only, never across an await.
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Connection>>> {
        self.consuming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many sessions a connection has room for: the broker may allow few channels (`channel_max`,
/// 2,047 by default).
fn sessions(connection: &Connection) -> usize {
    let channels = usize::from(connection.configuration().channel_max());
    SESSIONS_PER_CONNECTION.min(channels.saturating_sub(OTHER_CHANNELS).max(1))
}
