//! What the Send panel's form holds, and what becomes of it when it is sent.

use warren_protocol::{Body, Properties};

/// A message that is ready to be handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// What is sent.
    pub body: Body,
    /// As they are sent; the outbox's caller adds a `message_id` where there is none.
    pub properties: Properties,
}

impl Prepared {
    /// A text and nothing else.
    #[must_use]
    pub fn text(text: String) -> Self {
        // Else a durable queue forgets what it has confirmed when its broker restarts.
        let properties = Properties { persistent: Some(true), ..Properties::default() };
        Self { body: Body::Text(text), properties }
    }
}
