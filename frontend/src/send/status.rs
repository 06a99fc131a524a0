//! The words for what became of a message that was sent.

use warren_protocol::FailReason;

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
