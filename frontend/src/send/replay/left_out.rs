//! What a copy of a message must not have: what RabbitMQ has written on the way of the first one, what
//! would route the copy elsewhere, and the user who sent it.

use warren_protocol::{FieldTable, Properties};

const HEADERS: [&str; 6] =
    ["CC", "BCC", "x-death", "x-delivery-count", "x-acquired-count", "x-stream-offset"];
const PREFIXES: [&str; 2] = ["x-first-death-", "x-last-death-"];

/// Leaves it out, and names it.
pub(super) fn leave_out(properties: &mut Properties) -> Vec<String> {
    let mut names = Vec::from_iter(properties.user_id.take().map(|_| "user_id".to_owned()));
    if let Some(FieldTable(headers)) = &mut properties.headers {
        let left_out = |name: &str| {
            HEADERS.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        };
        let before = headers.len();
        names.extend(headers.keys().filter(|name| left_out(name)).cloned());
        headers.retain(|name, _| !left_out(name));
        // An empty table that was sent is kept.
        if headers.is_empty() && before > 0 {
            properties.headers = None;
        }
    }
    names
}
