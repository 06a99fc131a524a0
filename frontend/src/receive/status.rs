//! The words for what is received and what is not, and for what became of it: pure functions from
//! state to sentences, so that what is claimed can be tested.

use warren_protocol::{BrokerState, Detail, Outcome, QueueCount, QueueStatus, StopReason};

use crate::{
    receive::{
        inbox::What,
        mode::{Choice, Mode},
        subscription::DeliveryState,
    },
    ui::{
        language::{Language, detail::detail as detail_words, sentence},
        number::grouped,
    },
};

/// What the page knows about receiving.
#[derive(Debug, Clone, Copy)]
pub struct Receiving<'a> {
    /// What was chosen for the queue, where anything was.
    pub choice: Option<Choice>,
    /// How many messages a look shows that go back.
    pub shown: u64,
    /// Whether a look waits to start.
    pub held: bool,
    /// Whether the queue is a stream, as far as is known.
    pub stream: bool,
    /// There is no link to the relay.
    pub cut_off: bool,
    /// How the relay stands with the broker.
    pub broker: Option<&'a BrokerState>,
    /// Whether deliveries come.
    pub delivery_state: &'a DeliveryState,
    /// The queue, and what waits in it.
    pub queue: Option<&'a QueueCount>,
    /// Whether the list has no row.
    pub empty: bool,
}

/// What the Receive panel says above its list.
#[must_use]
pub fn receiving(what: Receiving<'_>, language: Language) -> String {
    let name = what.queue.map_or(language.the_queue(), |queue| queue.name.as_str());
    let Some(Choice { mode, paused, .. }) = what.choice else {
        return match what.cut_off {
            true => language.relay_unreachable().to_owned(),
            false => language.nothing_taken(name),
        };
    };
    if paused {
        return paused_words(what.queue, language);
    }
    if what.cut_off {
        return language.no_relay().to_owned();
    }
    let said = |detail: &Option<Detail>| detail.as_ref().map(|said| detail_words(said, language));
    match what.delivery_state {
        DeliveryState::Receiving => comes(mode, name, &what, language),
        DeliveryState::Watching => language.copies_of(name),
        DeliveryState::Idle | DeliveryState::Stopped(StopReason::Paused, _) => match what.broker {
            // Who asks during an outage is answered after it.
            Some(BrokerState::Down { .. } | BrokerState::Connecting { .. }) => {
                language.no_broker().to_owned()
            }
            _ if what.held => language.not_looking().to_owned(),
            _ => starting(mode, language).to_owned(),
        },
        DeliveryState::Stopped(StopReason::BrokerDown, detail) => match said(detail) {
            Some(why) => language.no_broker_because(&why),
            None => language.no_broker().to_owned(),
        },
        DeliveryState::Stopped(StopReason::QueueDeleted, detail) => {
            let why = said(detail).unwrap_or_else(|| language.queue_deleted().to_owned());
            language.not_receiving(&why)
        }
        DeliveryState::Stopped(StopReason::Refused, detail) => {
            language.not_receiving(&language.broker_refuses(&said(detail).unwrap_or_default()))
        }
        // The strip says all of it.
        DeliveryState::Stopped(StopReason::NotTraced, _) => language.not_watching().to_owned(),
        DeliveryState::Stopped(StopReason::QueueDown, detail) => {
            let why = said(detail).unwrap_or_else(|| language.queue_line_lost().to_owned());
            language.not_receiving(&why)
        }
    }
}

/// While deliveries come.
fn comes(mode: Mode, name: &str, what: &Receiving<'_>, language: Language) -> String {
    match mode {
        Mode::Receive if what.empty => language.waiting_for_messages().to_owned(),
        Mode::Receive => language.receiving_from(name),
        // To watch a stream is to read it.
        Mode::Watch | Mode::Look if what.stream => language.reading_stream(name),
        Mode::Watch | Mode::Look if what.shown > 0 => language.looked(&grouped(what.shown)),
        Mode::Watch | Mode::Look if waits(what.queue) => language.looking_into(name),
        Mode::Watch | Mode::Look => language.nothing_waits(name),
    }
}

/// Whether messages wait in the queue, as far as is known.
#[must_use]
pub fn waits(queue: Option<&QueueCount>) -> bool {
    queue
        .is_some_and(|queue| matches!(queue.status, QueueStatus::Counts { ready, .. } if ready > 0))
}

fn starting(mode: Mode, language: Language) -> &'static str {
    match mode {
        Mode::Watch => language.start_watching(),
        Mode::Look => language.start_looking(),
        Mode::Receive => language.starting(),
    }
}

fn paused_words(queue: Option<&QueueCount>, language: Language) -> String {
    match queue {
        Some(QueueCount { name, status: QueueStatus::Counts { ready, .. } }) => {
            language.paused_at(name, *ready)
        }
        _ => language.paused().to_owned(),
    }
}

/// How many messages wait in the queue that is called `name`, and how many consumers it has.
#[must_use]
pub fn waiting(name: &str, queue: Option<&QueueCount>, language: Language) -> String {
    match queue.map(|queue| &queue.status) {
        Some(QueueStatus::Counts { ready, consumers, .. }) => {
            language.waiting_in(name, *ready, *consumers)
        }
        Some(QueueStatus::Unreadable { error }) => {
            sentence(&detail_words(error, language), language)
        }
        None => language.counts_unknown().to_owned(),
    }
}

/// How many of the messages that are `kept` a filter lets through, as far as it has looked.
#[must_use]
pub fn found(found: u64, kept: u64, searching: bool, language: Language) -> String {
    let found = language.found_of(&grouped(found), &grouped(kept));
    if searching { language.searching(&found) } else { found }
}

/// How often a message may go back to a quorum queue in RabbitMQ 4, unless the queue says
/// otherwise: the default of `delivery-limit`.
const DELIVERY_LIMIT: u64 = 20;
/// From how many times on to warn of that.
const NEAR_LIMIT: u64 = 15;

/// Warns of a message that was `returned` to its quorum queue so often that it may soon be gone.
#[must_use]
pub fn near_limit(returned: u64, language: Language) -> Option<String> {
    (returned >= NEAR_LIMIT)
        .then(|| language.near_limit(returned.saturating_add(1), DELIVERY_LIMIT))
}

/// What a button does with a message.
#[must_use]
pub fn outcome_name(outcome: Outcome, language: Language) -> &'static str {
    match outcome {
        Outcome::Ack => language.ack(),
        Outcome::Requeue => language.requeue(),
        Outcome::Reject => language.reject(),
    }
}

/// What became of a message that the user has settled, as far as it is known: what is given back may
/// be in its queue again, be dead-lettered or be gone, as with a delivery limit or a TTL.
#[must_use]
pub fn settled(outcome: Outcome, language: Language) -> &'static str {
    match outcome {
        Outcome::Ack => language.acknowledged(),
        Outcome::Requeue => language.given_back(),
        Outcome::Reject => language.rejected(),
    }
}

/// What a row tells, in a word.
#[must_use]
pub fn what_name(what: What, language: Language) -> &'static str {
    match what {
        What::Received => language.what_received(),
        What::Published => language.what_published(),
        What::Delivered => language.what_delivered(),
        What::Redelivered => language.redelivered(),
    }
}

/// What a person must know when a queue has several consumers.
#[must_use]
pub fn sharing(queue: Option<&QueueCount>, language: Language) -> Option<String> {
    let queue = queue?;
    match queue.status {
        QueueStatus::Counts { consumers, .. } if consumers > 1 => {
            Some(language.sharing(&queue.name, u64::from(consumers)))
        }
        _ => None,
    }
}
