//! What a row shows of a body, computed once when the message arrives, so that drawing a row
//! never reads a large body again.

use warren_protocol::{Body, Properties};

use crate::ui::visible;

/// Characters of the first line that a row shows.
pub const MAX_CHARS: usize = 200;
/// Bytes of a binary body that a row shows.
const HEX_BYTES: usize = 16;

/// What kind of body a [`Preview`] stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// Not a single byte.
    Empty,
    /// Not UTF-8.
    Binary,
}

/// The first line of a body, short enough for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The line, or the first bytes in hex; ends in `…` where the body goes on.
    pub line: String,
    /// What the body is.
    pub kind: Kind,
    /// The size of the whole body in bytes.
    pub bytes: usize,
}

impl Preview {
    /// Finds out whether the body is text, and what its beginning is.
    #[must_use]
    pub fn of(body: &Body) -> Self {
        let (line, kind) = match body.as_text() {
            Some("") => ("(empty)".to_owned(), Kind::Empty),
            Some(text) => (first_line(text), Kind::Text),
            None => (hex(body.as_bytes()), Kind::Binary),
        };
        Self { line, kind, bytes: body.len() }
    }
}

fn first_line(text: &str) -> String {
    // Most texts begin with characters that are shown as they are, and these are quick to find.
    let plain =
        text.bytes().take(MAX_CHARS).take_while(|byte| (b' '..=b'~').contains(byte)).count();
    let (plain, rest) = text.split_at(plain);
    let (mut line, mut room) = (plain.to_owned(), MAX_CHARS - plain.len());
    let mut piece = String::new();
    for character in rest.chars() {
        piece.clear();
        visible::push(&mut piece, character, false);
        // What is made visible may take more than one character.
        let wide = if piece.len() <= 4 { 1 } else { piece.chars().count() };
        if room < wide || character == '\n' {
            line.push('…');
            break;
        }
        room -= wide;
        line.push_str(&piece);
    }
    line
}

fn hex(bytes: &[u8]) -> String {
    let mut line = String::new();
    for (at, byte) in bytes.iter().take(HEX_BYTES).enumerate() {
        if at > 0 {
            line.push(' ');
        }
        visible::push_hex(&mut line, u32::from(*byte), 2);
    }
    if bytes.len() > HEX_BYTES {
        line.push_str(" …");
    }
    line
}

/// Bytes that a message takes up beside its body and its properties, roughly.
const OVERHEAD_BYTES: usize = 128;

/// Roughly how many bytes a message takes up, here and on the wire: what bounds are kept by.
#[must_use]
pub fn weight(body: &Body, properties: &Properties) -> usize {
    let strings = [
        &properties.content_type,
        &properties.content_encoding,
        &properties.correlation_id,
        &properties.reply_to,
        &properties.expiration,
        &properties.message_id,
        &properties.kind,
        &properties.user_id,
        &properties.app_id,
    ];
    let strings: usize = strings.into_iter().flatten().map(String::len).sum();
    let headers = properties
        .headers
        .as_ref()
        .map_or(0, |headers| serde_json::to_string(headers).map_or(0, |json| json.len()));
    body.len() + strings + headers + OVERHEAD_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Preview {
        Preview::of(&Body::from(text.to_owned()))
    }

    #[test]
    fn a_short_text_is_shown_as_it_is() {
        assert_eq!(text("Hello World!").line, "Hello World!");
        assert_eq!(text("Hello World!").bytes, 12);
    }

    #[test]
    fn only_the_first_line_is_shown_and_says_that_there_is_more() {
        assert_eq!(text("one\ntwo").line, "one…");
        let long = "ä".repeat(MAX_CHARS + 1);
        assert_eq!(text(&long).line.chars().count(), MAX_CHARS + 1);
        assert!(text(&long).line.ends_with('…'));
        assert_eq!(text(&long).bytes, 2 * (MAX_CHARS + 1));
        assert!(!text(&"a".repeat(MAX_CHARS)).line.ends_with('…'));
    }

    #[test]
    fn nothing_is_hidden() {
        assert_eq!(text("").line, "(empty)");
        assert_eq!(text("").kind, Kind::Empty);
        assert_eq!(text("a\0b\r").line, "a\u{2400}b\u{240d}");
        assert_eq!(text("\u{202e}txt.exe").line, "⟨U+202E⟩txt.exe");
        let bidi = text(&"\u{202e}".repeat(MAX_CHARS)).line;
        assert!(bidi.chars().count() <= MAX_CHARS + 1 && bidi.ends_with('…'));
        let binary = Preview::of(&Body::from(vec![0xff, 0x00, 0x1f]));
        assert_eq!((binary.line.as_str(), binary.kind), ("ff 00 1f", Kind::Binary));
        assert!(Preview::of(&Body::from(vec![0xff; 17])).line.ends_with(" …"));
    }

    #[test]
    fn the_weight_counts_body_and_properties() {
        let body = Body::from("abc");
        let properties =
            Properties { message_id: Some("12345".to_owned()), ..Properties::default() };
        assert_eq!(weight(&body, &properties), 3 + 5 + OVERHEAD_BYTES);
    }
}
