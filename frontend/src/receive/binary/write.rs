//! Items as JSON, bounded: exact, and every token whole.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Decoded, MAX_DEPTH, Why, read::Item};
use crate::ui::{number::shortest, visible::push_hex};

/// An object, array or tag that is open.
struct Open {
    close: &'static str,
    /// Items, or pairs, that are missing; none where a break will end it.
    left: Option<u64>,
    map: bool,
    /// Whether a key comes next.
    key: bool,
    first: bool,
    /// Where a key begins that is no string.
    quoted_from: Option<usize>,
}

pub(super) struct Writer {
    out: String,
    max: usize,
    /// Bytes that are whole tokens where the text is full: a key that is still to be quoted is not.
    valid: usize,
    open: Vec<Open>,
}

impl Writer {
    /// Of JSON that is not much longer than `max` bytes.
    pub(super) fn new(max: usize) -> Self {
        Self { out: String::new(), max, valid: max, open: Vec::new() }
    }

    /// What was written, up to the last token that is whole.
    pub(super) fn finish(mut self) -> Decoded {
        let cut = self.is_full();
        self.out.truncate(self.out.floor_char_boundary(self.valid));
        Decoded { json: self.out, cut }
    }

    fn is_full(&self) -> bool {
        self.out.len() > self.max
    }

    fn push(&mut self, text: &str) {
        if !self.is_full() {
            self.out.push_str(text);
        }
    }

    /// Writes an item, and says whether it was the last one of the outermost value.
    pub(super) fn item(&mut self, item: Item<'_>) -> Result<bool, Why> {
        if matches!(item, Item::Break) {
            let open = self.open.pop().filter(|open| open.left.is_none() && open.key == open.map);
            let open = open.ok_or(Why::Byte)?;
            self.push(open.close);
            return Ok(self.end());
        }
        let mut from = None;
        if let Some(open) = self.open.last_mut() {
            let comma = !open.first && (open.key || !open.map);
            open.first = false;
            if comma {
                self.push(",");
            }
            from = Some(self.out.len());
        }
        if let Some(open) = self.open.last_mut()
            && open.key
            && !matches!(item, Item::Text(_))
        {
            open.quoted_from = from;
        }
        match item {
            Item::Word(word) => self.push(word),
            Item::Number(minus, number) if !self.is_full() => {
                self.push(if minus { "-" } else { "" });
                self.push(&number.to_string());
            }
            Item::Number(..) => {}
            Item::Double(number) if number.is_finite() => self.push(&shortest(number)),
            Item::Double(number) => {
                self.push("{\"$double\":\"");
                self.push(if number.is_nan() {
                    "NaN"
                } else if number > 0.0 {
                    "Infinity"
                } else {
                    "-Infinity"
                });
                self.push("\"}");
            }
            Item::Text(text) => self.string(&text),
            Item::Bytes(bytes) => {
                self.push("{\"$bytes\":\"");
                self.base64(&bytes);
            }
            Item::Ext(kind, data) => {
                self.push("{\"$ext\":");
                self.push(&kind.to_string());
                self.push(",\"data\":\"");
                self.base64(data);
            }
            Item::Simple(number) => {
                self.push("{\"$simple\":");
                self.push(&number.to_string());
                self.push("}");
            }
            Item::Array(left) => {
                self.push("[");
                return self.begin("]", left, false);
            }
            Item::Map(left) => {
                self.push("{");
                return self.begin("}", left, true);
            }
            Item::Tag(number) => {
                self.push("{\"$tag\":");
                self.push(&number.to_string());
                self.push(",\"value\":");
                return self.begin("}", Some(1), false);
            }
            Item::Break => {}
        }
        Ok(self.end())
    }

    fn begin(&mut self, close: &'static str, left: Option<u64>, map: bool) -> Result<bool, Why> {
        if left == Some(0) {
            self.push(close);
            return Ok(self.end());
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Why::Deep);
        }
        self.open.push(Open { close, left, map, key: map, first: true, quoted_from: None });
        Ok(false)
    }

    /// After a value: ends what has no more items.
    fn end(&mut self) -> bool {
        loop {
            let Some(open) = self.open.last_mut() else { return true };
            if open.key {
                open.key = false;
                match open.quoted_from.take() {
                    Some(from) if self.is_full() => self.valid = self.valid.min(from),
                    Some(from) => {
                        let key = self.out.split_off(from);
                        self.string(&key);
                    }
                    None => {}
                }
                self.push(":");
                return false;
            }
            open.key = open.map;
            let Some(left) = &mut open.left else { return false };
            *left -= 1;
            if *left > 0 {
                return false;
            }
            let close = open.close;
            self.open.pop();
            self.push(close);
        }
    }

    fn string(&mut self, text: &str) {
        self.push("\"");
        for character in text.chars() {
            if self.is_full() {
                return;
            }
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\0'..='\u{1f}' => {
                    self.out.push_str("\\u");
                    push_hex(&mut self.out, u32::from(character), 4);
                }
                other => self.out.push(other),
            }
        }
        self.push("\"");
    }

    /// Base64, and the end of its object.
    fn base64(&mut self, bytes: &[u8]) {
        if !self.is_full() {
            let room = (self.max - self.out.len()) + 4;
            let cut = bytes.len().min(room / 4 * 3);
            STANDARD.encode_string(&bytes[..cut], &mut self.out);
        }
        self.push("\"}");
    }
}
