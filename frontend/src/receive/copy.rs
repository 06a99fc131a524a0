//! A received message as it is sent again or moved: everything as it came, each value with its type,
//! but for what RabbitMQ writes itself, and what would route the copy elsewhere.

use std::collections::BTreeMap;

use warren_protocol::Properties;

use super::inbox::Message;
use crate::ui::left_out::{USER_ID, is_left_out, leave_out};

/// See the module. The body is the message's own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Copy {
    /// The properties, with the message's `message_id` where it has one.
    pub properties: Properties,
    /// What it lacks, by name: headers in their order, then the property.
    pub left_out: Vec<String>,
}

/// The copy of a message.
#[must_use]
pub fn copy_of(message: &Message) -> Copy {
    let mut properties = message.properties.clone();
    let left_out = leave_out(&mut properties);
    Copy { properties, left_out }
}

/// What the copies of these messages lack: each name once, with the number of messages.
#[must_use]
pub fn left_out_of<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<(String, u64)> {
    let mut counts = BTreeMap::<&str, u64>::new();
    for message in messages {
        let Properties { headers, user_id, .. } = &message.properties;
        let names = headers.iter().flat_map(|headers| headers.0.keys().map(String::as_str));
        let names = names.filter(|name| is_left_out(name));
        for name in names.chain(user_id.as_ref().map(|_| USER_ID)) {
            *counts.entry(name).or_default() += 1;
        }
    }
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}
