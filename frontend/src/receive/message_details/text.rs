//! Values of headers as bounded texts.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use warren_protocol::{FieldTable, FieldValue, MAX_HEADER_DEPTH};

use super::{MAX_VALUE_CHARS, time};
use crate::ui::{language::Language, number::plain, visible};

/// A value's text, which ends when there is no room for more.
pub(super) struct Text {
    pub(super) shown: String,
    pub(super) room: usize,
    /// In which the other reading of an integer is added; none adds none.
    pub(super) language: Option<Language>,
}

impl Text {
    pub(super) fn push(&mut self, text: &str) {
        for character in text.chars() {
            if self.room == 0 {
                return;
            }
            self.room -= 1;
            visible::push(&mut self.shown, character, false);
        }
    }

    pub(super) fn finish(mut self) -> String {
        if self.room == 0 {
            self.shown.push('…');
        }
        self.shown
    }

    /// UTF-8 as it is, anything else in base64; only as many bytes as can be shown are read.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.push(text),
            Err(_) => self.base64(bytes),
        }
    }

    pub(super) fn base64(&mut self, bytes: &[u8]) {
        self.push("base64 ");
        self.push(&STANDARD.encode(&bytes[..bytes.len().min(MAX_VALUE_CHARS)]));
    }

    /// An integer of `bits` bits, and what these are with a sign, or without one, where that is
    /// another number: clients do not agree which of the two a type is.
    fn integer(&mut self, value: i64, bits: u32) {
        self.push(&value.to_string());
        let unused = 64 - bits;
        let signed = value << unused >> unused;
        let Some(language) = self.language.filter(|_| signed < 0) else { return };
        let (english, chinese, other) = if value < 0 {
            (" (unsigned ", "（无符号 ", ((value as u64) << unused >> unused).to_string())
        } else {
            (" (signed ", "（有符号 ", signed.to_string())
        };
        let english_is_read = language == Language::English;
        self.push(if english_is_read { english } else { chinese });
        self.push(&other);
        self.push(if english_is_read { ")" } else { "）" });
    }

    pub(super) fn value(&mut self, value: &FieldValue, depth: usize) {
        if self.room == 0 || depth > MAX_HEADER_DEPTH {
            return;
        }
        match value {
            FieldValue::Boolean(value) => self.push(if *value { "true" } else { "false" }),
            FieldValue::ShortShortInt(value) => self.integer(i64::from(*value), 8),
            FieldValue::ShortShortUint(value) => self.integer(i64::from(*value), 8),
            FieldValue::ShortInt(value) => self.integer(i64::from(*value), 16),
            FieldValue::ShortUint(value) => self.integer(i64::from(*value), 16),
            FieldValue::LongInt(value) => self.integer(i64::from(*value), 32),
            FieldValue::LongUint(value) => self.integer(i64::from(*value), 32),
            FieldValue::LongLongInt(value) => self.integer(*value, 64),
            FieldValue::Float(value) => self.push(&plain(*value)),
            FieldValue::Double(value) => self.push(&plain(*value)),
            FieldValue::Decimal { scale, value } => self.push(&decimal(*scale, *value)),
            FieldValue::LongString(bytes) => {
                self.push("\"");
                self.bytes(bytes);
                self.push("\"");
            }
            FieldValue::Timestamp(seconds) => {
                self.push(&time(*seconds, self.language.unwrap_or_default()));
            }
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
