//! Why and in which queue messages died, as RabbitMQ says in the headers of a dead letter.

use std::collections::BTreeMap;

use warren_protocol::{FieldTable, FieldValue, limits::MAX_SHORT_STRING_BYTES};

use super::inbox::Message;

/// Why and where a message died.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Death {
    /// Such as `rejected`.
    pub reason: String,
    /// Where it died.
    pub queue: String,
}

/// Messages that died alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deaths {
    /// Why and where.
    pub death: Death,
    /// How many.
    pub count: u64,
}

/// The dead letters among these messages by their [`death`]; the most come first.
#[must_use]
pub fn deaths<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<Deaths> {
    let mut counts = BTreeMap::<_, u64>::new();
    for death in messages.into_iter().filter_map(death) {
        *counts.entry(death).or_default() += 1;
    }
    let deaths = counts.into_iter().map(|(death, count)| Deaths { death, count });
    let mut deaths: Vec<Deaths> = deaths.collect();
    deaths.sort_by_key(|death| std::cmp::Reverse(death.count));
    deaths
}

/// The queue in which the message first died.
#[must_use]
pub fn first_death_queue(message: &Message) -> Option<&str> {
    text(message.header("x-first-death-queue")?)
}

/// The first death of a message, or the newest where the first is not named.
#[must_use]
pub fn death(message: &Message) -> Option<Death> {
    let headers = message.properties.headers.as_ref()?;
    named(headers, "x-first-death-reason", "x-first-death-queue").or_else(|| {
        // The newest comes first.
        let FieldValue::Array(deaths) = headers.0.get("x-death")? else { return None };
        let FieldValue::Table(newest) = deaths.first()? else { return None };
        named(newest, "reason", "queue")
    })
}

fn named(table: &FieldTable, reason: &str, queue: &str) -> Option<Death> {
    let text = |name| text(table.0.get(name)?).map(str::to_owned);
    Some(Death { reason: text(reason)?, queue: text(queue)? })
}

/// What RabbitMQ may have written there: anybody can write such a header as well.
fn text(value: &FieldValue) -> Option<&str> {
    let FieldValue::LongString(bytes) = value else { return None };
    std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_SHORT_STRING_BYTES)
}
