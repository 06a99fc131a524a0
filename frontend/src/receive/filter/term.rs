//! A term of a filter, and whether a message is like that.

use std::{borrow::Cow, rc::Rc};

use warren_protocol::ObservedKind;

use super::{json_path::value_at, pattern::Pattern, text::Text};
use crate::{
    receive::{
        inbox::{Message, Watched, What},
        message_details,
    },
    ui::{number::decimal, preview::Kind},
};

/// Bytes of a body, from its beginning, that a regular expression is given.
pub const MAX_REGEX_BYTES: usize = 256 * 1024;
/// Bytes of a body, from its beginning, in which a JSON value is looked for.
pub const MAX_JSON_BYTES: usize = 1024 * 1024;

/// Whether a regular expression matches somewhere in a text.
pub type Matcher = Rc<dyn Fn(&str) -> bool>;

/// What a term asks.
pub(super) struct Term {
    pub(super) negated: bool,
    pub(super) test: Test,
}

pub(super) enum Test {
    /// A value; where it is not compared, it has to be there.
    Value(Field, Option<Compare>),
    Size(Compare),
    Deliveries(Compare),
    Flag(Flag),
    Text(Text),
    Regex(Matcher),
}

/// What is so, or is not.
#[derive(Clone, Copy)]
pub(super) enum Flag {
    Redelivered,
    Duplicate,
    Binary,
    Yours,
}

/// A value of a message that a filter compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// The routing key.
    Key,
    /// The exchange; the default exchange is `""`.
    Exchange,
    /// What a watch saw: `published` or `delivered`.
    Is,
    /// The user or the connection that a watch saw.
    By,
    /// The queue that it came from or is watched in, or one that it was routed to.
    Queue,
    /// The property `type`.
    Type,
    /// The property `message_id`.
    Id,
    /// The property `app_id`.
    App,
    /// The property `correlation_id`.
    Correlation,
    /// The property `content_type`.
    Content,
    /// The header of this name, as [`message_details::header_text`] gives it.
    Header(String),
    /// The value in the body's JSON to which this path leads, as
    /// [`value_at`](super::json_path::value_at) gives it.
    Json(String),
}

impl Field {
    const NAMED: [Self; 10] = [
        Self::Key,
        Self::Exchange,
        Self::Is,
        Self::By,
        Self::Queue,
        Self::Type,
        Self::Id,
        Self::App,
        Self::Correlation,
        Self::Content,
    ];

    /// What a term begins with that asks for it.
    pub(super) fn prefix(&self) -> &'static str {
        match self {
            Self::Key => "key:",
            Self::Exchange => "exchange:",
            Self::Is => "is:",
            Self::By => "by:",
            Self::Queue => "queue:",
            Self::Type => "type:",
            Self::Id => "id:",
            Self::App => "app:",
            Self::Correlation => "correlation:",
            Self::Content => "content:",
            Self::Header(_) => "header.",
            Self::Json(_) => "",
        }
    }

    /// The property or the header that a term asks for, its name missing, and the rest of the term.
    pub(super) fn of_term(term: &str) -> Option<(Self, &str)> {
        Self::NAMED
            .into_iter()
            .chain([Self::Header(String::new())])
            .find_map(|field| term.strip_prefix(field.prefix()).map(|rest| (field, rest)))
    }

    /// What it is in a message: an event may have several values.
    pub(in crate::receive) fn values<'a>(
        &self,
        message: &'a Message,
    ) -> impl Iterator<Item = Cow<'a, str>> {
        self.value(message).into_iter().chain(self.others(message))
    }

    /// The first of its values.
    fn value<'a>(&self, message: &'a Message) -> Option<Cow<'a, str>> {
        let properties = &message.properties;
        let text = match self {
            Self::Is => return message.watched.as_ref().map(|watched| kind(watched.kind).into()),
            Self::By => message.watched.as_ref().map(|watched| &watched.source.user),
            Self::Queue => return Some((&*message.queue).into()),
            Self::Key => Some(&message.routing_key),
            Self::Exchange => Some(&message.exchange),
            Self::Type => properties.kind.as_ref(),
            Self::Id => properties.message_id.as_ref(),
            Self::App => properties.app_id.as_ref(),
            Self::Correlation => properties.correlation_id.as_ref(),
            Self::Content => properties.content_type.as_ref(),
            Self::Header(name) => {
                let value = properties.headers.as_ref()?.0.get(name.as_str())?;
                return Some(message_details::header_text(value));
            }
            Self::Json(path) => return value_at(body_text(message, MAX_JSON_BYTES)?, path),
        };
        text.map(|text| text.as_str().into())
    }

    /// The others, of which an event may have some.
    fn others<'a>(&self, message: &'a Message) -> impl Iterator<Item = Cow<'a, str>> {
        let watched = message.watched.as_ref();
        let (one, two, list): (_, _, &[String]) = match (self, watched) {
            (Self::Key, Some(watched)) => (None, None, &watched.other_keys),
            (Self::By, Some(Watched { source, .. })) => {
                (Some(source.client()), Some(source.connection.as_str()), &[])
            }
            (Self::Queue, Some(watched)) => (None, None, &watched.queues),
            _ => (None, None, &[]),
        };
        one.into_iter().chain(two).chain(list.iter().map(String::as_str)).map(Cow::Borrowed)
    }
}

/// What `is:` calls it.
fn kind(kind: ObservedKind) -> &'static str {
    match kind {
        ObservedKind::Published => What::Published.id(),
        ObservedKind::Delivered => What::Delivered.id(),
    }
}

/// With what a value is compared.
pub(super) enum Compare {
    /// Whether it is like this, or is not.
    Like(Pattern, bool),
    Number(Operator, f64),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Greater,
    Less,
    AtLeast,
    AtMost,
}

impl Compare {
    fn text(&self, value: &str) -> bool {
        match self {
            Self::Like(pattern, wanted) => pattern.matches(value) == *wanted,
            Self::Number(..) => number(value).is_some_and(|value| self.number(value)),
        }
    }

    fn number(&self, value: f64) -> bool {
        match self {
            Self::Like(..) => false,
            Self::Number(operator, other) => match operator {
                Operator::Equal => value == *other,
                Operator::Unequal => value != *other,
                Operator::Greater => value > *other,
                Operator::Less => value < *other,
                Operator::AtLeast => value >= *other,
                Operator::AtMost => value <= *other,
            },
        }
    }
}

/// The number that `text` is, with a digit at its beginning.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let digit = digits.starts_with(|first: char| first.is_ascii_digit());
    digit.then(|| decimal(text)).flatten()
}

/// The beginning of a body that is text.
fn body_text(message: &Message, max: usize) -> Option<&str> {
    let bytes = message.body.as_bytes();
    let text = bytes.get(..max).unwrap_or(bytes).utf8_chunks().next();
    (message.preview.kind != Kind::Binary).then(|| text.map_or("", |chunk| chunk.valid()))
}

impl Term {
    /// Roughly how long a look takes.
    pub(super) fn cost(&self) -> u8 {
        match &self.test {
            Test::Value(Field::Json(_), _) => 1,
            Test::Text(_) => 2,
            Test::Regex(_) => 3,
            _ => 0,
        }
    }

    /// Whether it holds for a message, or the byte to go on from; see [`Text::look`].
    pub(super) fn look(
        &self,
        message: &Message,
        from: usize,
        work: &mut usize,
    ) -> Result<bool, usize> {
        let bytes = message.preview.bytes;
        let holds = match &self.test {
            Test::Value(field, compare) => {
                if let Field::Json(_) = field {
                    *work = work.saturating_sub(bytes.min(MAX_JSON_BYTES));
                }
                field.values(message).any(|value| {
                    *work = work.saturating_sub(value.len());
                    compare.as_ref().is_none_or(|compare| compare.text(&value))
                })
            }
            Test::Size(compare) => compare.number(bytes as f64),
            Test::Deliveries(compare) => {
                // Where it is not counted, it is known to be the second at least.
                let before = message.returned.unwrap_or(u64::from(message.redelivered));
                compare.number(before as f64 + 1.0)
            }
            Test::Flag(Flag::Redelivered) => message.redelivered,
            Test::Flag(Flag::Duplicate) => message.duplicate,
            Test::Flag(Flag::Binary) => message.preview.kind == Kind::Binary,
            Test::Flag(Flag::Yours) => message.took_ms.is_some(),
            Test::Text(text) => text.look(message, from, work)?,
            Test::Regex(matches) => {
                *work = work.saturating_sub(bytes.min(MAX_REGEX_BYTES));
                body_text(message, MAX_REGEX_BYTES).is_some_and(|text| matches(text))
            }
        };
        Ok(holds != self.negated)
    }
}
