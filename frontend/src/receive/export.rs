//! Received messages and the events of a watch as NDJSON, one JSON object on each line, exact: the
//! body as the wire has it, text where it is UTF-8 and base64 elsewhere. Made in parts, so that 64 MiB hold nothing up.

use std::{rc::Rc, vec::IntoIter};

use serde::Serialize;

use crate::{
    receive::inbox::{Message, Watched},
    ui::utc::utc,
};

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
    let time = if message.watched.is_some() { "at" } else { "received" };
    field(text, time, &utc(message.at_ms));
    if let Some(watched) = &message.watched {
        field(text, "kind", &watched.kind);
    }
    field(text, "queue", &*message.queue);
    field(text, "exchange", &message.exchange);
    field(text, "routing_key", &message.routing_key);
    field(text, "redelivered", &message.redelivered);
    if let Some(Watched { source, queues, .. }) = &message.watched {
        field(text, "routing_keys", &message.routing_keys().collect::<Vec<_>>());
        field(text, "user", &source.user);
        field(text, "connection", &source.connection);
        field(text, "node", &source.node);
        field(text, "queues", &**queues);
    }
    field(text, "properties", &message.properties);
    field(text, "body", &message.body);
    text.push_str("}\n");
}

fn field(text: &mut String, name: &str, value: &(impl Serialize + ?Sized)) {
    text.push_str(",\"");
    text.push_str(name);
    text.push_str("\":");
    // Strings, properties and bodies have no map with keys that are no strings, which alone fails.
    text.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()));
}
