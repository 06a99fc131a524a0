//! The bounds that both sides keep. `welcome` names those that a relay's operator may change.

/// Largest message body in bytes, unless the relay's `--max-body` says otherwise: 16 MiB, the
/// default of RabbitMQ 4's `max_message_size`.
pub const DEFAULT_MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The most bytes of a name in AMQP, such as a queue's: short strings have no more (AMQP 0-9-1, section
/// 4.2.5.3).
pub const MAX_SHORT_STRING_BYTES: usize = 255;

/// Messages of one session that may wait for the broker's confirm, unless `max-in-flight` says
/// otherwise.
pub const DEFAULT_MAX_IN_FLIGHT: usize = 2_000;

/// Bytes of message bodies of one session that may wait for the broker's confirm. A single message
/// may be in flight whatever its size, where the relay has memory for it.
pub const MAX_IN_FLIGHT_BYTES: usize = 32 * 1024 * 1024;

/// Deliveries that a session may hold unsettled when its `receive` does not say.
pub const DEFAULT_PREFETCH: u16 = 500;

/// The most deliveries that a session may ask to hold unsettled, unless `max-prefetch` says
/// otherwise.
pub const DEFAULT_MAX_PREFETCH: u16 = 5_000;

/// The most messages in one `publish`, whatever a relay's `max-batch` says.
pub const MAX_BATCH: usize = 10_000;

/// The most tags in one `settle`: as many as a session can hold unsettled (AMQP's prefetch count
/// is a short, section 1.8.2.10).
pub const MAX_TAGS: usize = u16::MAX as usize;

/// The largest WebSocket message that a relay with this body limit reads, in bytes: room for a body as
/// text in which every character is escaped once, or in base64, and 1 MiB for everything around it.
///
/// A text of many control characters takes six bytes for each in JSON (`\u0001`) and may be larger
/// than that; send such a body as base64, or in a binary message. What a relay reads is in `welcome`'s
/// `max_message_bytes`.
#[must_use]
pub const fn max_message_bytes(max_body_bytes: usize) -> usize {
    max_body_bytes.saturating_mul(2).saturating_add(1024 * 1024)
}
