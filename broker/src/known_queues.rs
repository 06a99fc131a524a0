//! What the process has learned of each queue: AMQP has no question for it, and the next session
//! on the queue should not have to learn it again.
//!
//! A queue's type is a hint, for words: it is what this process has declared, or what headers of
//! messages say, which anybody can write.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;
use warren_protocol::QueueType;

use crate::{
    backoff::{Backoff, QUEUE},
    convert::Redelivery,
    declare::{Counts, QueueError},
};

/// What the newest size weighs in the mean.
const WEIGHT: f64 = 1.0 / 16.0;

/// By the name of the queue.
#[derive(Debug, Default)]
pub(crate) struct KnownQueues(Mutex<HashMap<String, Known>>);

#[derive(Debug, Default)]
struct Known {
    learned: Learned,
    consumers: u32,
    /// This process has declared it.
    declared: bool,
    /// It was there.
    seen: bool,
    trouble: Option<Unusable>,
}

/// What is true for as long as the queue is the same one.
#[derive(Debug, Default)]
struct Learned {
    is_stream: Option<bool>,
    mean_bytes: Option<f64>,
    declared_as: Option<QueueType>,
    redeliveries: Redeliveries,
}

/// What messages that were delivered before say of their queue.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Redeliveries {
    any: bool,
    /// One at least has come from no quorum queue. Where others are counted, their publisher has
    /// written so.
    uncounted: bool,
    delivery_count: Option<u32>,
}

impl Redeliveries {
    /// Takes what one says.
    pub(crate) fn add(&mut self, redelivery: Redelivery) {
        self.any = true;
        match redelivery {
            Redelivery::Counted(count) => self.delivery_count = self.delivery_count.max(count),
            Redelivery::Uncounted => self.uncounted = true,
        }
    }

    fn merge(&mut self, other: Self) {
        self.any |= other.any;
        self.uncounted |= other.uncounted;
        self.delivery_count = self.delivery_count.max(other.delivery_count);
    }

    fn queue_type(self) -> Option<QueueType> {
        match self {
            Self { any: false, .. } => None,
            Self { uncounted: true, .. } => Some(QueueType::Classic),
            Self { uncounted: false, .. } => Some(QueueType::Quorum),
        }
    }
}

impl Learned {
    fn queue_type(&self) -> Option<QueueType> {
        match self {
            Self { is_stream: Some(true), .. } => Some(QueueType::Stream),
            Self { declared_as: Some(declared), .. } => Some(*declared),
            Self { redeliveries, .. } => redeliveries.queue_type(),
        }
    }
}

/// Why a queue cannot be used, and when to ask again.
#[derive(Debug)]
struct Unusable {
    error: QueueError,
    backoff: Backoff,
    ask_at: Instant,
}

impl KnownQueues {
    /// Whether the queue is a stream, where that is known.
    pub(crate) fn is_stream(&self, queue: &str) -> Option<bool> {
        self.lock().get(queue)?.learned.is_stream
    }

    pub(crate) fn set_stream(&self, queue: &str, is_stream: bool) {
        self.change(queue, |Known { learned, .. }| {
            learned.is_stream = Some(is_stream);
            // It was declared anew, as something else, by somebody else.
            learned.declared_as.take_if(|kind| !is_stream && *kind == QueueType::Stream);
        });
    }

    /// The mean size of its messages, in bytes.
    pub(crate) fn mean_bytes(&self, queue: &str) -> Option<f64> {
        self.lock().get(queue)?.learned.mean_bytes
    }

    /// Takes the sizes of deliveries.
    pub(crate) fn observe(&self, queue: &str, sizes: impl Iterator<Item = usize>) {
        self.change(queue, |Known { learned, .. }| {
            for size in sizes {
                let size = size as f64;
                let mean = learned.mean_bytes.map_or(size, |mean| mean + (size - mean) * WEIGHT);
                learned.mean_bytes = Some(mean);
            }
        });
    }

    /// Takes what redelivered messages say of their queue; returns whether that is news.
    pub(crate) fn note(&self, queue: &str, redeliveries: Redeliveries) -> bool {
        if !redeliveries.any {
            return false;
        }
        let before = self.hints(queue);
        self.change(queue, |known| known.learned.redeliveries.merge(redeliveries));
        self.hints(queue) != before
    }

    /// The queue's type, and the highest `x-delivery-count` of a quorum queue's messages, where they
    /// are known.
    pub(crate) fn hints(&self, queue: &str) -> (Option<QueueType>, Option<u32>) {
        let queues = self.lock();
        let Some(Known { learned, .. }) = queues.get(queue) else { return (None, None) };
        let queue_type = learned.queue_type();
        let is_quorum = queue_type == Some(QueueType::Quorum);
        (queue_type, learned.redeliveries.delivery_count.filter(|_| is_quorum))
    }

    /// The queue is gone: one of the same name is another.
    pub(crate) fn forget(&self, queue: &str) {
        self.change(queue, |known| known.learned = Learned::default());
    }

    /// Consumers of this process.
    pub(crate) fn consumers(&self, queue: &str) -> u32 {
        self.lock().get(queue).map_or(0, |known| known.consumers)
    }

    pub(crate) fn add_consumer(&self, queue: &str) {
        self.change(queue, |known| known.consumers += 1);
    }

    pub(crate) fn remove_consumer(&self, queue: &str) {
        self.change(queue, |known| known.consumers = known.consumers.saturating_sub(1));
    }

    /// Whether it was there when the broker was asked last.
    pub(crate) fn is_there(&self, queue: &str) -> bool {
        self.lock().get(queue).is_some_and(|known| known.seen && known.trouble.is_none())
    }

    /// Whether it may be declared where it is missing. One that was there and has vanished is its
    /// owner's, unless that is this process.
    pub(crate) fn may_declare(&self, queue: &str) -> bool {
        self.lock().get(queue).is_none_or(|known| known.declared || !known.seen)
    }

    pub(crate) fn set_declared_here(&self, queue: &str, queue_type: QueueType) {
        self.change(queue, |known| {
            known.declared = true;
            known.learned = Learned { declared_as: Some(queue_type), ..Learned::default() };
        });
    }

    /// Whether the broker may be asked for the queue now; else what it has said last. Each question
    /// for a queue that is missing is an error in the broker's log.
    pub(crate) fn may_ask(&self, queue: &str) -> Result<(), QueueError> {
        match self.lock().get(queue).and_then(|known| known.trouble.as_ref()) {
            Some(trouble) if Instant::now() < trouble.ask_at => Err(trouble.error.clone()),
            _ => Ok(()),
        }
    }

    /// The broker has answered for the queue.
    pub(crate) fn answered(&self, queue: &str, answer: &Result<Counts, QueueError>) {
        self.change(queue, |known| match answer {
            Ok(_) => {
                known.seen = true;
                known.trouble = None;
            }
            Err(QueueError::NoBroker(_)) => {}
            Err(error) => {
                if matches!(error, QueueError::Missing(_)) {
                    known.learned = Learned::default();
                }
                let trouble = known.trouble.take();
                let mut backoff =
                    trouble.map_or_else(|| Backoff::new(QUEUE), |trouble| trouble.backoff);
                let ask_at = Instant::now() + backoff.failed();
                known.trouble = Some(Unusable { error: error.clone(), backoff, ask_at });
            }
        });
    }

    /// The queue seems to be there, or to be another one: the broker may be asked at once.
    pub(crate) fn ask_again(&self, queue: &str) {
        self.change(queue, |known| known.trouble = None);
    }

    fn change(&self, queue: &str, change: impl FnOnce(&mut Known)) {
        let mut queues = self.lock();
        match queues.get_mut(queue) {
            Some(known) => change(known),
            None => change(queues.entry(queue.to_owned()).or_default()),
        }
    }

    /// Held for a moment only, never across an await. Bounded by the queues that sessions may use.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use warren_protocol::Detail;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_missing_queue_is_asked_for_ever_less_often() {
        let queues = KnownQueues::default();
        let missing = Err(QueueError::Missing(Detail::QueueMissing { queue: "q".to_owned() }));
        let mut asked = 0;
        for _ in 0..600 {
            if queues.may_ask("q").is_ok() {
                asked += 1;
                queues.answered("q", &missing);
            }
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!((10..=30).contains(&asked), "{asked} times in ten minutes");
        queues.ask_again("q");
        assert!(queues.may_ask("q").is_ok());
    }

    #[test]
    fn a_stream_that_was_declared_anew_is_no_stream() {
        let queues = KnownQueues::default();
        queues.set_declared_here("q", QueueType::Stream);
        assert_eq!(queues.hints("q"), (Some(QueueType::Stream), None));
        queues.set_stream("q", false);
        assert_eq!(queues.hints("q"), (None, None));
    }

    #[test]
    fn a_queue_that_has_vanished_is_its_owners() {
        let queues = KnownQueues::default();
        assert!(queues.may_declare("q"), "never seen");
        queues.answered("q", &Ok(Counts { ready: 0, consumers: 0 }));
        assert!(!queues.may_declare("q"), "somebody else's");
        queues.set_declared_here("q", QueueType::Classic);
        assert!(queues.may_declare("q"), "ours");
    }

    #[test]
    fn the_type_is_learned_from_redelivered_messages_until_the_queue_is_gone() {
        let queues = KnownQueues::default();
        let note = |each: &[Redelivery]| {
            let mut redeliveries = Redeliveries::default();
            each.iter().for_each(|redelivery| redeliveries.add(*redelivery));
            queues.note("q", redeliveries)
        };
        let counted = |count| Redelivery::Counted(Some(count));
        assert!(!note(&[]));
        assert_eq!(queues.hints("q"), (None, None));
        assert!(note(&[counted(3), counted(1)]));
        assert_eq!(queues.hints("q"), (Some(QueueType::Quorum), Some(3)));
        assert!(!note(&[counted(2)]), "nothing new");
        assert!(note(&[counted(4)]));
        // A header that somebody has written: a quorum queue counts each.
        assert!(note(&[Redelivery::Uncounted, counted(9)]));
        assert_eq!(queues.hints("q"), (Some(QueueType::Classic), None));
        queues.forget("q");
        assert_eq!(queues.hints("q"), (None, None));
        note(&[Redelivery::Counted(None)]);
        assert_eq!(queues.hints("q"), (Some(QueueType::Quorum), None));
        queues.set_stream("q", true);
        assert_eq!(queues.hints("q"), (Some(QueueType::Stream), None));
        queues.set_declared_here("q", QueueType::Classic);
        note(&[counted(9)]);
        assert_eq!(queues.hints("q"), (Some(QueueType::Classic), None), "it is known");
    }

    #[test]
    fn the_mean_follows_the_sizes() {
        let queues = KnownQueues::default();
        assert_eq!(queues.mean_bytes("q"), None);
        queues.observe("q", [100, 100].into_iter());
        assert_eq!(queues.mean_bytes("q"), Some(100.0));
        queues.observe("q", std::iter::repeat_n(1_000_000, 100));
        assert!(queues.mean_bytes("q").unwrap() > 900_000.0);
    }
}
