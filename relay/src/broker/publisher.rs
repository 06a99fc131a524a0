//! The one task that owns the publishing channel and its confirms.
//!
//! One channel for all sessions, since lapin queues a message's tag and its frames under
//! different locks. Publishing is pipelined: many messages wait for their confirm at once.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Confirmation, Error,
    message::BasicReturnMessage,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    types::ShortString,
};
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;
use warren_protocol::{FailReason, Failure, Publish};

use super::{
    convert::{self, InvalidProperty},
    explain::{broker_words, connection_error, reply, reply_code},
    link::Link,
    queues::Queues,
};

/// Batches from sessions that wait for the task.
const BATCHES: usize = 64;

/// Where sessions hand over what they publish. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Publisher {
    batches: mpsc::Sender<Batch>,
}

/// Messages of one session, to be published in this order.
struct Batch {
    messages: Vec<Prepared>,
    reply: mpsc::Sender<Published>,
}

/// A message that has been checked and converted.
pub(crate) struct Prepared {
    id: u64,
    queue: ShortString,
    body: Vec<u8>,
    properties: BasicProperties,
}

/// What became of one message.
#[derive(Debug)]
pub(crate) struct Published {
    /// The session's id of it.
    pub(crate) id: u64,
    /// Bytes of its body.
    pub(crate) bytes: usize,
    /// Confirmed, or why not.
    pub(crate) result: Result<(), Failure>,
}

impl Prepared {
    /// Checks a message for what the broker would close the channel over.
    pub(crate) fn new(publish: Publish, queue: &str) -> Result<Self, Failure> {
        let id = publish.id;
        let invalid = |error: InvalidProperty| Failure {
            id,
            reason: FailReason::InvalidProperty,
            detail: Some(error.to_string()),
            retry: false,
        };
        let queue = ShortString::try_new(queue)
            .map_err(|_| invalid(InvalidProperty::TooLong("queue".to_owned())))?;
        let properties = convert::to_amqp(publish.properties).map_err(invalid)?;
        Ok(Self {
            id,
            queue,
            body: publish.body.into_bytes(),
            properties,
        })
    }

    /// Bytes of the body.
    pub(crate) fn bytes(&self) -> usize {
        self.body.len()
    }
}

/// Room for one batch.
pub(crate) struct Permit(mpsc::OwnedPermit<Batch>);

impl Permit {
    /// Hands over `messages`; each is answered once through `reply`, which must have room for
    /// all that the session has in flight.
    pub(crate) fn send(self, messages: Vec<Prepared>, reply: mpsc::Sender<Published>) {
        self.0.send(Batch { messages, reply });
    }
}

impl Publisher {
    /// Waits for room. `None` once the relay is stopping.
    pub(crate) async fn reserve(&self) -> Option<Permit> {
        self.batches.clone().reserve_owned().await.ok().map(Permit)
    }
}

/// Starts the task.
pub(super) fn start(
    tasks: &TaskTracker,
    link: watch::Receiver<Option<Arc<Link>>>,
    queues: Queues,
    stop: CancellationToken,
) -> Publisher {
    let (batches, inbox) = mpsc::channel(BATCHES);
    let task = Task {
        batches: inbox,
        link,
        queues,
        backlog: VecDeque::new(),
        probation: 0,
    };
    tasks.spawn(async move {
        tokio::select! {
            () = task.run() => {}
            () = stop.cancelled() => {}
        }
    });
    Publisher { batches }
}

type Waiting = (Prepared, mpsc::Sender<Published>);

struct Task {
    batches: mpsc::Receiver<Batch>,
    link: watch::Receiver<Option<Arc<Link>>>,
    queues: Queues,
    /// Taken from `batches` and not yet published; at most one batch.
    backlog: VecDeque<Waiting>,
    /// How many messages are still to be published one at a time, after the broker has closed
    /// the channel over one of them: alone in flight, it is found out.
    probation: usize,
}

impl Task {
    async fn run(mut self) {
        loop {
            let link = self.link.borrow_and_update().clone();
            let Some(link) = link else {
                if !self.refuse_until_linked().await {
                    return;
                }
                continue;
            };
            match open_channel(&link).await {
                Ok(channel) => {
                    let flight = Flight::new(channel, Arc::clone(&link));
                    if !self.serve(flight).await {
                        return;
                    }
                }
                Err(error) => {
                    // The connection is about to be found lost; the supervisor makes a new one.
                    warn!(
                        cause = connection_error(&error, &link.url),
                        "no publishing channel"
                    );
                    if self.link.changed().await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Answers everything with `broker_down` until there is a link; `false` when all is over.
    async fn refuse_until_linked(&mut self) -> bool {
        for (message, reply) in self.backlog.drain(..) {
            answer(
                &reply,
                &message,
                Err(down(message.id, "not connected to RabbitMQ")),
            );
        }
        tokio::select! {
            changed = self.link.changed() => changed.is_ok(),
            batch = self.batches.recv() => match batch {
                Some(batch) => {
                    self.take(batch);
                    true
                }
                None => false,
            },
        }
    }

    fn take(&mut self, batch: Batch) {
        let Batch { messages, reply } = batch;
        self.backlog
            .extend(messages.into_iter().map(|message| (message, reply.clone())));
    }

    /// Publishes on one channel for as long as it lives; `false` when all is over.
    async fn serve(&mut self, mut flight: Flight) -> bool {
        while !flight.dead {
            while !self.backlog.is_empty() && (self.probation == 0 || flight.is_empty()) {
                if let Some((message, reply)) = self.backlog.pop_front() {
                    self.probation = self.probation.saturating_sub(1);
                    flight.publish(message, reply);
                }
            }
            tokio::select! {
                batch = self.batches.recv(), if self.backlog.is_empty() => match batch {
                    Some(batch) => self.take(batch),
                    None => return false,
                },
                Some(done) = flight.confirms.next() => {
                    if flight.settle(done) {
                        self.queues.look_now();
                    }
                }
                changed = self.link.changed() => {
                    if changed.is_err() {
                        return false;
                    }
                    flight.lose(None);
                }
            }
        }
        self.probation = self.probation.max(flight.suspects);
        true
    }
}

async fn open_channel(link: &Link) -> Result<Channel, Error> {
    let channel = link.publishing.create_channel().await?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    Ok(channel)
}

type Confirmed = (u64, Result<Confirmation, Error>);

/// What is published on one channel and not yet confirmed.
struct Flight {
    channel: Channel,
    link: Arc<Link>,
    confirms: FuturesUnordered<BoxFuture<'static, Confirmed>>,
    /// By order of publishing.
    entries: BTreeMap<u64, Entry>,
    next: u64,
    dead: bool,
    /// How many were in flight when the broker closed the channel over one of them.
    suspects: usize,
}

struct Entry {
    id: u64,
    bytes: usize,
    key: Key,
    reply: mpsc::Sender<Published>,
    /// The broker has returned it, in these words.
    returned: Option<String>,
    /// Acknowledged (or not, if `false`), but it may turn out to be returned, see
    /// [`Flight::settle`].
    acked: Option<bool>,
}

/// What a returned message is told by. The body's hash stands in where there is no message id.
#[derive(PartialEq)]
struct Key {
    queue: ShortString,
    message_id: Option<ShortString>,
    body: Option<u64>,
}

impl Key {
    fn new(queue: &ShortString, properties: &BasicProperties, body: &[u8]) -> Self {
        let message_id = properties.message_id().clone();
        let body = message_id.is_none().then(|| {
            let mut hasher = DefaultHasher::new();
            body.hash(&mut hasher);
            hasher.finish()
        });
        Self {
            queue: queue.clone(),
            message_id,
            body,
        }
    }
}

impl Flight {
    fn new(channel: Channel, link: Arc<Link>) -> Self {
        Self {
            channel,
            link,
            confirms: FuturesUnordered::new(),
            entries: BTreeMap::new(),
            next: 0,
            dead: false,
            suspects: 0,
        }
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn publish(&mut self, message: Prepared, reply: mpsc::Sender<Published>) {
        let user = self.link.url.user();
        let claimed = message
            .properties
            .user_id()
            .as_ref()
            .map(ShortString::as_str);
        if claimed.is_some_and(|claimed| claimed != user) {
            let detail = "user_id must be the user that the relay connects with";
            let failure = failure(message.id, FailReason::InvalidProperty, detail, false);
            answer(&reply, &message, Err(failure));
            return;
        }
        let number = self.next;
        self.next += 1;
        let entry = Entry {
            id: message.id,
            bytes: message.bytes(),
            key: Key::new(&message.queue, &message.properties, &message.body),
            reply,
            returned: None,
            acked: None,
        };
        self.entries.insert(number, entry);
        let channel = self.channel.clone();
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        // FuturesUnordered polls first what was pushed first, so the order stays.
        self.confirms.push(Box::pin(async move {
            let Prepared {
                queue,
                body,
                properties,
                ..
            } = message;
            let publish =
                channel.basic_publish(ShortString::default(), queue, options, &body, properties);
            let confirm = match publish.await {
                Ok(confirm) => confirm.await,
                Err(error) => Err(error),
            };
            (number, confirm)
        }));
    }

    /// Takes a confirm and all others that are ready, and answers what can be answered. Tells
    /// whether a message was returned.
    ///
    /// The broker returns a message before it acknowledges it, but lapin attaches a return to
    /// whichever confirm completes next. So a confirm that carries somebody else's return does
    /// not tell whether its own message was returned: that return may be attached to a later
    /// one. It is certain once every message that was seen to be returned is acknowledged as
    /// well: a run of confirms with returns is then over.
    fn settle(&mut self, first: Confirmed) -> bool {
        let mut ready = vec![first];
        while let Some(Some(done)) = self.confirms.next().now_or_never() {
            ready.push(done);
        }
        let mut any_returned = false;
        let mut certain = Vec::with_capacity(ready.len());
        for (number, result) in ready {
            match result {
                Ok(confirmation) => {
                    let acked = !confirmation.is_nack();
                    if confirmation == Confirmation::NotRequested {
                        self.lose(None);
                        return any_returned;
                    }
                    match confirmation.take_message() {
                        Some(message) => {
                            any_returned = true;
                            self.mark_returned(&message);
                        }
                        None => certain.push(number),
                    }
                    if let Some(entry) = self.entries.get_mut(&number) {
                        entry.acked = Some(acked);
                    }
                }
                Err(error) => {
                    self.lose(Some(&error));
                    return any_returned;
                }
            }
        }
        for number in certain {
            self.answer(number);
        }
        if any_returned || self.entries.values().any(|entry| entry.acked.is_some()) {
            self.answer_after_returns();
        }
        any_returned
    }

    fn mark_returned(&mut self, message: &BasicReturnMessage) {
        let delivery = &message.delivery;
        let key = Key::new(&delivery.routing_key, &delivery.properties, &delivery.data);
        let returned = self
            .entries
            .values_mut()
            .find(|entry| entry.returned.is_none() && entry.key == key);
        if let Some(entry) = returned {
            entry.returned = Some(format!("{} {}", message.reply_code, message.reply_text));
        }
    }

    fn answer_after_returns(&mut self) {
        let run_is_over = self
            .entries
            .values()
            .all(|entry| entry.returned.is_none() || entry.acked.is_some());
        let numbers: Vec<u64> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.acked.is_some() && (run_is_over || entry.returned.is_some()))
            .map(|(number, _)| *number)
            .collect();
        for number in numbers {
            self.answer(number);
        }
    }

    fn answer(&mut self, number: u64) {
        let Some(entry) = self.entries.remove(&number) else {
            return;
        };
        let result = match (entry.returned, entry.acked) {
            (Some(words), _) => Err(failure(
                entry.id,
                FailReason::Returned,
                &format!(
                    "the broker could not route it: queue {} is gone ({words})",
                    entry.key.queue
                ),
                true,
            )),
            (None, Some(false)) => Err(failure(
                entry.id,
                FailReason::Nacked,
                &format!(
                    "the broker refused it: queue {} may be full",
                    entry.key.queue
                ),
                true,
            )),
            (None, _) => Ok(()),
        };
        deliver(
            &entry.reply,
            Published {
                id: entry.id,
                bytes: entry.bytes,
                result,
            },
        );
    }

    /// The channel is gone: nothing that is in flight can be confirmed any more.
    fn lose(&mut self, error: Option<&Error>) {
        self.dead = true;
        let broker_closed_it = error
            .and_then(reply_code)
            .is_some_and(|code| code != reply::CONNECTION_FORCED);
        let words = match error {
            Some(error) if broker_closed_it => {
                format!("the broker closed the channel: {}", broker_words(error))
            }
            Some(error) => connection_error(error, &self.link.url),
            None => "the connection was lost before the confirm".to_owned(),
        };
        let entries = std::mem::take(&mut self.entries);
        let found_out = broker_closed_it && entries.len() == 1;
        if broker_closed_it && !found_out {
            self.suspects = entries.len();
        }
        for entry in entries.into_values() {
            let failure = if found_out {
                failure(entry.id, FailReason::Refused, &words, false)
            } else {
                down(entry.id, &words)
            };
            let result = Err(failure);
            deliver(
                &entry.reply,
                Published {
                    id: entry.id,
                    bytes: entry.bytes,
                    result,
                },
            );
        }
        // lapin rejects what these wait for by itself.
        self.confirms.clear();
    }
}

fn failure(id: u64, reason: FailReason, detail: &str, retry: bool) -> Failure {
    Failure {
        id,
        reason,
        detail: Some(detail.to_owned()),
        retry,
    }
}

fn down(id: u64, detail: &str) -> Failure {
    failure(id, FailReason::BrokerDown, detail, true)
}

fn answer(reply: &mpsc::Sender<Published>, message: &Prepared, result: Result<(), Failure>) {
    deliver(
        reply,
        Published {
            id: message.id,
            bytes: message.bytes(),
            result,
        },
    );
}

/// A session's channel has room for all that it has in flight, so this fails only where the
/// session is gone, and with it the one who asked.
fn deliver(reply: &mpsc::Sender<Published>, published: Published) {
    let _ = reply.try_send(published);
}
