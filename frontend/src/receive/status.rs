//! The words for what is received and what is not, and for what became of it: pure functions from
//! state to sentences, so that what is claimed can be tested.

use warren_protocol::{BrokerState, Outcome, QueueCount, QueueStatus, StopReason};

use crate::{
    receive::subscription::DeliveryState,
    ui::number::{grouped, plural},
};

/// What the queue does not support.
#[must_use]
pub fn not_supported(why: &str) -> String {
    format!("This is not possible with this queue: {why}")
}

/// Why messages of a stream can only be acknowledged.
#[must_use]
pub fn stream(queue: &str) -> String {
    format!(
        "{queue} is a stream: its messages stay in it and can only be acknowledged, which lets more come."
    )
}

/// Nothing comes although messages wait, and others consume as well.
#[must_use]
pub fn stand_by(queue: &str, ready: u32) -> String {
    let ready = grouped(u64::from(ready));
    format!("Receiving from {queue}, where {ready} wait: another consumer may be the active one.")
}

/// What the Receive panel says above its list; `receiving` is the switch, `cut_off` says
/// that there is no link to the relay, `empty` is about the list.
#[must_use]
pub fn receiving(
    receiving: bool,
    cut_off: bool,
    broker: Option<&BrokerState>,
    delivery_state: &DeliveryState,
    queue: Option<&QueueCount>,
    empty: bool,
) -> String {
    let name = queue.map_or("the queue", |queue| queue.name.as_str());
    if !receiving {
        return paused(queue);
    }
    if cut_off {
        return "Not receiving: the relay is unreachable. It goes on by itself.".to_owned();
    }
    let because = |detail: &Option<String>| {
        detail.as_ref().map_or(String::new(), |detail| format!(" ({detail})"))
    };
    match delivery_state {
        DeliveryState::Receiving if empty => "[*] Waiting for messages.".to_owned(),
        DeliveryState::Receiving => format!("Receiving from {name}."),
        DeliveryState::Idle | DeliveryState::Stopped(StopReason::Paused, _) => match broker {
            // Who asks during an outage is answered after it.
            Some(BrokerState::Down { .. } | BrokerState::Connecting { .. }) => {
                "Not receiving: RabbitMQ is unreachable. Reconnecting…".to_owned()
            }
            _ => "Starting to receive…".to_owned(),
        },
        DeliveryState::Stopped(StopReason::BrokerDown, detail) => {
            let because = because(detail);
            format!("Not receiving: RabbitMQ is unreachable{because}. Reconnecting…")
        }
        DeliveryState::Stopped(StopReason::QueueDeleted, detail) => {
            let why = detail.as_deref().unwrap_or("the queue was deleted");
            format!("Not receiving: {why}. The relay tries again.")
        }
        DeliveryState::Stopped(StopReason::Refused, detail) => {
            let because = because(detail);
            format!("Not receiving: the broker refuses{because}. The relay tries again.")
        }
        DeliveryState::Stopped(StopReason::QueueDown, detail) => {
            let why = detail.as_deref().unwrap_or("this queue's connection was lost");
            format!("Not receiving: {why}. The relay tries again.")
        }
    }
}

fn paused(queue: Option<&QueueCount>) -> String {
    let Some(QueueCount { name, status: QueueStatus::Counts { ready, .. } }) = queue else {
        return "Paused".to_owned();
    };
    match ready {
        0 => format!("Paused: no messages wait in {name}"),
        1 => format!("Paused: 1 message waits in {name}"),
        more => format!("Paused: {} messages wait in {name}", grouped(u64::from(*more))),
    }
}

/// Why no more messages come while `open` wait to be settled by hand.
#[must_use]
pub fn window_full(open: u64) -> String {
    let some = if open == 1 { "it" } else { "some" };
    let messages = plural(open, "unacknowledged message", "unacknowledged messages");
    format!("Prefetch limit reached: {messages}. Acknowledge {some} to receive more.")
}

/// How many of the messages that are `kept` a filter lets through, as far as it has looked.
#[must_use]
pub fn found(found: u64, kept: u64, searching: bool) -> String {
    let searching = if searching { ", searching…" } else { "" };
    format!("{} of {}{searching}", grouped(found), grouped(kept))
}

/// How often a message may go back to a quorum queue in RabbitMQ 4, unless the queue says
/// otherwise: the default of `delivery-limit`.
const DELIVERY_LIMIT: u64 = 20;
/// From how many times on to warn of that.
const NEAR_LIMIT: u64 = 15;

/// Warns of a message that was `returned` to its quorum queue so often that it may soon be gone.
#[must_use]
pub fn near_limit(returned: u64) -> Option<String> {
    (returned >= NEAR_LIMIT).then(|| {
        format!(
            "Delivered {} times. RabbitMQ 4 drops a message, or dead-letters it, once it has gone \
             back to its quorum queue more than {DELIVERY_LIMIT} times, unless the queue sets \
             another delivery limit.",
            grouped(returned.saturating_add(1))
        )
    })
}

/// What became of a message that the user has settled, as far as it is known: what is given back may
/// be in its queue again, be dead-lettered or be gone, as with a delivery limit or a TTL.
#[must_use]
pub fn settled(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ack => "acknowledged",
        Outcome::Requeue => "given back",
        Outcome::Reject => "rejected",
    }
}

/// What "Clear" did: `cleared` are gone from view, `open` are not settled yet and stay.
#[must_use]
pub fn cleared(cleared: u64, open: u64) -> String {
    let messages = plural(cleared, "message", "messages");
    let stay = match open {
        0 => String::new(),
        1 => " 1 unsettled message stays.".to_owned(),
        more => format!(" {} unsettled messages stay.", grouped(more)),
    };
    format!("Cleared {messages} from this view; nothing in the queue has changed.{stay}")
}

/// What a person must know when a queue has several consumers.
#[must_use]
pub fn sharing(queue: Option<&QueueCount>) -> Option<String> {
    let queue = queue?;
    match queue.status {
        QueueStatus::Counts { consumers, .. } if consumers > 1 => Some(format!(
            "{} consumers share {}: each message reaches only one of them.",
            grouped(u64::from(consumers)),
            queue.name
        )),
        _ => None,
    }
}
