//! Why and in which queue messages died, as RabbitMQ says in the headers of a dead letter.

use std::collections::BTreeMap;

use warren_protocol::{FieldTable, FieldValue};

use super::inbox::Message;

/// Messages that died alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deaths {
    /// Such as `rejected`.
    pub reason: String,
    /// Where they died.
    pub queue: String,
    /// How many.
    pub count: u64,
}

/// The dead letters among these messages by reason and queue of their first death, or of the newest
/// where the first is not named; the most come first.
#[must_use]
pub fn deaths<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<Deaths> {
    let mut counts = BTreeMap::<_, u64>::new();
    for death in messages.into_iter().filter_map(death) {
        *counts.entry(death).or_default() += 1;
    }
    let mut deaths: Vec<Deaths> = Vec::with_capacity(counts.len());
    for ((reason, queue), count) in counts {
        let place = deaths.partition_point(|other| other.count >= count);
        deaths.insert(place, Deaths { reason, queue, count });
    }
    deaths
}

/// The queue in which the message first died.
#[must_use]
pub fn first_death_queue(message: &Message) -> Option<String> {
    text(message.header("x-first-death-queue")?)
}

/// Reason and queue.
fn death(message: &Message) -> Option<(String, String)> {
    let headers = message.properties.headers.as_ref()?;
    named(headers, "x-first-death-reason", "x-first-death-queue").or_else(|| {
        // The newest comes first.
        let FieldValue::Array(deaths) = headers.0.get("x-death")? else { return None };
        let FieldValue::Table(newest) = deaths.first()? else { return None };
        named(newest, "reason", "queue")
    })
}

fn named(table: &FieldTable, reason: &str, queue: &str) -> Option<(String, String)> {
    Some((text(table.0.get(reason)?)?, text(table.0.get(queue)?)?))
}

fn text(value: &FieldValue) -> Option<String> {
    let FieldValue::LongString(bytes) = value else { return None };
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}
