//! The page's words for what is going on: pure functions from state to sentences, so that what
//! is claimed can be tested.

use warren_protocol::{
    BrokerState, FailReason, Outcome, QueueCount, QueueStatus, StopReason, close,
};

use crate::{
    store::{DeliveryState, Link},
    ui::number::{grouped, plural},
};

/// How much a status asks for attention; the name of its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Under way, or not known.
    Waiting,
    /// Needs a look.
    Bad,
}

impl Tone {
    /// The value of `data-tone`, which the style sheet knows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Bad => "bad",
        }
    }
}

/// A status in the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// Its colour.
    pub tone: Tone,
    /// Its words.
    pub text: String,
    /// What follows them and counts down each second.
    pub next_try: Option<String>,
}

impl Chip {
    fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), next_try: None }
    }
}

const TRYING: &str = "trying now";

fn next_try(at_ms: f64, now_ms: f64) -> String {
    let seconds = ((at_ms - now_ms) / 1000.0).ceil();
    if seconds < 1.0 {
        return TRYING.to_owned();
    }
    format!("next try in {seconds} s")
}

/// The broker's chip. `changed_ms` is when `state` arrived.
#[must_use]
pub fn broker(link: &Link, state: Option<&BrokerState>, changed_ms: f64, now_ms: f64) -> Chip {
    if *link != Link::Ready {
        return Chip::new(Tone::Waiting, "Unknown");
    }
    match state {
        None | Some(BrokerState::Connecting { detail: None }) => {
            Chip::new(Tone::Waiting, "Connecting…")
        }
        // What went wrong stays to be read: a host that is silent makes each try take seconds.
        Some(BrokerState::Connecting { detail: Some(detail) }) => Chip {
            next_try: Some(format!("; {TRYING}")),
            ..Chip::new(Tone::Bad, format!("Not connected: {detail}"))
        },
        Some(BrokerState::Up) => Chip::new(Tone::Good, "Connected"),
        Some(BrokerState::Blocked { detail }) => {
            let detail = detail.as_deref().unwrap_or("the broker takes no messages now");
            Chip::new(Tone::Bad, format!("Blocked: {detail}"))
        }
        Some(BrokerState::Down { detail, retry_in_ms }) => {
            let next = retry_in_ms.map(|ms| next_try(changed_ms + ms as f64, now_ms));
            let (chip, mark) = match (detail, &next) {
                (Some(detail), _) => {
                    (Chip::new(Tone::Bad, format!("Not connected: {detail}")), "; ")
                }
                (None, Some(_)) => (Chip::new(Tone::Waiting, "Connecting…"), " "),
                (None, None) => (Chip::new(Tone::Bad, "Not connected"), ""),
            };
            Chip { next_try: next.map(|next| format!("{mark}{next}")), ..chip }
        }
    }
}

/// The relay's chip, shown only while the page is cut off.
#[must_use]
pub fn link(link: &Link, now_ms: f64) -> Option<Chip> {
    match link {
        Link::Lost { why, retry_at_ms } => Some(Chip {
            next_try: Some(format!(": {}", next_try(*retry_at_ms, now_ms))),
            ..Chip::new(Tone::Bad, why)
        }),
        Link::Locked => Some(Chip::new(Tone::Bad, "Relay asks for a token")),
        Link::Connecting | Link::Open | Link::Ready => None,
    }
}

/// Why the link closed, from its WebSocket close code.
#[must_use]
pub fn closed(code: u16, reason: &str) -> String {
    let words = match code {
        close::GOING_AWAY => "Relay ended this session",
        close::POLICY => "The relay refused access",
        close::TOO_BIG => "Relay refused a message as too large",
        close::TRY_AGAIN_LATER => "The relay is full",
        close::TOKEN_REFUSED => "Relay asks for another token",
        close::UNSUPPORTED_VERSION => "Relay speaks another version; reload this page",
        _ => "Relay unreachable",
    };
    match reason.trim() {
        "" => words.to_owned(),
        reason => format!("{words} ({reason})"),
    }
}

/// Why the relay asks for another token, where that is why the link closed: for no other reason may
/// the page forget the one that it has.
#[must_use]
pub fn token_refused(code: u16, reason: &str) -> Option<String> {
    let why = match reason.trim() {
        "" => "this relay asks for another token",
        why => why,
    };
    (code == close::TOKEN_REFUSED).then(|| why.to_owned())
}

/// What the relay does not let the page do.
#[must_use]
pub fn not_allowed(why: &str) -> String {
    format!("The relay does not let this page do that: {why}")
}

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

/// Why a message failed.
#[must_use]
pub fn failure(reason: FailReason, detail: Option<&str>) -> String {
    let words = match reason {
        FailReason::Returned => "the queue is gone",
        FailReason::Nacked => "the broker refused it",
        FailReason::TooLarge => "too large",
        FailReason::InvalidProperty => "a property is not allowed",
        FailReason::NotAllowed => "the relay does not let this page send",
        FailReason::UnknownQueue => "the relay does not offer this queue",
        FailReason::TooManyInFlight => "too many wait for the broker",
        FailReason::BrokerDown => "the broker is away",
        FailReason::Refused => "the broker refused it",
    };
    match detail {
        Some(detail) => format!("{words}: {detail}"),
        None => words.to_owned(),
    }
}

/// Nothing comes although messages wait, and others consume as well.
#[must_use]
pub fn stand_by(queue: &str, ready: u32) -> String {
    let ready = grouped(u64::from(ready));
    format!("Receiving from {queue}, where {ready} wait: another consumer may be the active one.")
}

/// What the Receive panel says above its list; `receiving` is the switch, `empty` the list.
#[must_use]
pub fn receiving(
    receiving: bool,
    link: &Link,
    broker: Option<&BrokerState>,
    delivery_state: &DeliveryState,
    queue: Option<&QueueCount>,
    empty: bool,
) -> String {
    let name = queue.map_or("the queue", |queue| queue.name.as_str());
    if !receiving {
        return paused(queue);
    }
    if matches!(link, Link::Lost { .. } | Link::Locked) {
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
