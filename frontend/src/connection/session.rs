//! How the page stands with the relay, and what the relay has said in this session.

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
