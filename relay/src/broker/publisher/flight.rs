//! What is published on one channel and waits for its confirm.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Confirmation, Error, message::BasicReturnMessage,
    options::BasicPublishOptions, types::ShortString,
};
use tokio::{sync::mpsc, time::Instant};
use warren_protocol::FailReason;

use super::{Prepared, Published, deliver, down, failure, refuse};
use crate::{
    broker::{
        explain::{broker_words, connection_error, reply, reply_code},
        link::Link,
    },
    metrics::{Metrics, Observed},
};

type Confirmed = (u64, Result<Confirmation, Error>);

/// What is published on one channel and not yet confirmed.
pub(super) struct Flight {
    channel: Channel,
    link: Arc<Link>,
    pub(super) confirms: FuturesUnordered<BoxFuture<'static, Confirmed>>,
    /// By order of publishing.
    entries: BTreeMap<u64, Entry>,
    next: u64,
    pub(super) dead: bool,
    /// Whether a suspect is in flight, alone.
    pub(super) has_suspect: bool,
    /// What was in flight when the broker closed the channel over one message of it.
    pub(super) suspects: HashSet<Key>,
    /// Entries that are acknowledged and not answered, see [`Flight::settle`].
    undecided: usize,
    metrics: Arc<Metrics>,
    /// Messages and bytes that were confirmed and are not counted yet.
    confirmed: (u64, u64),
}

struct Entry {
    id: u64,
    since: Instant,
    bytes: usize,
    key: Key,
    reply: mpsc::Sender<Published>,
    /// The broker has returned it, in these words.
    returned: Option<String>,
    /// Acknowledged (or not, if `false`), but it may turn out to be returned, see
    /// [`Flight::settle`].
    acked: Option<bool>,
}

/// What a message is told by. The body's hash stands in where there is no message id.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Key {
    queue: ShortString,
    message_id: Option<ShortString>,
    body: Option<u64>,
}

impl Key {
    pub(super) fn new(queue: &ShortString, properties: &BasicProperties, body: &[u8]) -> Self {
        let message_id = properties.message_id().clone();
        let body = message_id.is_none().then(|| {
            let mut hasher = DefaultHasher::new();
            body.hash(&mut hasher);
            hasher.finish()
        });
        Self { queue: queue.clone(), message_id, body }
    }
}

impl Flight {
    pub(super) fn new(channel: Channel, link: Arc<Link>, metrics: Arc<Metrics>) -> Self {
        Self {
            channel,
            link,
            confirms: FuturesUnordered::new(),
            entries: BTreeMap::new(),
            next: 0,
            dead: false,
            has_suspect: false,
            suspects: HashSet::new(),
            undecided: 0,
            metrics,
            confirmed: (0, 0),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn publish(
        &mut self,
        message: Prepared,
        reply: mpsc::Sender<Published>,
        since: Instant,
    ) {
        let user = self.link.url.user();
        let claimed = message.properties.user_id().as_ref().map(ShortString::as_str);
        if claimed.is_some_and(|claimed| claimed != user) {
            let detail = "user_id must be the user that the relay connects with";
            let failure = failure(message.id, FailReason::InvalidProperty, detail, false);
            refuse(&self.metrics, &reply, &message, failure);
            return;
        }
        let number = self.next;
        self.next += 1;
        let entry = Entry {
            id: message.id,
            since,
            bytes: message.bytes(),
            key: message.key(),
            reply,
            returned: None,
            acked: None,
        };
        self.entries.insert(number, entry);
        let channel = self.channel.clone();
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        // FuturesUnordered polls first what was pushed first, so the order stays.
        self.confirms.push(Box::pin(async move {
            let Prepared { queue, body, properties, .. } = message;
            let exchange = ShortString::default();
            let published =
                channel.basic_publish(exchange, queue, options, &body, properties).await;
            // lapin has copied it, and the confirm may take long.
            drop(body);
            let confirm = match published {
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
    pub(super) fn settle(&mut self, first: Confirmed) -> bool {
        let mut ready = vec![first];
        while let Some(Some(done)) = self.confirms.next().now_or_never() {
            ready.push(done);
        }
        let mut any_returned = false;
        let mut certain = Vec::with_capacity(ready.len());
        let mut lost = None;
        let (now, mut waited) = (Instant::now(), Observed::default());
        for (number, result) in ready {
            let confirmation = match result {
                Ok(confirmation) => confirmation,
                Err(error) => {
                    lost.get_or_insert(error);
                    continue;
                }
            };
            if let Some(entry) = self.entries.get_mut(&number) {
                entry.acked = Some(confirmation.is_ack());
                waited.add(now - entry.since);
                self.undecided += 1;
            }
            match confirmation.take_message() {
                Some(message) => {
                    any_returned = true;
                    self.mark_returned(&message);
                }
                None => certain.push(number),
            }
        }
        for number in certain {
            self.answer(number);
        }
        if self.undecided > 0 {
            self.answer_after_returns();
        }
        if let Some(error) = lost {
            self.lose(Some(&error));
        }
        self.metrics.confirm.add(&waited);
        let (messages, bytes) = std::mem::take(&mut self.confirmed);
        self.metrics.confirmed(messages, bytes);
        any_returned
    }

    fn mark_returned(&mut self, message: &BasicReturnMessage) {
        let delivery = &message.delivery;
        let key = Key::new(&delivery.routing_key, &delivery.properties, &delivery.data);
        let returned =
            self.entries.values_mut().find(|entry| entry.returned.is_none() && entry.key == key);
        if let Some(entry) = returned {
            entry.returned = Some(format!("{} {}", message.reply_code, message.reply_text));
        }
    }

    fn answer_after_returns(&mut self) {
        let run_is_over =
            self.entries.values().all(|entry| entry.returned.is_none() || entry.acked.is_some());
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
        self.undecided -= usize::from(entry.acked.is_some());
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
                &format!("the broker refused it: queue {} may be full", entry.key.queue),
                true,
            )),
            (None, _) => Ok(()),
        };
        match &result {
            Ok(()) => {
                self.confirmed.0 += 1;
                self.confirmed.1 += entry.bytes as u64;
            }
            Err(failure) => self.metrics.failed(failure.reason),
        }
        deliver(&entry.reply, Published { id: entry.id, bytes: entry.bytes, result });
    }

    /// The channel is gone: nothing that is in flight can be confirmed any more.
    pub(super) fn lose(&mut self, error: Option<&Error>) {
        self.dead = true;
        let broker_closed_it =
            error.and_then(reply_code).is_some_and(|code| code != reply::CONNECTION_FORCED);
        let words = match error {
            Some(error) if broker_closed_it => {
                format!("the broker closed the channel: {}", broker_words(error))
            }
            Some(error) => connection_error(error, &self.link.url),
            None => "the connection was lost before the confirm".to_owned(),
        };
        let entries = std::mem::take(&mut self.entries);
        let found_out = broker_closed_it && entries.len() == 1;
        for entry in entries.into_values() {
            let failure = if found_out {
                failure(entry.id, FailReason::Refused, &words, false)
            } else {
                down(entry.id, &words)
            };
            self.metrics.failed(failure.reason);
            let result = Err(failure);
            deliver(&entry.reply, Published { id: entry.id, bytes: entry.bytes, result });
            if broker_closed_it && !found_out {
                self.suspects.insert(entry.key);
            }
        }
        // lapin rejects what these wait for by itself.
        self.confirms.clear();
    }
}
