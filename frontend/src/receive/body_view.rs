//! A body as it is shown: as JSON, text, hex or base64, and of a large one the beginning
//! only, so that what it costs does not depend on its size.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use warren_protocol::Body;

use crate::{
    receive::json_view,
    ui::{
        language::Language,
        number::size,
        visible::{self, push_hex},
    },
};

/// Bytes of a body that are shown; a larger one is shown in part.
pub const SHOWN_BYTES: usize = 256 * 1024;
/// Bytes in a line of base64: 76 letters, as MIME has them (RFC 2045, section 6.8).
const BASE64_LINE: usize = 57;
/// Bytes in a line of hex.
const HEX_LINE: usize = 16;

/// A way to show a body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// UTF-8, with what is invisible made visible.
    #[default]
    Text,
    /// Indented; numbers and strings keep their own text.
    Json,
    /// Offset, bytes and ASCII.
    Hex,
    /// RFC 4648, section 4, padded, in lines.
    Base64,
}

impl Form {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Json, Self::Text, Self::Hex, Self::Base64];

    /// Its name on the page.
    #[must_use]
    pub fn name(self, language: Language) -> &'static str {
        match self {
            Self::Text => language.form_text(),
            Self::Json => "JSON",
            Self::Hex => "Hex",
            Self::Base64 => "Base64",
        }
    }
}

/// What is shown or copied of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The text.
    pub text: String,
    /// Bytes of the body that it stands for, where these are not all.
    pub part: Option<usize>,
}

/// Bytes of a text that the browser lays out at once, roughly.
const PIECE: usize = 8 * 1024;

/// The text in pieces, each of which the browser lays out only when it comes into sight: 256 KiB
/// at once take it some 100 ms. Cut after the end of a line, or anywhere in a line that is longer.
#[must_use]
pub fn pieces(mut text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    while text.len() > PIECE {
        let max = text.floor_char_boundary(PIECE);
        let (piece, _) = text.split_at(max);
        let end = piece.rfind('\n').map_or(max, |at| at + 1);
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        text = rest;
    }
    pieces.push(text);
    pieces
}

impl Shown {
    /// Says that only a part is shown, of a body of `bytes`.
    #[must_use]
    pub fn note(&self, bytes: usize, language: Language) -> Option<String> {
        let part = self.part?;
        Some(language.part_shown(&size(part), &size(bytes)))
    }

    /// Says that it was copied, of a body of `bytes`.
    #[must_use]
    pub fn copied(&self, bytes: usize, language: Language) -> String {
        match self.part {
            Some(part) => language.part_copied(&size(part), &size(bytes)),
            None => language.copied().to_owned(),
        }
    }
}

/// The body in this form, or why it has none, in words.
pub fn show(body: &Body, form: Form, language: Language) -> Result<Shown, String> {
    let bytes = body.as_bytes();
    let beginning_of =
        |bytes| beginning(bytes, SHOWN_BYTES).ok_or_else(|| language.not_text().to_owned());
    match form {
        Form::Text => Ok(text(beginning_of(bytes)?, bytes.len())),
        Form::Json => json(beginning_of(bytes)?, bytes.len(), language),
        Form::Hex => {
            let beginning = &bytes[..bytes.len().min(SHOWN_BYTES)];
            Ok(shown(hex(beginning), beginning.len(), bytes.len()))
        }
        Form::Base64 => {
            // Three bytes are four characters: the beginning ends without padding.
            let whole = SHOWN_BYTES / 3 * 3;
            let end = if bytes.len() > SHOWN_BYTES { whole } else { bytes.len() };
            let beginning = &bytes[..end];
            Ok(shown(base64(beginning), end, bytes.len()))
        }
    }
}

/// What "Copy" takes of a body in this form, with every character as it is; none where it is not
/// text. A text is taken whole, and so is what should be JSON and is not.
#[must_use]
pub fn copy(body: &Body, form: Form) -> Option<Shown> {
    let whole = || Some(Shown { text: body.as_text()?.to_owned(), part: None });
    match form {
        Form::Text => whole(),
        Form::Json => {
            let beginning = beginning(body.as_bytes(), SHOWN_BYTES)?;
            match json_view::indent_as_it_is(beginning, beginning.len() < body.len()) {
                Ok(indented) => Some(shown(indented.text, indented.read, body.len())),
                Err(_) => whole(),
            }
        }
        // What is said of the others is not asked for.
        Form::Hex | Form::Base64 => show(body, form, Language::English).ok(),
    }
}

fn shown(text: String, part: usize, all: usize) -> Shown {
    Shown { text, part: (part < all).then_some(part) }
}

/// The text that the first `max` of `bytes` are, without a character that this cuts; none where
/// they are not UTF-8.
#[must_use]
pub fn beginning(bytes: &[u8], max: usize) -> Option<&str> {
    let beginning = bytes.get(..max).unwrap_or(bytes);
    match str::from_utf8(beginning) {
        Ok(text) => Some(text),
        // The cut may be within a character.
        Err(error) if beginning.len() < bytes.len() && error.error_len().is_none() => {
            str::from_utf8(&beginning[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

fn text(beginning: &str, bytes: usize) -> Shown {
    shown(visible_text(beginning), beginning.len(), bytes)
}

/// A text with what is invisible in it made visible.
#[must_use]
pub fn visible_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        visible::push(&mut shown, character, true);
    }
    shown
}

fn json(beginning: &str, bytes: usize, language: Language) -> Result<Shown, String> {
    let indented = json_view::indent(beginning, beginning.len() < bytes)
        .map_err(|mistake| language.not_json(&mistake.words(language)))?;
    Ok(shown(indented.text, indented.read, bytes))
}

/// Base64 in lines: a browser takes most of a second to lay out a single one of 350,000 letters.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 3 * 4 + bytes.len() / BASE64_LINE + 8);
    for (at, chunk) in bytes.chunks(BASE64_LINE).enumerate() {
        if at > 0 {
            text.push('\n');
        }
        STANDARD.encode_string(chunk, &mut text);
    }
    text
}

/// Lines of an offset, sixteen bytes in hex, and what of them is printable ASCII.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(HEX_LINE) * 78);
    for (line, chunk) in bytes.chunks(HEX_LINE).enumerate() {
        push_hex(&mut text, (line * HEX_LINE) as u32, 8);
        text.push(' ');
        for at in 0..HEX_LINE {
            text.push_str(if at == HEX_LINE / 2 { "  " } else { " " });
            match chunk.get(at) {
                Some(byte) => push_hex(&mut text, u32::from(*byte), 2),
                None => text.push_str("  "),
            }
        }
        text.push_str("  |");
        for byte in chunk {
            let printable = matches!(byte, 0x20..0x7f);
            text.push(if printable { char::from(*byte) } else { '.' });
        }
        text.push_str("|\n");
    }
    text
}
