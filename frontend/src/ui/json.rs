//! JSON (RFC 8259) as tokens: the one reader of the page's, for the check, the layout, the tree and
//! the values at a path. It never makes numbers of the text, so that `1e400` and
//! `12345678901234567890` stay what they are, and does not recurse, whatever the nesting.

mod layout;
mod mistake;
mod unescape;

pub use layout::{Indented, MAX_INDENT, indent, push, push_indent};
pub use mistake::{NotJson, Why};
pub use unescape::unescape;

use serde::de::DeserializeOwned;

use super::visible::{self, MAX_REASON_CHARS};

/// Reads what serde knows, from bytes: serde_json reads `&str` with code of its own, and a second
/// reader of each type is 7 KB of the page.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_slice(text.as_bytes())
}

/// The words of [`read`] without the place, which counts bytes of what may be only a part of a file. They
/// may quote all of it, and are cut.
#[must_use]
pub fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let reason = words.rsplit_once(" at line ").map_or(words.as_str(), |(reason, _)| reason);
    visible::line(reason, MAX_REASON_CHARS)
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{` or `[`.
    Open,
    /// `}` or `]`.
    Close,
    /// `,`.
    Comma,
    /// `:`.
    Colon,
    /// A member's name.
    Key,
    /// A string that is a value.
    String,
    /// A number.
    Number,
    /// `true`, `false` or `null`.
    Literal,
}

/// A token of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

/// The tokens of a text, one after the other.
pub struct Tokens<'a> {
    text: &'a str,
    /// Whether the text is only the beginning of a longer one.
    cut: bool,
    at: usize,
    /// What is open: `{` or `[`.
    open: Vec<u8>,
    next: Next,
}

impl<'a> Tokens<'a> {
    /// Of `text`, which is only the beginning of a longer one where `cut` is set.
    #[must_use]
    pub fn new(text: &'a str, cut: bool) -> Self {
        Self { text, cut, at: 0, open: Vec::new(), next: Next::Value }
    }

    /// Bytes that were read.
    #[must_use]
    pub fn read(&self) -> usize {
        self.at
    }

    /// How many objects and arrays are open.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next token; none at the end, which of a text that is cut is before the token that goes
    /// on beyond it.
    pub fn token(&mut self) -> Result<Option<Token>, NotJson> {
        let rest = self.text.as_bytes().iter().skip(self.at);
        let space = rest.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += space;
        let from = self.at;
        let token = match self.text.as_bytes().get(from) {
            Some(byte) => self.token_of(*byte, from),
            None if self.next == Next::Nothing => return Ok(None),
            None => Err((from, Why::End)),
        };
        match token {
            Ok((kind, to)) => {
                self.at = to;
                Ok(Some(Token { kind, from, to }))
            }
            Err((_, Why::End)) if self.cut => Ok(None),
            Err((_, Why::End)) if from == space && from == self.text.len() => {
                Err(NotJson::new(self.text, from, Why::Empty))
            }
            Err((at, why)) => Err(NotJson::new(self.text, at, why)),
        }
    }

    /// The token at `at`, which begins with `byte`, and where it ends.
    fn token_of(&mut self, byte: u8, at: usize) -> Result<(Kind, usize), (usize, Why)> {
        let value = matches!(self.next, Next::Value | Next::ValueOrEnd);
        let key = matches!(self.next, Next::Key | Next::KeyOrEnd);
        let ends = matches!(self.next, Next::ValueOrEnd | Next::KeyOrEnd | Next::CommaOrEnd);
        let bytes = self.text.as_bytes();
        match byte {
            b'{' | b'[' if value => {
                self.open.push(byte);
                self.next = if byte == b'{' { Next::KeyOrEnd } else { Next::ValueOrEnd };
                Ok((Kind::Open, at + 1))
            }
            b'}' | b']' if ends && self.open.last().is_some_and(|open| *open == byte - 2) => {
                self.open.pop();
                self.after_value();
                Ok((Kind::Close, at + 1))
            }
            b',' if self.next == Next::CommaOrEnd => {
                self.next = if self.in_object() { Next::Key } else { Next::Value };
                Ok((Kind::Comma, at + 1))
            }
            b':' if self.next == Next::Colon => {
                self.next = Next::Value;
                Ok((Kind::Colon, at + 1))
            }
            b'"' if value || key => {
                let end = string_end(bytes, at)?;
                if key {
                    self.next = Next::Colon;
                    return Ok((Kind::Key, end));
                }
                self.after_value();
                Ok((Kind::String, end))
            }
            b'-' | b'0'..=b'9' | b'a'..=b'z' if value => {
                let end = word_end(bytes, at);
                if self.cut && end == bytes.len() {
                    return Err((end, Why::End));
                }
                let word = &bytes[at..end];
                let kind = match word {
                    b"true" | b"false" | b"null" => Kind::Literal,
                    _ if is_number(word) => Kind::Number,
                    _ => return Err((at, Why::Word)),
                };
                self.after_value();
                Ok((kind, end))
            }
            _ => Err((at, self.expected())),
        }
    }

    fn in_object(&self) -> bool {
        self.open.last() == Some(&b'{')
    }

    fn expected(&self) -> Why {
        match self.next {
            Next::Value => Why::Value,
            Next::ValueOrEnd => Why::ValueOrEnd,
            Next::Key => Why::Key,
            Next::KeyOrEnd => Why::KeyOrEnd,
            Next::Colon => Why::Colon,
            Next::CommaOrEnd if self.in_object() => Why::CommaOrBrace,
            Next::CommaOrEnd => Why::CommaOrBracket,
            Next::Nothing => Why::Rest,
        }
    }

    fn after_value(&mut self) {
        self.next = if self.open.is_empty() { Next::Nothing } else { Next::CommaOrEnd };
    }
}

/// Behind the closing quote of the string that opens at `from`.
fn string_end(bytes: &[u8], from: usize) -> Result<usize, (usize, Why)> {
    let end = Err((bytes.len(), Why::End));
    let mut at = from + 1;
    loop {
        match bytes.get(at) {
            None => return end,
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => {
                at += match bytes.get(at + 1) {
                    None => return end,
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                    Some(b'u') => {
                        let Some(digits) = bytes.get(at + 2..at + 6) else { return end };
                        if !digits.iter().all(u8::is_ascii_hexdigit) {
                            return Err((at, Why::Unicode));
                        }
                        6
                    }
                    Some(_) => return Err((at, Why::Escape)),
                };
            }
            Some(0..0x20) => return Err((at, Why::Control)),
            Some(_) => at += 1,
        }
    }
}

/// Behind the last byte that could belong to a number or a word.
fn word_end(bytes: &[u8], from: usize) -> usize {
    let word =
        |byte: &&u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.');
    from + bytes.iter().skip(from).take_while(word).count()
}

/// Whether `word` is a number as RFC 8259, section 6, writes them.
fn is_number(word: &[u8]) -> bool {
    fn digits(word: &[u8]) -> Option<&[u8]> {
        let count = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then(|| &word[count..])
    }
    let parts = || {
        let word = word.strip_prefix(b"-").unwrap_or(word);
        let mut rest = match word.strip_prefix(b"0") {
            Some(rest) => rest,
            None => digits(word)?,
        };
        if let Some(fraction) = rest.strip_prefix(b".") {
            rest = digits(fraction)?;
        }
        if let [b'e' | b'E', exponent @ ..] = rest {
            rest = match exponent {
                [b'+' | b'-', exponent @ ..] => digits(exponent)?,
                exponent => digits(exponent)?,
            };
        }
        Some(rest.is_empty())
    };
    parts() == Some(true)
}

/// Whether `text` is JSON, and if not, where and why.
pub fn check(text: &str) -> Result<(), NotJson> {
    let mut tokens = Tokens::new(text, false);
    while tokens.token()?.is_some() {}
    Ok(())
}
