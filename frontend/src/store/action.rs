//! What can happen to the page, and how it can stand with the relay.

use warren_protocol::{AckMode, Outcome, ServerMessage, StopReason};

use crate::send::{draft::Prepared, repeat::Plan};

/// A message from the relay.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// When it arrived, in milliseconds since 1970-01-01 UTC.
    pub at_ms: f64,
    /// What it says, or why it could not be read.
    pub content: Result<ServerMessage, String>,
}

/// How the page stands with the relay.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Link {
    /// The first attempt is under way, or one with another token.
    #[default]
    Connecting,
    /// Connected; the relay has not said `welcome`.
    Open,
    /// Frames flow.
    Ready,
    /// Cut off. Stays so while the next attempt is under way.
    Lost {
        /// Why, in words.
        why: String,
        /// When the next attempt starts, in milliseconds since 1970-01-01 UTC.
        retry_at_ms: f64,
    },
    /// The relay asks for another token; there is no attempt until one is entered.
    Locked,
}

/// Whether deliveries come, as the relay says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DeliveryState {
    /// The relay has not said anything in this session.
    #[default]
    Idle,
    /// They come.
    Receiving,
    /// They do not, and why.
    Stopped(StopReason, Option<String>),
}

/// Everything that happens to the page.
#[derive(Debug, Clone)]
pub enum Action {
    /// Time passes; expected about once per second.
    Tick,
    /// A message is to be sent.
    Send {
        /// The message.
        message: Prepared,
        /// A new UUID, for a message that has no name.
        message_id: String,
    },
    /// A message is to be sent many times; see [`State::make`](super::State::make).
    StartRepeat(Prepared, Plan),
    /// The repeat makes no more.
    StopRepeat,
    /// What [`Repeat::save`](crate::send::repeat::Repeat::save) gave in an earlier life of this
    /// tab.
    RestoreRepeat(String),
    /// A message of the "Sent" list is to be sent again.
    SendAgain {
        /// Its row.
        key: u64,
        /// A new UUID, for a message that did not fail.
        message_id: String,
    },
    /// The switch "Receiving".
    SetReceiving(bool),
    /// Who acknowledges what arrives from now on.
    SetAck(AckMode),
    /// The user settles a received message.
    Settle {
        /// Its row.
        number: u64,
        /// What becomes of it.
        outcome: Outcome,
    },
    /// The user acknowledges every received message that is open.
    SettleAll,
    /// Show only received messages that have this text in them.
    Filter(String),
    /// Look for them, for about as long as so many bytes take.
    Search(usize),
    /// The queue to send to.
    SendTo(String),
    /// The queue to receive from.
    ReceiveFrom(String),
    /// Empty the view of received messages.
    Clear,
    /// The notice has been read.
    DismissNotice,
    /// What [`Outbox::save`](crate::send::outbox::Outbox::save) gave in an earlier life of this
    /// tab.
    Restore(String),
    /// How many unconfirmed messages a reload of the tab would lose.
    Saved {
        /// Zero is well.
        left_out: usize,
    },
    /// The link is open and `hello` is on its way.
    LinkOpened,
    /// The link is gone.
    LinkLost {
        /// Why, in words.
        why: String,
        /// When the next attempt starts, in milliseconds since 1970-01-01 UTC.
        retry_at_ms: f64,
    },
    /// The next attempt does not wait any longer.
    ReconnectNow,
    /// The link is gone, since the relay wants another token.
    Locked {
        /// Why, in the relay's words.
        why: String,
    },
    /// Another token was entered, and the link is made anew.
    Unlock,
    /// A message of the relay, in order.
    Arrived(Arrival),
}
