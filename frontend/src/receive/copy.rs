//! A received message as it is sent again or moved: everything as it came, each value with its type,
//! but for what RabbitMQ writes itself, and what would route the copy elsewhere.

use std::collections::BTreeMap;

use warren_protocol::{FieldTable, Properties};

use super::inbox::Message;

/// Headers that are left out: RabbitMQ writes them anew, or, as `CC` and `BCC`, they name further
/// queues, which the relay refuses.
pub const LEFT_OUT_HEADERS: [&str; 6] =
    ["BCC", "CC", "x-acquired-count", "x-death", "x-delivery-count", "x-stream-offset"];
/// So are headers that begin so.
pub const LEFT_OUT_PREFIXES: [&str; 2] = ["x-first-death-", "x-last-death-"];
/// So is this property: RabbitMQ takes it from the user alone that it names.
pub const USER_ID: &str = "user_id";

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
    let mut copy = Copy { properties: message.properties.clone(), left_out: Vec::new() };
    if let Some(FieldTable(headers)) = &mut copy.properties.headers {
        headers.retain(|name, _| {
            let goes = is_left_out(name);
            if goes {
                copy.left_out.push(name.clone());
            }
            !goes
        });
        if headers.is_empty() && !copy.left_out.is_empty() {
            copy.properties.headers = None;
        }
    }
    if copy.properties.user_id.take().is_some() {
        copy.left_out.push(USER_ID.to_owned());
    }
    copy
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

/// Names are compared as they are: RabbitMQ does so.
fn is_left_out(header: &str) -> bool {
    LEFT_OUT_HEADERS.contains(&header)
        || LEFT_OUT_PREFIXES.iter().any(|prefix| header.starts_with(prefix))
}
