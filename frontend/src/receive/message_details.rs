//! What the Details say of a message beside its body: where it came from, its properties and its
//! headers, each as a name, a type where AMQP has more than one, and a bounded text.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use warren_protocol::{FieldTable, FieldValue, MAX_HEADER_DEPTH, Properties};

use crate::{
    receive::inbox::Message,
    ui::{
        number::{grouped, plural, size},
        utc::utc,
        visible,
    },
};

/// Headers that are shown; the others are counted.
pub const MAX_HEADERS: usize = 100;
/// Characters of a value that are shown, or a few more.
pub const MAX_VALUE_CHARS: usize = 2_000;
/// Characters beside the body that the filter looks at. The broker allows 128 KiB for all
/// properties; numbers take more room as text.
const MAX_SEARCH_CHARS: usize = 512 * 1024;

/// A line of the Details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailRow {
    /// Its name.
    pub name: String,
    /// The AMQP type of a header's value, as the protocol calls it; empty elsewhere.
    pub kind: &'static str,
    /// Its value.
    pub value: String,
}

fn row(name: &str, value: impl Into<String>) -> DetailRow {
    DetailRow { name: name.to_owned(), kind: "", value: value.into() }
}

/// How the message came here.
#[must_use]
pub fn delivery(message: &Message) -> Vec<DetailRow> {
    let exchange = match message.exchange.as_str() {
        "" => "(default)".to_owned(),
        name => line(name),
    };
    let mut rows = vec![
        row("size", size(message.preview.bytes)),
        row("received", utc(message.at_ms)),
        row("exchange", exchange),
        row("routing key", line(&message.routing_key)),
        row("delivery tag", message.tag.to_string()),
        row("redelivered", yes(message.redelivered)),
    ];
    if let Some(returned) = message.returned {
        rows.push(row("returned before", plural(returned, "time", "times")));
    }
    if let Some(ms) = message.took_ms {
        rows.push(row("from this page and back", format!("{} ms", grouped(ms))));
    }
    rows
}

/// How often a quorum queue got the message back before this delivery, where it says so.
#[must_use]
pub fn returned(properties: &Properties) -> Option<u64> {
    let count = match properties.headers.as_ref()?.0.get("x-delivery-count")? {
        FieldValue::ShortShortInt(count) => i64::from(*count),
        FieldValue::ShortShortUint(count) => i64::from(*count),
        FieldValue::ShortInt(count) => i64::from(*count),
        FieldValue::ShortUint(count) => i64::from(*count),
        FieldValue::LongInt(count) => i64::from(*count),
        FieldValue::LongUint(count) => i64::from(*count),
        FieldValue::LongLongInt(count) => *count,
        _ => return None,
    };
    u64::try_from(count).ok()
}

/// The properties that are set, headers left out.
#[must_use]
pub fn properties(properties: &Properties) -> Vec<DetailRow> {
    let mut rows = Vec::new();
    let mut text = |name, value: &Option<String>| {
        rows.extend(value.as_ref().map(|value| row(name, line(value))));
    };
    text("content type", &properties.content_type);
    text("content encoding", &properties.content_encoding);
    text("message id", &properties.message_id);
    text("correlation id", &properties.correlation_id);
    text("reply to", &properties.reply_to);
    text("expiration (ms)", &properties.expiration);
    text("type", &properties.kind);
    text("user id", &properties.user_id);
    text("app id", &properties.app_id);
    let persistent = properties.persistent.map(|persistent| row("persistent", yes(persistent)));
    let priority = properties.priority.map(|priority| row("priority", priority.to_string()));
    let timestamp = properties.timestamp.map(|seconds| row("timestamp", time(seconds)));
    rows.extend([persistent, priority, timestamp].into_iter().flatten());
    rows
}

/// Everything that a message brought beside its body, as the filter looks at it.
#[must_use]
pub fn search_text(message: &Message) -> String {
    let mut text = Text { shown: String::new(), room: MAX_SEARCH_CHARS };
    for way in [&message.exchange, &message.routing_key] {
        text.push(way);
        text.push("\n");
    }
    for row in properties(&message.properties) {
        text.push(&row.value);
        text.push("\n");
    }
    for (name, value) in message.properties.headers.iter().flat_map(|FieldTable(fields)| fields) {
        text.push(name);
        text.push(": ");
        match value {
            FieldValue::LongString(bytes) => text.bytes(bytes),
            value => text.value(value, 0),
        }
        text.push("\n");
    }
    text.shown
}

/// The headers with their types, and how many more there are.
#[must_use]
pub fn headers(properties: &Properties) -> (Vec<DetailRow>, usize) {
    let Some(FieldTable(fields)) = &properties.headers else {
        return (Vec::new(), 0);
    };
    let rows = fields.iter().take(MAX_HEADERS).map(|(name, value)| {
        let mut text = Text { shown: String::new(), room: MAX_VALUE_CHARS };
        match value {
            // Alone, a string needs no quotes.
            FieldValue::LongString(bytes) => text.bytes(bytes),
            value => text.value(value, 0),
        }
        DetailRow { name: line(name), kind: kind(value), value: text.finish() }
    });
    (rows.collect(), fields.len().saturating_sub(MAX_HEADERS))
}

fn line(text: &str) -> String {
    visible::line(text, MAX_VALUE_CHARS)
}

fn yes(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn time(seconds: u64) -> String {
    // Beyond 2^53 ms the text names the end of the year 9999 anyway.
    format!("{seconds} ({})", utc(seconds as f64 * 1_000.0))
}

fn kind(value: &FieldValue) -> &'static str {
    match value {
        FieldValue::Boolean(_) => "boolean",
        FieldValue::ShortShortInt(_) => "short_short_int",
        FieldValue::ShortShortUint(_) => "short_short_uint",
        FieldValue::ShortInt(_) => "short_int",
        FieldValue::ShortUint(_) => "short_uint",
        FieldValue::LongInt(_) => "long_int",
        FieldValue::LongUint(_) => "long_uint",
        FieldValue::LongLongInt(_) => "long_long_int",
        FieldValue::Float(_) => "float",
        FieldValue::Double(_) => "double",
        FieldValue::Decimal { .. } => "decimal",
        FieldValue::LongString(_) => "long_string",
        FieldValue::Array(_) => "array",
        FieldValue::Timestamp(_) => "timestamp",
        FieldValue::Table(_) => "table",
        FieldValue::ByteArray(_) => "byte_array",
        FieldValue::Void => "void",
        FieldValue::TooDeep => "too_deep",
    }
}

/// A value's text, which ends when there is no room for more.
struct Text {
    shown: String,
    room: usize,
}

impl Text {
    fn push(&mut self, text: &str) {
        for character in text.chars() {
            if self.room == 0 {
                return;
            }
            self.room -= 1;
            visible::push(&mut self.shown, character, false);
        }
    }

    fn finish(mut self) -> String {
        if self.room == 0 {
            self.shown.push('…');
        }
        self.shown
    }

    /// UTF-8 as it is, anything else in base64; only as many bytes as can be shown are read.
    fn bytes(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.push(text),
            Err(_) => self.base64(bytes),
        }
    }

    fn base64(&mut self, bytes: &[u8]) {
        self.push("base64 ");
        self.push(&STANDARD.encode(&bytes[..bytes.len().min(MAX_VALUE_CHARS)]));
    }

    fn value(&mut self, value: &FieldValue, depth: usize) {
        if self.room == 0 || depth > MAX_HEADER_DEPTH {
            return;
        }
        match value {
            FieldValue::Boolean(value) => self.push(if *value { "true" } else { "false" }),
            FieldValue::ShortShortInt(value) => self.push(&value.to_string()),
            FieldValue::ShortShortUint(value) => self.push(&value.to_string()),
            FieldValue::ShortInt(value) => self.push(&value.to_string()),
            FieldValue::ShortUint(value) => self.push(&value.to_string()),
            FieldValue::LongInt(value) => self.push(&value.to_string()),
            FieldValue::LongUint(value) => self.push(&value.to_string()),
            FieldValue::LongLongInt(value) => self.push(&value.to_string()),
            FieldValue::Float(value) => self.push(&value.to_string()),
            FieldValue::Double(value) => self.push(&value.to_string()),
            FieldValue::Decimal { scale, value } => self.push(&decimal(*scale, *value)),
            FieldValue::LongString(bytes) => {
                self.push("\"");
                self.bytes(bytes);
                self.push("\"");
            }
            FieldValue::Timestamp(seconds) => self.push(&time(*seconds)),
            FieldValue::ByteArray(bytes) => self.base64(bytes),
            FieldValue::Void => self.push("nothing"),
            FieldValue::TooDeep => self.push("nested too deep to be shown"),
            FieldValue::Array(values) => {
                self.push("[");
                for (at, value) in values.iter().enumerate() {
                    self.push(if at > 0 { ", " } else { "" });
                    self.value(value, depth + 1);
                    if self.room == 0 {
                        return;
                    }
                }
                self.push("]");
            }
            FieldValue::Table(FieldTable(fields)) => {
                self.push("{");
                for (at, (name, value)) in fields.iter().enumerate() {
                    self.push(if at > 0 { ", " } else { "" });
                    self.push(name);
                    self.push(": ");
                    self.value(value, depth + 1);
                    if self.room == 0 {
                        return;
                    }
                }
                self.push("}");
            }
        }
    }
}

/// `value` with `scale` digits behind the point.
fn decimal(scale: u8, value: u32) -> String {
    let (digits, scale) = (value.to_string(), usize::from(scale));
    let zeros = "0".repeat((scale + 1).saturating_sub(digits.len()));
    let mut text = zeros + &digits;
    if scale > 0 {
        text.insert(text.len() - scale, '.');
    }
    text
}
