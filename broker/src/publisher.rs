//! One session's publishing: a channel in confirm mode, opened at the first message and closed
//! after a minute without one.
//!
//! A task of its own, so that a session keeps reading its socket while the broker is slow. It only
//! does what [`Confirms`] says. Publishing is pipelined: many messages wait for their confirm.

mod task;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use lapin::{BasicProperties, types::ShortString};
use tokio::sync::mpsc;
use warren_protocol::{Body, Detail, FailReason, Failure, Publish};

use crate::{
    confirms::{Accepted, Key, failure},
    convert::{self, HeaderLimits},
};

pub(crate) use task::start;

/// A message that has been checked and converted.
pub struct Prepared {
    id: u64,
    queue: ShortString,
    body: Body,
    properties: BasicProperties,
    /// What they take on the wire, in bytes, at most.
    properties_bytes: usize,
}

/// What became of one message.
#[derive(Debug)]
pub struct Published {
    /// The session's id of it.
    pub id: u64,
    /// Bytes of its body.
    pub bytes: usize,
    /// Confirmed, or why not.
    pub result: Result<(), Failure>,
}

impl Prepared {
    /// Checks a message for what the broker would close the channel over.
    ///
    /// # Errors
    /// What is wrong with its properties.
    pub fn new(publish: Publish, queue: &str, limits: &HeaderLimits) -> Result<Self, Failure> {
        let id = publish.id;
        let invalid = |detail| failure(id, FailReason::InvalidProperty, detail, false);
        let queue = ShortString::try_new(queue)
            .map_err(|_| invalid(Detail::PropertyTooLong { property: "queue".to_owned() }))?;
        let (properties, properties_bytes) =
            convert::to_amqp(publish.properties, limits).map_err(invalid)?;
        Ok(Self { id, queue, body: publish.body, properties, properties_bytes })
    }

    fn accepted(self) -> Accepted<Self> {
        let key = key(&self.queue, &self.properties, self.body.as_bytes());
        Accepted { id: self.id, bytes: self.body.len(), key, message: self }
    }
}

fn key(queue: &ShortString, properties: &BasicProperties, body: &[u8]) -> Key {
    let message_id = properties.message_id().as_ref().map(|id| id.as_str().to_owned());
    let body = message_id.is_none().then(|| {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        hasher.finish()
    });
    Key { queue: queue.as_str().to_owned(), message_id, body }
}

/// The session's handle. To drop it ends the task; the session waits for its answers before.
pub struct Publisher {
    batches: mpsc::Sender<Vec<Prepared>>,
    answers: mpsc::Receiver<Vec<Published>>,
}

impl Publisher {
    /// Publishes `messages` in this order, at least one; each is answered once by
    /// [`Self::answered`]. No more than the session's `max_in_flight` may be unanswered.
    pub fn publish(&self, messages: Vec<Prepared>) {
        // There is room for `max_in_flight` batches, and the task outlives its handle: so this
        // fails only where the task has panicked, which the runtime has reported.
        let _ = self.batches.try_send(messages);
    }

    /// The next answers. Cancel-safe.
    pub async fn answered(&mut self) -> Vec<Published> {
        match self.answers.recv().await {
            Some(answers) => answers,
            None => std::future::pending().await,
        }
    }
}

impl Prepared {
    /// Checks what depends on the connection: the broker would end it over a frame that is larger
    /// than agreed, and the channel over another user's name.
    fn check(&self, frame_max: usize, user: &str) -> Result<(), Failure> {
        let invalid = |detail| failure(self.id, FailReason::InvalidProperty, detail, false);
        let max = convert::max_properties(frame_max);
        if self.properties_bytes > max {
            let bytes = self.properties_bytes;
            return Err(invalid(Detail::PropertiesOverFrame { bytes, frame_max, max }));
        }
        let claimed = self.properties.user_id().as_ref().map(ShortString::as_str);
        if claimed.is_some_and(|claimed| claimed != user) {
            return Err(invalid(Detail::ForeignUserId));
        }
        Ok(())
    }
}
