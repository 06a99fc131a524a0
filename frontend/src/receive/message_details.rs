//! What is said of a message beside its body: where it came from, its properties and its
//! headers, each as a name, a type where AMQP has more than one, and a bounded text.

mod text;

use std::borrow::Cow;

use warren_protocol::{FieldTable, FieldValue, Properties};

use crate::{
    receive::{
        inbox::{Message, Watched, What},
        status::what_name,
    },
    ui::{
        clock::Clock,
        language::Language,
        number::{grouped, size},
        utc::utc,
        visible,
    },
};

use text::Text;

/// Headers that are shown; the others are counted.
pub const MAX_HEADERS: usize = 100;
/// Characters of a value that are shown, or a few more.
pub const MAX_VALUE_CHARS: usize = 2_000;
/// Characters beside the body that the filter looks at. The broker allows 128 KiB for all
/// properties; numbers take more room as text.
const MAX_SEARCH_CHARS: usize = 512 * 1024;

/// A line of what is said of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailRow {
    /// AMQP's name of what it shows; empty where it is a header, or nothing of AMQP's.
    pub id: &'static str,
    /// Its name.
    pub name: String,
    /// The AMQP type of a header's value, as the protocol calls it; empty elsewhere.
    pub kind: &'static str,
    /// Its value.
    pub value: String,
}

fn row(name: &'static str, value: impl Into<String>) -> DetailRow {
    DetailRow { id: name, name: name.to_owned(), kind: "", value: value.into() }
}

/// Where the message was published.
#[must_use]
pub fn way(message: &Message, language: Language) -> Vec<DetailRow> {
    let exchange = match message.exchange.as_str() {
        "" => language.default_exchange().to_owned(),
        name => line(name),
    };
    let mut rows = vec![row("exchange", exchange)];
    rows.extend(message.routing_keys().map(|key| row("routing_key", line(key))));
    rows
}

/// Through whom a watch saw the message pass, and where to; empty where it was received.
#[must_use]
pub fn source(message: &Message, language: Language) -> Vec<DetailRow> {
    let Some(Watched { source, queues, .. }) = &message.watched else { return Vec::new() };
    let named =
        |id, name: &str, value: &str| DetailRow { name: name.to_owned(), ..row(id, line(value)) };
    let mut rows = vec![
        named("user", language.row_user(), &source.user),
        named("connection", language.row_connection(), &source.connection),
        named("", language.row_node(), &source.node),
    ];
    rows.extend(queues.iter().map(|queue| named("queue", language.row_routed_to(), queue)));
    rows
}

/// How the message came here.
#[must_use]
pub fn delivery(message: &Message, clock: &Clock, language: Language) -> Vec<DetailRow> {
    let named = |name: &'static str, value: String| DetailRow { id: "", ..row(name, value) };
    let of = |id, name: &'static str, value: String| DetailRow { id, ..row(name, value) };
    let event = message.watched.is_some();
    let time = if event { language.row_heard() } else { language.row_received() };
    let mut rows = vec![
        of("queue", language.row_queue(), line(&message.queue)),
        named(time, clock.full(message.at_ms)),
        named(language.column_size(), size(message.preview.bytes)),
    ];
    if event {
        rows.insert(
            0,
            of("is", language.row_event(), what_name(message.what(), language).to_owned()),
        );
    }
    rows.extend(way(message, language));
    rows.extend(source(message, language));
    if !event {
        rows.push(row("delivery_tag", message.tag.to_string()));
    }
    if message.what() != What::Published {
        rows.push(row("redelivered", yes(message.redelivered, language)));
    }
    if let Some(returned) = message.returned {
        rows.push(named(language.row_returned(), language.times_returned(returned)));
    }
    if let Some(ms) = message.took_ms {
        rows.push(named(language.row_round_trip(), language.milliseconds(&grouped(ms))));
    }
    rows
}

/// The properties that are set, headers left out; their values in `language`.
#[must_use]
pub fn properties(properties: &Properties, language: Language) -> Vec<DetailRow> {
    let mut rows = Vec::new();
    let mut text = |name, value: &Option<String>| {
        rows.extend(value.as_ref().map(|value| row(name, line(value))));
    };
    text("content_type", &properties.content_type);
    text("content_encoding", &properties.content_encoding);
    text("message_id", &properties.message_id);
    text("correlation_id", &properties.correlation_id);
    text("reply_to", &properties.reply_to);
    text("expiration", &properties.expiration);
    text("type", &properties.kind);
    text("user_id", &properties.user_id);
    text("app_id", &properties.app_id);
    let persistent =
        properties.persistent.map(|persistent| row("persistent", yes(persistent, language)));
    let priority = properties.priority.map(|priority| row("priority", priority.to_string()));
    let timestamp = properties.timestamp.map(|seconds| row("timestamp", time(seconds, language)));
    rows.extend([persistent, priority, timestamp].into_iter().flatten());
    rows
}

/// Everything that a message brought beside its body, as the filter looks at it.
#[must_use]
pub fn search_text(message: &Message) -> String {
    let mut text = Text { shown: String::new(), room: MAX_SEARCH_CHARS, language: None };
    let source = message.watched.as_ref().map(|watched| &watched.source);
    let by = source.map(|source| [source.user.as_str(), source.connection.as_str()]);
    let way = std::iter::once(message.exchange.as_str()).chain(message.routing_keys());
    for way in way.chain(by.into_iter().flatten()) {
        text.push(way);
        text.push("\n");
    }
    for row in properties(&message.properties, Language::English) {
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

/// A header's value as the filter compares it: a string as it is, other values as they are shown.
#[must_use]
pub fn header_text(value: &FieldValue) -> Cow<'_, str> {
    let mut text = Text { shown: String::new(), room: MAX_SEARCH_CHARS, language: None };
    match value {
        FieldValue::LongString(bytes) => match std::str::from_utf8(bytes) {
            Ok(string) => return string.into(),
            Err(_) => text.base64(bytes),
        },
        value => text.value(value, 0),
    }
    text.shown.into()
}

/// The headers with their types, and how many more there are; what is said of values in `language`.
#[must_use]
pub fn headers(properties: &Properties, language: Language) -> (Vec<DetailRow>, usize) {
    let Some(FieldTable(fields)) = &properties.headers else {
        return (Vec::new(), 0);
    };
    let rows = fields.iter().take(MAX_HEADERS).map(|(name, value)| header(name, value, language));
    (rows.collect(), fields.len().saturating_sub(MAX_HEADERS))
}

/// A header with its type.
#[must_use]
pub fn header(name: &str, value: &FieldValue, language: Language) -> DetailRow {
    let mut text = Text { shown: String::new(), room: MAX_VALUE_CHARS, language: Some(language) };
    match value {
        // Alone, a string needs no quotes.
        FieldValue::LongString(bytes) => text.bytes(bytes),
        value => text.value(value, 0),
    }
    DetailRow { id: "", name: line(name), kind: kind(value), value: text.finish() }
}

/// A value as a row shows it.
pub(super) fn line(text: &str) -> String {
    visible::line(text, MAX_VALUE_CHARS)
}

fn yes(yes: bool, language: Language) -> &'static str {
    if yes { language.yes() } else { language.no() }
}

/// The last second of the year 9999: what lies beyond it can only be milliseconds, which AMQP does
/// not have and some publishers write all the same.
const LAST_SECOND: u64 = 253_402_300_799;

/// An AMQP timestamp as it came, and the time that it stands for.
#[must_use]
pub fn time(timestamp: u64, language: Language) -> String {
    let (ms, english, chinese) = if timestamp <= LAST_SECOND {
        (timestamp * 1_000, ")", "）")
    } else if timestamp <= LAST_SECOND * 1_000 + 999 {
        (timestamp, ", taken as milliseconds)", "，按毫秒解释）")
    } else {
        let (english, chinese) = (" (beyond the year 9999)", "（超出公元 9999 年）");
        let said = if language == Language::English { english } else { chinese };
        return timestamp.to_string() + said;
    };
    let (open, close) = match language {
        Language::English => (" (", english),
        Language::Chinese => ("（", chinese),
    };
    timestamp.to_string() + open + &utc(ms as f64) + close
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
