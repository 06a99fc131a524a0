//! What the link tells the page.

use warren_protocol::ServerMessage;

/// A message from the relay.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// When it arrived, in milliseconds since 1970-01-01 UTC.
    pub at_ms: f64,
    /// What it says, or why it could not be read.
    pub content: Result<ServerMessage, String>,
}

/// How the link was closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closed {
    /// The WebSocket's close code; 0 where there was none.
    pub code: u16,
    /// The relay's words, where it had some.
    pub reason: String,
}

/// What happens to the link.
#[derive(Debug, Clone)]
pub enum Event {
    /// The link is open and `hello` is on its way.
    Opened,
    /// The link is gone.
    Lost {
        /// How.
        why: Closed,
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
    /// The machine slept, and nothing was heard since: the link may be dead.
    Slept,
    /// A message of the relay, in order.
    Arrived(Arrival),
}
