//! A message's headers as rows of the form: which kinds of values a row can hold, what it shows of
//! them, and how it is read.

use std::collections::BTreeMap;

use warren_protocol::{FieldTable, FieldValue};

use crate::ui::{
    language::Language,
    number::{decimal, shortest},
};

/// Header rows of the form; a message may bring more, which are kept.
pub const MAX_HEADERS: usize = 100;

/// What a header's value is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HeaderKind {
    /// A text.
    #[default]
    String,
    /// A whole number of 64 bits, or a double.
    Number,
    /// `true` or `false`.
    Boolean,
}

impl HeaderKind {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::String, Self::Number, Self::Boolean];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }

    /// The kind that is called `name`; a string where none is.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or_default()
    }
}

/// A header's row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// What its value is.
    pub kind: HeaderKind,
    /// Its value; anything but `true` is false for a boolean.
    pub value: String,
}

/// The headers that rows can show, and those that they cannot.
pub(super) fn split(headers: Option<&FieldTable>) -> (Vec<Header>, Option<FieldTable>) {
    let mut rows = Vec::new();
    let mut kept = BTreeMap::new();
    for (name, value) in headers.iter().flat_map(|headers| &headers.0) {
        match shown(value) {
            Some((kind, value)) if rows.len() < MAX_HEADERS => {
                rows.push(Header { name: name.clone(), kind, value });
            }
            _ => {
                kept.insert(name.clone(), value.clone());
            }
        }
    }
    (rows, (!kept.is_empty()).then_some(FieldTable(kept)))
}

/// The value of a row, or what is wrong with it.
pub(super) fn value(header: &Header, language: Language) -> Result<FieldValue, &'static str> {
    match header.kind {
        HeaderKind::String => Ok(FieldValue::from(header.value.as_str())),
        HeaderKind::Boolean => Ok(FieldValue::Boolean(header.value == "true")),
        HeaderKind::Number => {
            let text = header.value.trim();
            if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+')) {
                let number = text.parse().map(FieldValue::LongLongInt);
                return number.map_err(|_| language.number_too_long());
            }
            match decimal(text) {
                Some(number) if number.is_finite() => Ok(FieldValue::Double(number)),
                _ => Err(language.not_a_number()),
            }
        }
    }
}

/// What a row shows of a value, where reading it gives the same value again.
fn shown(value: &FieldValue) -> Option<(HeaderKind, String)> {
    match value {
        FieldValue::LongString(bytes) => {
            let text = std::str::from_utf8(bytes).ok()?;
            // A text field has one line.
            let one_line = !text.contains(['\n', '\r']);
            one_line.then(|| (HeaderKind::String, text.to_owned()))
        }
        FieldValue::LongLongInt(number) => Some((HeaderKind::Number, number.to_string())),
        // With a point or an exponent, so that it stays a double.
        FieldValue::Double(number) if number.is_finite() => {
            Some((HeaderKind::Number, shortest(number)))
        }
        FieldValue::Boolean(value) => Some((HeaderKind::Boolean, value.to_string())),
        _ => None,
    }
}
