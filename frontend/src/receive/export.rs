//! Received messages as NDJSON, one JSON object on each line, exact: the body as the wire has it,
//! text where it is UTF-8 and base64 elsewhere. Made in parts, so that 64 MiB hold nothing up.

use std::{rc::Rc, vec::IntoIter};

use serde::Serialize;

use crate::{receive::inbox::Message, ui::utc::utc};

/// An export under way.
pub struct Export {
    messages: IntoIter<Rc<Message>>,
    total: usize,
}

impl Export {
    /// Of these messages, as they are now.
    #[must_use]
    pub fn new(messages: Vec<Rc<Message>>) -> Self {
        Self { total: messages.len(), messages: messages.into_iter() }
    }

    /// How many messages it has in all.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// The next lines, at least `bytes` long unless they are the last; none at the end.
    pub fn part(&mut self, bytes: usize) -> Option<String> {
        let mut part = String::new();
        while part.len() < bytes {
            let Some(message) = self.messages.next() else {
                break;
            };
            line(&mut part, &message);
        }
        (!part.is_empty()).then_some(part)
    }
}

fn line(text: &mut String, message: &Message) {
    text.push_str("{\"number\":");
    text.push_str(&message.number.to_string());
    text.push_str(",\"received\":\"");
    text.push_str(&utc(message.at_ms));
    text.push_str("\",\"queue\":");
    json(text, &*message.queue);
    text.push_str(",\"exchange\":");
    json(text, &message.exchange);
    text.push_str(",\"routing_key\":");
    json(text, &message.routing_key);
    text.push_str(",\"redelivered\":");
    text.push_str(if message.redelivered { "true" } else { "false" });
    text.push_str(",\"properties\":");
    json(text, &message.properties);
    text.push_str(",\"body\":");
    json(text, &message.body);
    text.push_str("}\n");
}

fn json(text: &mut String, value: &(impl Serialize + ?Sized)) {
    // Strings, properties and bodies have no map with keys that are no strings, which alone fails.
    text.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()));
}
