//! What a copy of a message must not have: what RabbitMQ has written on the way of the first one, what
//! would route the copy elsewhere, and the user who sent it.

use warren_protocol::{FieldTable, Properties};

/// Headers that are left out: RabbitMQ writes them anew, or, as `CC` and `BCC`, they name further
/// queues, which the relay refuses.
pub const HEADERS: [&str; 6] =
    ["BCC", "CC", "x-acquired-count", "x-death", "x-delivery-count", "x-stream-offset"];
/// So are headers that begin so.
pub const PREFIXES: [&str; 2] = ["x-first-death-", "x-last-death-"];
/// So is this property: RabbitMQ takes it from the user alone that it names.
pub const USER_ID: &str = "user_id";

/// Whether a header is left out. Names are compared as they are: RabbitMQ does so.
#[must_use]
pub fn is_left_out(header: &str) -> bool {
    HEADERS.contains(&header) || PREFIXES.iter().any(|prefix| header.starts_with(prefix))
}

/// Leaves it out, and names it: headers in their order, then the property. An empty table that was sent
/// is kept.
pub fn leave_out(properties: &mut Properties) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(FieldTable(headers)) = &mut properties.headers {
        names.extend(headers.keys().filter(|name| is_left_out(name)).cloned());
        headers.retain(|name, _| !is_left_out(name));
        if headers.is_empty() && !names.is_empty() {
            properties.headers = None;
        }
    }
    names.extend(properties.user_id.take().map(|_| USER_ID.to_owned()));
    names
}
