//! A line of an exported file as a message that can be sent, and what of it is left out.

use serde::Deserialize;
use warren_protocol::{Body, Properties, limits::MAX_SHORT_STRING_BYTES};

use super::lines::Line;
use crate::ui::{
    json::{self, NotJson},
    language::Language,
    left_out::leave_out,
    utc,
    visible::{self, MAX_REASON_CHARS},
};

/// A message of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its line, counted from 1.
    pub line: u64,
    /// The queue it was in; empty where the line has none.
    pub queue: String,
    /// When it was received, or seen, in milliseconds since 1970-01-01 UTC.
    pub at_ms: Option<f64>,
    /// What is sent.
    pub body: Body,
    /// As they are sent, but for a new `message_id`.
    pub properties: Properties,
    /// The names of what is left out of them.
    pub left_out: Vec<String>,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// A message.
    Message(Box<Entry>),
    /// A delivery that was watched: its message is that of a `published` line.
    Delivered,
}

/// Why a line is no message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong.
    pub why: LineWrong,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineWrong {
    /// It is longer than any message.
    TooLong,
    /// It is not UTF-8.
    NotText,
    /// It is not JSON.
    NotJson(NotJson),
    /// Its body has a size, as in the JSON of a binary message, and not the bytes.
    OnlySize,
    /// It names a queue that no broker can have.
    LongQueue,
    /// It is JSON, and no message; in the words of its reader, of [`MAX_REASON_CHARS`] characters at
    /// most.
    NoMessage(String),
}

impl LineError {
    /// In words, with the line.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let why = match &self.why {
            LineWrong::TooLong => language.line_too_long().to_owned(),
            LineWrong::NotText => language.line_no_text().to_owned(),
            // The mistake counts its own lines; this is always its first.
            LineWrong::NotJson(mistake) => language.line_no_json(mistake.column),
            LineWrong::OnlySize => language.line_only_size().to_owned(),
            LineWrong::LongQueue => language.line_long_queue(MAX_SHORT_STRING_BYTES),
            LineWrong::NoMessage(why) => language.line_no_message(why),
        };
        language.line_wrong(self.line, &why)
    }
}

/// What the export writes of a message, as far as it is sent again.
#[derive(Deserialize)]
struct Exported {
    #[serde(default)]
    received: Option<String>,
    #[serde(default)]
    at: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    queue: String,
    #[serde(default)]
    properties: Properties,
    body: Body,
}

/// Reads a line.
pub fn read(line: &Line) -> Result<Read, LineError> {
    let wrong = |why| LineError { line: line.number, why };
    let bytes = line.bytes.as_ref().ok_or_else(|| wrong(LineWrong::TooLong))?;
    let text = std::str::from_utf8(bytes).map_err(|_| wrong(LineWrong::NotText))?;
    let exported: Exported = json::read(text).map_err(|error| {
        wrong(match json::check(text) {
            Err(mistake) => LineWrong::NotJson(mistake),
            Ok(()) => LineWrong::NoMessage(json::reason(&error)),
        })
    })?;
    let Exported { received, at, kind, queue, mut properties, body } = exported;
    match kind.as_deref() {
        None | Some("published") => {}
        Some("delivered") => return Ok(Read::Delivered),
        Some(other) => {
            let why = format!("unknown kind `{other}`");
            return Err(wrong(LineWrong::NoMessage(visible::line(&why, MAX_REASON_CHARS))));
        }
    }
    // It would be sent as an empty message.
    if body.is_only_size() {
        return Err(wrong(LineWrong::OnlySize));
    }
    if queue.len() > MAX_SHORT_STRING_BYTES {
        return Err(wrong(LineWrong::LongQueue));
    }
    let at_ms = received.or(at).and_then(|time| utc::parse(&time));
    let left_out = leave_out(&mut properties);
    let entry = Entry { line: line.number, queue, at_ms, body, properties, left_out };
    Ok(Read::Message(Box::new(entry)))
}
