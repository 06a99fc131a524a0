//! The words for a message that failed, or was not taken.

use warren_protocol::FailReason;

use crate::{
    send::outbox::{FailDetail, Refusal},
    ui::{
        language::{Language, detail::detail as detail_words},
        number::grouped,
        visible::{self, MAX_REASON_CHARS},
    },
};

/// Why a message failed, cut where the relay's reason is long.
#[must_use]
pub fn failure(reason: FailReason, detail: Option<&FailDetail>, language: Language) -> String {
    let words = match reason {
        FailReason::Returned => language.fail_returned(),
        FailReason::Nacked | FailReason::Refused => language.fail_nacked(),
        FailReason::TooLarge => language.fail_too_large(),
        FailReason::InvalidProperty => language.fail_property(),
        FailReason::NotAllowed => language.fail_not_allowed(),
        FailReason::UnknownQueue => language.fail_unknown_queue(),
        FailReason::TooManyInFlight => language.fail_too_many(),
        FailReason::BrokerDown => language.fail_broker_down(),
    };
    match detail {
        // It may quote a name of the message, or the broker.
        Some(FailDetail::Said(detail)) => {
            let why = visible::line(&detail_words(detail, language), MAX_REASON_CHARS);
            language.with_colon(words, &why)
        }
        Some(FailDetail::OverWire { bytes, max }) => {
            let [bytes, max] = [*bytes, *max].map(|bytes| grouped(bytes as u64));
            language.with_colon(words, &language.wire_too_large(&bytes, &max))
        }
        None => words.to_owned(),
    }
}

/// Why a message was not taken.
#[must_use]
pub fn refused(refusal: Refusal, language: Language) -> String {
    match refusal {
        Refusal::Messages(waiting) => language.room_messages(&grouped(waiting as u64)),
        Refusal::Bytes => language.room_bytes().to_owned(),
    }
}
