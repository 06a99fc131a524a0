//! The filter of the received list: which messages a person wants to see.
//!
//! Terms stand between spaces, and all of them must hold:
//!
//! | Term | Holds where |
//! |---|---|
//! | `text`, `"two words"` | it is in the body, a property, a header, a routing key, the exchange, or the user or connection of an event, whatever its case |
//! | `key:order.*` | this is the whole routing key, or of several one: `*` is any run of characters, and `#` any number of words, as in a topic binding |
//! | `exchange:`, `type:`, `id:`, `app:`, `correlation:`, `content:` | the same of the exchange and of properties, without `#` |
//! | `is:published`, `is:delivered` | it is an event of a watch, of this kind |
//! | `by:shop`, `by:10.0.0.7:*` | the same of the user, the client's address or the connection of an event |
//! | `queue:orders` | the same of the queue that it came from, is watched in, or was routed to |
//! | `header.x-death`, `header.tries=3` | there is such a header, with this value |
//! | `.items[0].sku=A-1` | the body is JSON with this value, as it is written, strings without quotes; odd names as in `."a b"`, and `.` for all of it |
//! | `size>1k` | the body has more bytes; `k`, `m` and `g` count by 1024 |
//! | `deliveries>3` | the broker has delivered it more often, as far as it says |
//! | `redelivered`, `duplicate`, `binary`, `yours` | it is so; `yours` was sent by this page |
//! | `/regex/`, `/regex/i` | the browser's regular expression matches in the body's text |
//! | `-term` | the term does not |
//!
//! Headers, JSON and counts are compared with `=`, `!=`, `>`, `<`, `>=` and `<=`; what is not there
//! compares as nothing, so that `.a!=1` holds where there is an `a`, and `-.a=1` also where there is
//! none. In the value of a term and in names, quotes keep spaces together, and a backslash takes
//! the meaning from `*`, `#`, `"` and `\`; in quotes `\n` and `\r` end lines. What looks like no
//! term is a text, such as `http://host`; so is everything that begins with a quote.
//!
//! While a text is [mistaken](Mistake), the list keeps the last good filter, and the view says what
//! is wrong.
//!
//! The search goes on in steps of a bounded amount of work. A step ends within a text that is
//! looked for; everything else is looked at whole, and is bounded by itself: see [`MAX_REGEX_BYTES`]
//! and [`MAX_JSON_BYTES`]. How long an expression takes is in the hands of its writer.

pub mod json_path;
mod mistake;
mod parse;
mod pattern;
pub mod regex;
mod split;
mod term;
mod text;
mod write;

use std::{fmt, rc::Rc};

use crate::receive::inbox::Message;

pub use mistake::{Kind, Mistake};
pub use term::{MAX_JSON_BYTES, MAX_REGEX_BYTES, Matcher};
pub use write::{Field, MAX_VALUE, term_for, with_term};

use term::Term;

/// Characters that a filter's text has at most.
pub const MAX_QUERY: usize = 4_096;

/// What a message must be like to be shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// What the text asks for.
    pub query: Query,
    /// It arrived at the first time or later and before the second, both in milliseconds since
    /// 1970-01-01 UTC.
    pub between: Option<(f64, f64)>,
}

impl From<Query> for Filter {
    fn from(query: Query) -> Self {
        Self { query, between: None }
    }
}

impl Filter {
    /// Whether it lets everything through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.query.terms.is_empty() && self.between.is_none()
    }

    /// Looks at a message from `from` on. Takes what it does, roughly in bytes, from `work`.
    #[must_use]
    pub fn look(&self, message: &Message, from: Place, work: &mut usize) -> Look {
        let within = |(from, to)| message.at_ms >= from && message.at_ms < to;
        if self.between.is_none_or(within) {
            self.query.look(message, from, work)
        } else {
            Look::Absent
        }
    }
}

/// What a filter's text asks for.
#[derive(Clone, Default)]
pub struct Query {
    text: Rc<str>,
    /// What is quickly looked at comes first.
    terms: Rc<[Term]>,
}

/// How far a look into a message has come: a term, and a byte of the body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    term: usize,
    byte: usize,
}

/// What a look into a message gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It is what is looked for.
    Found,
    /// It is not.
    Absent,
    /// The work allowed is done; to be gone on with from here.
    Unfinished(Place),
}

impl Query {
    /// Reads a filter's text. `compile` makes a regular expression of a pattern, and is told whether
    /// its case matters not; the page's is [`regex::compile`].
    pub fn parse(
        text: &str,
        compile: &dyn Fn(&str, bool) -> Result<Matcher, String>,
    ) -> Result<Self, Mistake> {
        let terms = parse::terms(text, compile)?.into();
        Ok(Self { text: text.into(), terms })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// See [`Filter::look`].
    #[must_use]
    pub fn look(&self, message: &Message, from: Place, work: &mut usize) -> Look {
        let mut byte = from.byte;
        for (at, term) in self.terms.iter().enumerate().skip(from.term) {
            match term.look(message, byte, work) {
                Ok(true) => byte = 0,
                Ok(false) => return Look::Absent,
                Err(byte) => return Look::Unfinished(Place { term: at, byte }),
            }
        }
        Look::Found
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl PartialEq for Query {
    /// One text asks for one thing.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
