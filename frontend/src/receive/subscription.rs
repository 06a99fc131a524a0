//! What a session has to say about receiving.

use warren_protocol::StopReason;

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
