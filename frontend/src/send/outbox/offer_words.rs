//! What the page says of messages that it offers to send.

use crate::ui::{
    language::Language,
    number::{grouped, plural},
};

/// The strip's text and its two buttons.
#[derive(Debug, PartialEq, Eq)]
pub struct OfferWords {
    /// What waits.
    pub text: String,
    /// To send it.
    pub send: &'static str,
    /// To forget it.
    pub discard: &'static str,
}

/// The words for `messages` of `when`, where that is known; `unsure` is whether another tab may
/// have sent them.
#[must_use]
pub fn offer_words(
    language: Language,
    messages: usize,
    when: Option<&str>,
    unsure: bool,
) -> OfferWords {
    match language {
        Language::English => {
            let count = plural(messages as u64, "message", "messages");
            let one = messages == 1;
            let (was, it, send) =
                if one { ("was", "it", "Send it") } else { ("were", "them", "Send them") };
            let when = when.map(|when| format!(" of {when}")).unwrap_or_default();
            let other = if unsure {
                format!(" If this tab was duplicated, the other one may have sent {it}.")
            } else {
                String::new()
            };
            OfferWords {
                text: format!("{count}{when} in this tab {was} not confirmed.{other}"),
                send,
                discard: "Discard",
            }
        }
        Language::Chinese => {
            let count = grouped(messages as u64);
            let when = when.map(|when| format!(" {when} 的")).unwrap_or_default();
            let other = if unsure {
                "如果此标签页是复制的，另一个标签页可能已经发送。"
            } else {
                ""
            };
            OfferWords {
                text: format!("此标签页有{when} {count} 条消息未被确认。{other}"),
                send: "发送",
                discard: "丢弃",
            }
        }
    }
}
