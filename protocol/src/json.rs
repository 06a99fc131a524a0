//! Writes frames as JSON.
//!
//! serde_json looks at one byte of a string after the other, which was a quarter of the relay's
//! work at 1 MiB. So bodies are written here: looked at in blocks, and copied in runs.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::Body;

/// A frame. These types have no map keys other than strings and no errors of their own, so there
/// always is one.
pub(crate) fn json(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).unwrap_or_default()
}

/// A frame of messages: each an object of at least one field, and its body.
pub(crate) fn list<'a, T: Serialize>(
    kind: &str,
    messages: impl Iterator<Item = (T, &'a Body)> + Clone,
) -> String {
    // Roughly, so that it need not be copied as it grows: base64 takes four characters for three
    // bytes, and a message has some more around its body.
    let expected: usize = messages.clone().map(|(_, body)| body.len() / 3 * 4 + 256).sum();
    let mut frame = String::with_capacity(expected + 64);
    frame.push_str(r#"{"type":""#);
    frame.push_str(kind);
    frame.push_str(r#"","messages":["#);
    for (at, (envelope, body)) in messages.enumerate() {
        if at > 0 {
            frame.push(',');
        }
        frame.push_str(json(&envelope).strip_suffix('}').unwrap_or_default());
        frame.push_str(r#","body":"#);
        push_body(&mut frame, body);
        frame.push('}');
    }
    frame.push_str("]}");
    frame
}

fn push_body(json: &mut String, body: &Body) {
    match body {
        Body::Text(text) => {
            json.push_str(r#"{"text":""#);
            push_text(json, text);
        }
        Body::Base64(bytes) => {
            json.push_str(r#"{"base64":""#);
            STANDARD.encode_string(bytes, json);
        }
    }
    json.push_str("\"}");
}

/// The inside of a JSON string.
fn push_text(json: &mut String, text: &str) {
    let mut rest = text;
    loop {
        let (plain, special) = rest.split_at(plain_len(rest.as_bytes()));
        json.push_str(plain);
        let Some(byte) = special.bytes().next() else { return };
        match byte {
            b'"' => json.push_str("\\\""),
            b'\\' => json.push_str("\\\\"),
            b'\n' => json.push_str("\\n"),
            b'\r' => json.push_str("\\r"),
            b'\t' => json.push_str("\\t"),
            0x08 => json.push_str("\\b"),
            0x0c => json.push_str("\\f"),
            control => json.push_str(&format!("\\u{control:04x}")),
        }
        rest = special.get(1..).unwrap_or_default();
    }
}

/// How many bytes [`push_text`] writes for it.
pub(crate) fn text_len(text: &str) -> usize {
    let (mut rest, mut len) = (text.as_bytes(), 0);
    loop {
        let plain = plain_len(rest);
        len += plain;
        let Some((byte, after)) = rest.get(plain..).and_then(<[u8]>::split_first) else {
            return len;
        };
        len += match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
            _ => 6,
        };
        rest = after;
    }
}

/// How many bytes from the first on need no escape in JSON (RFC 8259, section 7).
fn plain_len(bytes: &[u8]) -> usize {
    let must_escape = |byte: &u8| matches!(byte, 0..0x20 | b'"' | b'\\');
    // In JSON as a body the next quote is near.
    let (near, far) = bytes.split_at(bytes.len().min(BLOCK));
    if let Some(at) = near.iter().position(must_escape) {
        return at;
    }
    let (blocks, _) = far.as_chunks();
    let plain = near.len() + blocks.iter().take_while(|block| is_plain(block)).count() * BLOCK;
    let rest = bytes.get(plain..).unwrap_or_default();
    plain + rest.iter().position(must_escape).unwrap_or(rest.len())
}

/// Bytes that are looked at together: compilers make wide instructions of that.
const BLOCK: usize = 32;

/// Whether none of these bytes needs an escape.
fn is_plain(block: &[u8; BLOCK]) -> bool {
    const EACH: u64 = u64::MAX / 255;
    const HIGHEST: u64 = EACH << 7;
    // The highest bit of some byte is set if any byte is below `most`, at most 128. The borrow of
    // a subtraction may set more, but only where one is.
    let below = |word: u64, most: u8| word.wrapping_sub(EACH * u64::from(most)) & !word & HIGHEST;
    let is = |word: u64, byte: u8| below(word ^ (EACH * u64::from(byte)), 1);
    let (words, _) = block.as_chunks::<8>();
    let found = words
        .iter()
        .map(|word| u64::from_le_bytes(*word))
        .fold(0, |found, word| found | below(word, 0x20) | is(word, b'"') | is(word, b'\\'));
    found == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn as_serde_json_does(text: &str) {
        let mut json = String::new();
        push_text(&mut json, text);
        assert_eq!(text_len(text), json.len());
        assert_eq!(format!("\"{json}\""), serde_json::to_string(text).unwrap());
    }

    #[test]
    fn each_character_is_escaped_wherever_it_stands() {
        for character in (0..0x100).filter_map(char::from_u32).chain(['\u{1f407}', '\u{ffff}']) {
            for before in 0..2 * BLOCK {
                for after in [0, 1, BLOCK] {
                    let (before, after) = ("x".repeat(before), "y".repeat(after));
                    as_serde_json_does(&format!("{before}{character}{after}"));
                }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_written_as_serde_json_writes_it(text in "(?s:.{0,200})") {
            as_serde_json_does(&text);
        }
    }
}
