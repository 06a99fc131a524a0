//! What a message of RabbitMQ's trace says. Its routing key is `publish.EXCHANGE` or `deliver.QUEUE`; its
//! headers tell of the message, whose body is its own.

use std::time::{SystemTime, UNIX_EPOCH};

use lapin::{
    message::Delivery,
    types::{AMQPValue, FieldTable as AmqpTable},
};
use warren_protocol::{Body, FieldTable, FieldValue, Observed, ObservedKind, Properties};

use crate::convert::table_from_amqp;

/// The exchange that traces come by.
pub(super) const EXCHANGE: &str = "amq.rabbitmq.trace";

/// What an event takes in memory beside its body and its headers, in bytes.
const OVERHEAD: usize = 512;

/// A trace, as far as it has to be read to know whom it concerns.
pub(super) struct Trace<'a> {
    kind: ObservedKind,
    headers: &'a AmqpTable,
    /// The queues that the message was routed to, or the one that has delivered it.
    pub(super) queues: Vec<&'a [u8]>,
}

impl<'a> Trace<'a> {
    /// Nothing where it is none.
    pub(super) fn of(delivery: &'a Delivery) -> Option<Self> {
        if delivery.exchange.as_str() != EXCHANGE {
            return None;
        }
        let headers = delivery.properties.headers().as_ref()?;
        let (what, name) = delivery.routing_key.as_str().split_once('.')?;
        match what {
            "publish" => {
                let queues = texts(headers, "routed_queues").collect();
                Some(Self { kind: ObservedKind::Published, headers, queues })
            }
            "deliver" => {
                let queues = vec![name.as_bytes()];
                Some(Self { kind: ObservedKind::Delivered, headers, queues })
            }
            _ => None,
        }
    }

    /// The event, without its body and without the queues, which not everybody may see; and how many
    /// bytes it takes beside the body.
    pub(super) fn observed(&self) -> (Observed, usize) {
        let text = |name| text(self.headers, name).unwrap_or_default();
        let properties = match self.headers.inner().get("properties") {
            Some(AMQPValue::FieldTable(table)) => properties(table_from_amqp(table, 0)),
            _ => Properties::default(),
        };
        // Who gets the message sees the keys of `CC` as well, and never those of `BCC`.
        let shown =
            |key: &[u8]| properties.headers.as_ref().is_some_and(|headers| in_cc(headers, key));
        let mut keys = texts(self.headers, "routing_keys");
        let routing_keys = keys.next().into_iter().chain(keys.filter(|key| shown(key)));
        let routing_keys = routing_keys.map(lossy).collect();
        let event = Observed {
            kind: self.kind,
            at_ms: now_ms(),
            body: Body::default(),
            properties,
            exchange: text("exchange_name"),
            routing_keys,
            connection: text("connection"),
            user: text("user"),
            node: text("node"),
            redelivered: is_redelivered(self.headers),
            queues: Vec::new(),
        };
        let headers = event.properties.headers.as_ref().map_or(0, table_bytes);
        (event, OVERHEAD + headers)
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(u64::MAX)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn text(headers: &AmqpTable, name: &str) -> Option<String> {
    match headers.inner().get(name)? {
        AMQPValue::LongString(text) => Some(lossy(text.as_bytes())),
        _ => None,
    }
}

fn texts<'a>(headers: &'a AmqpTable, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let values = match headers.inner().get(name) {
        Some(AMQPValue::FieldArray(values)) => values.as_slice(),
        _ => &[],
    };
    values.iter().filter_map(|value| match value {
        AMQPValue::LongString(text) => Some(text.as_bytes()),
        _ => None,
    })
}

fn in_cc(headers: &FieldTable, key: &[u8]) -> bool {
    let Some(FieldValue::Array(keys)) = headers.0.get("CC") else { return false };
    keys.iter().any(|cc| matches!(cc, FieldValue::LongString(cc) if cc == key))
}

/// RabbitMQ writes it as a number, 0 or 1.
fn is_redelivered(headers: &AmqpTable) -> bool {
    match headers.inner().get("redelivered") {
        Some(AMQPValue::Boolean(redelivered)) => *redelivered,
        Some(value) => integer(value).is_some_and(|value| value != 0),
        None => false,
    }
}

fn integer(value: &AMQPValue) -> Option<i64> {
    match value {
        AMQPValue::ShortShortInt(value) => Some((*value).into()),
        AMQPValue::ShortShortUInt(value) => Some((*value).into()),
        AMQPValue::ShortInt(value) => Some((*value).into()),
        AMQPValue::ShortUInt(value) => Some((*value).into()),
        AMQPValue::LongInt(value) => Some((*value).into()),
        AMQPValue::LongUInt(value) => Some((*value).into()),
        AMQPValue::LongLongInt(value) => Some(*value),
        _ => None,
    }
}

/// The properties of the basic class, which come as a table: texts, numbers and the headers.
fn properties(table: FieldTable) -> Properties {
    let mut properties = Properties::default();
    for (name, value) in table.0 {
        match (name.as_str(), value) {
            ("headers", FieldValue::Table(headers)) => properties.headers = Some(headers),
            (name, FieldValue::LongString(text)) => set_text(&mut properties, name, &text),
            (name, value) => set_number(&mut properties, name, &value),
        }
    }
    properties
}

fn set_text(properties: &mut Properties, name: &str, text: &[u8]) {
    let property = match name {
        "content_type" => &mut properties.content_type,
        "content_encoding" => &mut properties.content_encoding,
        "correlation_id" => &mut properties.correlation_id,
        "reply_to" => &mut properties.reply_to,
        "expiration" => &mut properties.expiration,
        "message_id" => &mut properties.message_id,
        "type" => &mut properties.kind,
        "user_id" => &mut properties.user_id,
        "app_id" => &mut properties.app_id,
        _ => return,
    };
    *property = Some(lossy(text));
}

/// RabbitMQ writes every number with 32 bits, with a sign: of a timestamp in seconds they are enough.
fn set_number(properties: &mut Properties, name: &str, value: &FieldValue) {
    let number = match value {
        FieldValue::LongInt(value) => u64::from(value.cast_unsigned()),
        FieldValue::LongLongInt(value) => value.cast_unsigned(),
        FieldValue::Timestamp(value) => *value,
        FieldValue::ShortShortUint(value) => u64::from(*value),
        _ => return,
    };
    match name {
        "delivery_mode" => properties.persistent = Some(number == 2),
        "priority" => properties.priority = u8::try_from(number).ok(),
        "timestamp" => properties.timestamp = Some(number),
        _ => {}
    }
}

/// What headers take in memory, in bytes, or a little more.
fn table_bytes(table: &FieldTable) -> usize {
    table.0.iter().map(|(name, value)| 64 + name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &FieldValue) -> usize {
    match value {
        FieldValue::LongString(bytes) | FieldValue::ByteArray(bytes) => bytes.len(),
        FieldValue::Array(values) => values.iter().map(|value| 32 + value_bytes(value)).sum(),
        FieldValue::Table(table) => table_bytes(table),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
