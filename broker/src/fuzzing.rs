//! The fuzz targets that need lapin: headers from the wire of AMQP, and to it.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable as AmqpTable, parsing::parse_field_table},
};
use warren_protocol::{Body, ClientMessage, Delivery, Properties, ServerMessage, WireMessage as _};

use crate::convert::{HeaderLimits, from_amqp, to_amqp};

/// A field table as the broker delivers it.
///
/// # Panics
/// Where the page could not read what the relay makes of it, or where it does not survive being
/// sent on.
pub fn headers(bytes: &[u8]) {
    let Ok((_, table)) = parse_field_table(bytes) else { return };
    let properties = from_amqp(&BasicProperties::default().with_headers(table));
    let messages = vec![Delivery {
        tag: 1,
        body: Body::default(),
        properties: properties.clone(),
        redelivered: false,
        exchange: String::new(),
        routing_key: String::new(),
    }];
    let message = ServerMessage::Deliveries { messages };
    let written = message.to_text();
    let read = ServerMessage::from_text(&written)
        .unwrap_or_else(|error| panic!("the page cannot read {written}: {error}"));
    // As they are printed: a NaN is not equal to itself.
    assert_eq!(format!("{read:?}"), format!("{message:?}"));
    sent(properties);
}

/// A client's message, as text.
///
/// # Panics
/// Where what the relay publishes is not what it was given, or more than the broker takes.
pub fn publish(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(ClientMessage::Publish { messages }) = ClientMessage::from_text(&text) {
        for message in messages {
            sent(message.properties);
        }
    }
}

fn sent(properties: Properties) {
    let few = HeaderLimits { count: 3, ..HeaderLimits::MAX };
    let small = HeaderLimits { bytes: 100, ..HeaderLimits::MAX };
    for limits in [HeaderLimits::MAX, few, small] {
        let Ok((amqp, _)) = to_amqp(properties.clone(), &limits) else { continue };
        assert_eq!(from_amqp(&amqp), properties);
        let headers = amqp.headers().as_ref();
        assert!(headers.map_or(0, table_len) <= limits.bytes);
        assert!(headers.map_or(0, |table| count(table.inner().values())) <= limits.count);
    }
}

/// How many values there are, those inside others included.
fn count<'a>(values: impl Iterator<Item = &'a AMQPValue>) -> usize {
    values
        .map(|value| match value {
            AMQPValue::FieldArray(values) => 1 + count(values.as_slice().iter()),
            AMQPValue::FieldTable(table) => 1 + count(table.inner().values()),
            _ => 1,
        })
        .sum()
}

/// Bytes on the wire (AMQP 0-9-1, section 4.2.5.5).
fn table_len(table: &AmqpTable) -> usize {
    let fields = table.inner().iter();
    4 + fields.map(|(name, value)| 1 + name.as_str().len() + value_len(value)).sum::<usize>()
}

fn value_len(value: &AMQPValue) -> usize {
    1 + match value {
        AMQPValue::Void => 0,
        AMQPValue::Boolean(_) | AMQPValue::ShortShortInt(_) | AMQPValue::ShortShortUInt(_) => 1,
        AMQPValue::ShortInt(_) | AMQPValue::ShortUInt(_) => 2,
        AMQPValue::LongInt(_) | AMQPValue::LongUInt(_) | AMQPValue::Float(_) => 4,
        AMQPValue::DecimalValue(_) => 5,
        AMQPValue::LongLongInt(_) | AMQPValue::Double(_) | AMQPValue::Timestamp(_) => 8,
        AMQPValue::ShortString(text) => 1 + text.as_str().len(),
        AMQPValue::LongString(bytes) => 4 + bytes.as_bytes().len(),
        AMQPValue::ByteArray(bytes) => 4 + bytes.as_slice().len(),
        AMQPValue::FieldArray(values) => 4 + values.as_slice().iter().map(value_len).sum::<usize>(),
        AMQPValue::FieldTable(table) => table_len(table),
    }
}
