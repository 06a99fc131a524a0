//! Properties and headers: the protocol's types to lapin's and back.
//!
//! On the way to the broker everything is refused that the broker would close the channel or the
//! connection over, or that would carry the message past the queues that a page may use.

use lapin::{
    BasicProperties,
    types::{AMQPValue, DecimalValue, FieldTable as AmqpTable, LongString, ShortString},
};
use warren_protocol::{Detail, FieldTable, FieldValue, MAX_HEADER_DEPTH, Properties};

use crate::interpreted;

/// What the properties of one message may have.
#[derive(Debug, Clone, Copy)]
pub struct HeaderLimits {
    /// Headers, those in tables and arrays included.
    pub count: usize,
    /// Bytes of all properties.
    pub bytes: usize,
    /// How deep headers may be nested.
    pub depth: usize,
}

impl HeaderLimits {
    /// Far more than anyone sends by purpose.
    pub const DEFAULT: Self = Self { count: 1_000, ..Self::MAX };

    /// All properties travel in one frame (AMQP 0-9-1, section 2.3.5.2), and RabbitMQ closes the
    /// connection over one that is larger than `frame_max`, 128 KiB by default. The rest is left for
    /// what RabbitMQ adds to a message that is dead-lettered or delivered again: it does not look
    /// whether that still fits the frames of who receives it.
    pub const MAX: Self = Self { count: usize::MAX, bytes: 120 * 1024, depth: MAX_HEADER_DEPTH };
}

/// The most that properties may take on a connection with frames of `frame_max` bytes: an eighth, up
/// to 8 KiB, is left for what RabbitMQ adds, see [`HeaderLimits::MAX`].
pub(crate) fn max_properties(frame_max: usize) -> usize {
    frame_max - (frame_max / 8).min(8 * 1024)
}

/// The longest time to live that RabbitMQ takes, in milliseconds (`MAX_EXPIRY_TIMER`).
const MAX_EXPIRATION_MS: u64 = u32::MAX as u64;

/// Checks and converts what a page wants to publish, and tells how many bytes it takes at most.
/// `user_id` is checked where the connection's user is known.
pub(crate) fn to_amqp(
    properties: Properties,
    limits: &HeaderLimits,
) -> Result<(BasicProperties, usize), Detail> {
    interpreted::check(&properties)?;
    let mut amqp = BasicProperties::default();
    let mut size = Size { limits, headers: 0, bytes: 0 };
    let mut short = |name: &str, value: String| {
        size.add_bytes(1 + value.len())?;
        short_string(name, value)
    };
    if let Some(value) = properties.content_type {
        amqp = amqp.with_content_type(short("content_type", value)?);
    }
    if let Some(value) = properties.content_encoding {
        amqp = amqp.with_content_encoding(short("content_encoding", value)?);
    }
    if let Some(value) = properties.correlation_id {
        amqp = amqp.with_correlation_id(short("correlation_id", value)?);
    }
    if let Some(value) = properties.reply_to {
        amqp = amqp.with_reply_to(short("reply_to", value)?);
    }
    if let Some(value) = properties.expiration {
        let whole = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        if !whole || value.parse().map_or(true, |ms: u64| ms > MAX_EXPIRATION_MS) {
            return Err(Detail::BadExpiration { max: MAX_EXPIRATION_MS });
        }
        amqp = amqp.with_expiration(short("expiration", value)?);
    }
    if let Some(value) = properties.message_id {
        amqp = amqp.with_message_id(short("message_id", value)?);
    }
    if let Some(value) = properties.kind {
        amqp = amqp.with_type(short("type", value)?);
    }
    if let Some(value) = properties.user_id {
        amqp = amqp.with_user_id(short("user_id", value)?);
    }
    if let Some(value) = properties.app_id {
        amqp = amqp.with_app_id(short("app_id", value)?);
    }
    if let Some(persistent) = properties.persistent {
        amqp = amqp.with_delivery_mode(if persistent { 2 } else { 1 });
    }
    if let Some(priority) = properties.priority {
        amqp = amqp.with_priority(priority);
    }
    if let Some(timestamp) = properties.timestamp {
        amqp = amqp.with_timestamp(timestamp);
    }
    if let Some(headers) = properties.headers {
        amqp = amqp.with_headers(table_to_amqp(headers, 1, &mut size)?);
    }
    // Of fixed size: delivery_mode, priority, timestamp.
    Ok((amqp, size.bytes + 1 + 1 + 8))
}

fn short_string(name: &str, value: String) -> Result<ShortString, Detail> {
    ShortString::try_new(value).map_err(|_| Detail::PropertyTooLong { property: name.to_owned() })
}

/// How much of the limits one message's properties take so far.
struct Size<'a> {
    limits: &'a HeaderLimits,
    headers: usize,
    bytes: usize,
}

impl Size<'_> {
    fn add_bytes(&mut self, bytes: usize) -> Result<(), Detail> {
        self.bytes = self.bytes.saturating_add(bytes);
        let max = self.limits.bytes;
        if self.bytes > max { Err(Detail::PropertiesTooLarge { max }) } else { Ok(()) }
    }

    /// A value of the header `name`, `depth` deep, without the bytes of what it holds.
    fn add_header(&mut self, name: &str, depth: usize) -> Result<(), Detail> {
        self.headers += 1;
        let HeaderLimits { count, depth: deepest, .. } = *self.limits;
        if self.headers > count {
            return Err(Detail::TooManyHeaders { max: count });
        }
        if depth > deepest {
            return Err(Detail::TooDeepHeader { header: name.to_owned(), max: deepest });
        }
        // A type octet and the most that a value of fixed size takes.
        self.add_bytes(1 + 8)
    }
}

fn table_to_amqp(
    table: FieldTable,
    depth: usize,
    size: &mut Size<'_>,
) -> Result<AmqpTable, Detail> {
    let mut amqp = AmqpTable::default();
    size.add_bytes(4)?;
    for (name, value) in table.0 {
        size.add_bytes(1 + name.len())?;
        let name = ShortString::try_new(name).map_err(|_| Detail::HeaderNameTooLong)?;
        let value = value_to_amqp(name.as_str(), value, depth, size)?;
        amqp.insert(name, value);
    }
    Ok(amqp)
}

/// Converts the value of the header `name`.
fn value_to_amqp(
    name: &str,
    value: FieldValue,
    depth: usize,
    size: &mut Size<'_>,
) -> Result<AMQPValue, Detail> {
    size.add_header(name, depth)?;
    Ok(match value {
        FieldValue::Boolean(value) => AMQPValue::Boolean(value),
        FieldValue::ShortShortInt(value) => AMQPValue::ShortShortInt(value),
        FieldValue::ShortShortUint(value) => AMQPValue::ShortShortUInt(value),
        FieldValue::ShortInt(value) => AMQPValue::ShortInt(value),
        FieldValue::ShortUint(value) => AMQPValue::ShortUInt(value),
        FieldValue::LongInt(value) => AMQPValue::LongInt(value),
        FieldValue::LongUint(value) => AMQPValue::LongUInt(value),
        FieldValue::LongLongInt(value) => AMQPValue::LongLongInt(value),
        // RabbitMQ matches floats by a pattern that only finite ones fit, and closes the
        // connection over others (541).
        FieldValue::Float(value) if !value.is_finite() => {
            return Err(Detail::NotFiniteHeader { header: name.to_owned() });
        }
        FieldValue::Double(value) if !value.is_finite() => {
            return Err(Detail::NotFiniteHeader { header: name.to_owned() });
        }
        FieldValue::Float(value) => AMQPValue::Float(value),
        FieldValue::Double(value) => AMQPValue::Double(value),
        FieldValue::Decimal { .. } => {
            return Err(Detail::DecimalHeader { header: name.to_owned() });
        }
        FieldValue::LongString(value) => {
            size.add_bytes(value.len())?;
            AMQPValue::LongString(LongString::from(value))
        }
        FieldValue::Array(values) => AMQPValue::FieldArray(
            values
                .into_iter()
                .map(|value| value_to_amqp(name, value, depth + 1, size))
                .collect::<Result<Vec<_>, _>>()?
                .into(),
        ),
        FieldValue::Timestamp(value) => AMQPValue::Timestamp(value),
        FieldValue::Table(table) => AMQPValue::FieldTable(table_to_amqp(table, depth + 1, size)?),
        FieldValue::ByteArray(value) => {
            size.add_bytes(value.len())?;
            AMQPValue::ByteArray(value.into())
        }
        FieldValue::Void => AMQPValue::Void,
        FieldValue::TooDeep => return Err(Detail::CutOffHeader { header: name.to_owned() }),
    })
}

/// Converts what the broker has delivered.
pub(crate) fn from_amqp(amqp: &BasicProperties) -> Properties {
    let text = |value: &Option<ShortString>| value.as_ref().map(|value| value.as_str().to_owned());
    Properties {
        content_type: text(amqp.content_type()),
        content_encoding: text(amqp.content_encoding()),
        headers: amqp.headers().as_ref().map(|table| table_from_amqp(table, 0)),
        persistent: amqp.delivery_mode().map(|mode| mode == 2),
        priority: *amqp.priority(),
        correlation_id: text(amqp.correlation_id()),
        reply_to: text(amqp.reply_to()),
        expiration: text(amqp.expiration()),
        message_id: text(amqp.message_id()),
        timestamp: *amqp.timestamp(),
        kind: text(amqp.kind()),
        user_id: text(amqp.user_id()),
        app_id: text(amqp.app_id()),
    }
}

pub(crate) fn table_from_amqp(table: &AmqpTable, depth: usize) -> FieldTable {
    let fields = table
        .into_iter()
        .map(|(name, value)| (name.as_str().to_owned(), value_from_amqp(value, depth + 1)));
    FieldTable(fields.collect())
}

fn value_from_amqp(value: &AMQPValue, depth: usize) -> FieldValue {
    if depth > MAX_HEADER_DEPTH {
        return FieldValue::TooDeep;
    }
    match value {
        AMQPValue::Boolean(value) => FieldValue::Boolean(*value),
        AMQPValue::ShortShortInt(value) => FieldValue::ShortShortInt(*value),
        AMQPValue::ShortShortUInt(value) => FieldValue::ShortShortUint(*value),
        AMQPValue::ShortInt(value) => FieldValue::ShortInt(*value),
        AMQPValue::ShortUInt(value) => FieldValue::ShortUint(*value),
        AMQPValue::LongInt(value) => FieldValue::LongInt(*value),
        AMQPValue::LongUInt(value) => FieldValue::LongUint(*value),
        AMQPValue::LongLongInt(value) => FieldValue::LongLongInt(*value),
        AMQPValue::Float(value) => FieldValue::Float(*value),
        AMQPValue::Double(value) => FieldValue::Double(*value),
        AMQPValue::DecimalValue(DecimalValue { scale, value }) => {
            FieldValue::Decimal { scale: *scale, value: *value }
        }
        // Not on RabbitMQ's wire; lapin has it for its own use.
        AMQPValue::ShortString(value) => FieldValue::from(value.as_str()),
        AMQPValue::LongString(value) => FieldValue::LongString(value.as_bytes().to_vec()),
        AMQPValue::FieldArray(values) => FieldValue::Array(
            values.as_slice().iter().map(|value| value_from_amqp(value, depth + 1)).collect(),
        ),
        AMQPValue::Timestamp(value) => FieldValue::Timestamp(*value),
        AMQPValue::FieldTable(table) => FieldValue::Table(table_from_amqp(table, depth)),
        AMQPValue::ByteArray(value) => FieldValue::ByteArray(value.as_slice().to_vec()),
        AMQPValue::Void => FieldValue::Void,
    }
}

/// What a message that was delivered before says of its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Redelivery {
    /// A quorum queue has counted, and says how often it was given back or lost. RabbitMQ 4.3 counts
    /// some of that elsewhere.
    Counted(Option<u32>),
    /// No quorum queue has delivered it.
    Uncounted,
}

/// Reads the headers that a quorum queue puts into each message that it delivers again, in place of
/// what its publisher may have put there. Any other queue leaves the publisher's.
pub(crate) fn redelivery(amqp: &BasicProperties) -> Redelivery {
    let header = |name: &str| match amqp.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongLongInt(count) => u32::try_from(*count).ok(),
        _ => None,
    };
    match header("x-delivery-count") {
        Some(count) => Redelivery::Counted(Some(count)),
        None if header("x-acquired-count").is_some() => Redelivery::Counted(None),
        None => Redelivery::Uncounted,
    }
}

/// The offset of a message of a stream queue, which RabbitMQ puts into a header.
pub(crate) fn stream_offset(amqp: &BasicProperties) -> Option<u64> {
    match amqp.headers().as_ref()?.inner().get("x-stream-offset")? {
        AMQPValue::LongLongInt(offset) => (*offset).try_into().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
