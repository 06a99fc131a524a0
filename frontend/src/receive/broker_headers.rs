//! Numbers that RabbitMQ itself puts into a message's headers.

use warren_protocol::{FieldValue, Properties};

/// How often a quorum queue got the message back before this delivery, where it says so.
#[must_use]
pub fn returned(properties: &Properties) -> Option<u64> {
    number(properties, "x-delivery-count")
}

/// The message's place in its stream, where it comes from one.
#[must_use]
pub fn stream_offset(properties: &Properties) -> Option<u64> {
    number(properties, "x-stream-offset")
}

fn number(properties: &Properties, header: &str) -> Option<u64> {
    let number = match properties.headers.as_ref()?.0.get(header)? {
        FieldValue::ShortShortInt(number) => i64::from(*number),
        FieldValue::ShortShortUint(number) => i64::from(*number),
        FieldValue::ShortInt(number) => i64::from(*number),
        FieldValue::ShortUint(number) => i64::from(*number),
        FieldValue::LongInt(number) => i64::from(*number),
        FieldValue::LongUint(number) => i64::from(*number),
        FieldValue::LongLongInt(number) => *number,
        _ => return None,
    };
    u64::try_from(number).ok()
}
