//! JSON, indented for reading. It goes over the text once and keeps every number and string as it
//! is written: `1e400` and `12345678901234567890` are not rounded. Not recursive, and bounded in
//! what it gives, whatever the nesting.

use crate::ui::visible;

/// Bytes that are given at most; deep nesting would make many of few.
pub const MAX_TEXT: usize = 1024 * 1024;
/// Levels that are indented further; deeper ones stay at this one's place.
const MAX_INDENT: usize = 40;

/// Indented JSON.
#[derive(Debug, PartialEq, Eq)]
pub struct Indented {
    /// The text.
    pub text: String,
    /// Bytes of the input that it stands for.
    pub read: usize,
}

/// Where and why a text is not JSON (RFC 8259).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJson {
    /// Bytes before the mistake.
    pub at: usize,
    /// What is there in place of what should be.
    pub why: &'static str,
}

impl NotJson {
    /// In words, with the line and the column in `text`, counted from 1.
    #[must_use]
    pub fn words(self, text: &str) -> String {
        let before = text.get(..self.at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        format!("{} in line {line}, column {column}", self.why)
    }
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

/// Indents `text`, which is only the beginning of a longer one where `cut` is set, to be seen:
/// what is invisible in it is made visible.
pub fn indent(text: &str, cut: bool) -> Result<Indented, NotJson> {
    indent_as(text, cut, true)
}

/// The same with every character as it is, so that it is still the same JSON.
pub fn indent_as_it_is(text: &str, cut: bool) -> Result<Indented, NotJson> {
    indent_as(text, cut, false)
}

fn indent_as(text: &str, cut: bool, visible: bool) -> Result<Indented, NotJson> {
    let mut indenter =
        Indenter { text, cut, visible, out: String::new(), open: Vec::new(), next: Next::Value };
    let mut at = 0;
    loop {
        at = skip_space(text, at);
        let Some(byte) = text.as_bytes().get(at).copied() else {
            break;
        };
        if indenter.out.len() >= MAX_TEXT {
            return Ok(Indented { text: indenter.out, read: at });
        }
        match indenter.token(byte, at) {
            Ok(end) => at = end,
            // The token goes on beyond what there is of the text.
            Err(None) if cut => break,
            Err(None) => return Err(NotJson { at: text.len(), why: "the text ends too early" }),
            Err(Some(why)) => return Err(NotJson { at, why }),
        }
    }
    if indenter.next != Next::Nothing && !cut {
        return Err(NotJson { at: text.len(), why: "the text ends too early" });
    }
    Ok(Indented { text: indenter.out, read: if cut { at } else { text.len() } })
}

struct Indenter<'a> {
    text: &'a str,
    cut: bool,
    visible: bool,
    out: String,
    /// What is open: `{` or `[`.
    open: Vec<u8>,
    next: Next,
}

impl Indenter<'_> {
    /// Takes the token at `at`, which begins with `byte`, and says where it ends; or what is
    /// wrong with it, which is nothing where only its end is missing.
    fn token(&mut self, byte: u8, at: usize) -> Result<usize, Option<&'static str>> {
        let value = matches!(self.next, Next::Value | Next::ValueOrEnd);
        let key = matches!(self.next, Next::Key | Next::KeyOrEnd);
        let ends = matches!(self.next, Next::ValueOrEnd | Next::KeyOrEnd | Next::CommaOrEnd);
        match byte {
            b'{' | b'[' if value => {
                self.before_item();
                self.out.push(char::from(byte));
                self.open.push(byte);
                self.next = if byte == b'{' { Next::KeyOrEnd } else { Next::ValueOrEnd };
                Ok(at + 1)
            }
            b'}' | b']' if ends && self.open.last().is_some_and(|open| *open == byte - 2) => {
                self.open.pop();
                if self.next == Next::CommaOrEnd {
                    self.new_line();
                }
                self.out.push(char::from(byte));
                self.after_value();
                Ok(at + 1)
            }
            b',' if self.next == Next::CommaOrEnd && !self.open.is_empty() => {
                self.out.push(',');
                let object = self.open.last() == Some(&b'{');
                self.next = if object { Next::Key } else { Next::Value };
                Ok(at + 1)
            }
            b':' if self.next == Next::Colon => {
                self.out.push_str(": ");
                self.next = Next::Value;
                Ok(at + 1)
            }
            b'"' if value || key => {
                let end = string_end(self.text.as_bytes(), at)?;
                self.before_item();
                self.keep(at, end);
                if key {
                    self.next = Next::Colon;
                } else {
                    self.after_value();
                }
                Ok(end)
            }
            b'-' | b'0'..=b'9' | b'a'..=b'z' if value => {
                let end = word_end(self.text.as_bytes(), at);
                let word = &self.text[at..end];
                if self.cut && end == self.text.len() {
                    return Err(None);
                }
                if !matches!(word, "true" | "false" | "null") && !is_number(word) {
                    return Err(Some("neither a number nor true, false, null"));
                }
                self.before_item();
                self.keep(at, end);
                self.after_value();
                Ok(end)
            }
            _ => Err(Some(self.expected())),
        }
    }

    fn expected(&self) -> &'static str {
        match self.next {
            Next::Value => "a value is missing",
            Next::ValueOrEnd => "a value or ] is missing",
            Next::Key => "a name in quotes is missing",
            Next::KeyOrEnd => "a name in quotes or } is missing",
            Next::Colon => "a colon is missing",
            Next::CommaOrEnd if self.open.last() == Some(&b'{') => "a comma or } is missing",
            Next::CommaOrEnd => "a comma or ] is missing",
            Next::Nothing => "something follows the value",
        }
    }

    /// An item of an array or a name stands on a line of its own, a value beside its name.
    fn before_item(&mut self) {
        let in_array = self.open.last() == Some(&b'[');
        if in_array || matches!(self.next, Next::Key | Next::KeyOrEnd) {
            self.new_line();
        }
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.open.len().min(MAX_INDENT) {
            self.out.push_str("  ");
        }
    }

    fn keep(&mut self, from: usize, to: usize) {
        if !self.visible {
            return self.out.push_str(&self.text[from..to]);
        }
        for character in self.text[from..to].chars() {
            visible::push(&mut self.out, character, false);
        }
    }

    fn after_value(&mut self) {
        self.next = if self.open.is_empty() { Next::Nothing } else { Next::CommaOrEnd };
    }
}

fn skip_space(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().iter().skip(from);
    from + rest.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// Behind the closing quote of the string that opens at `from`.
fn string_end(bytes: &[u8], from: usize) -> Result<usize, Option<&'static str>> {
    let mut at = from + 1;
    loop {
        match bytes.get(at) {
            None => return Err(None),
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => {
                at += match bytes.get(at + 1) {
                    None => return Err(None),
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                    Some(b'u') => {
                        let digits = bytes.get(at + 2..at + 6).ok_or(None)?;
                        if !digits.iter().all(u8::is_ascii_hexdigit) {
                            return Err(Some("\\u without four digits"));
                        }
                        6
                    }
                    Some(_) => return Err(Some("an unknown escape in a string")),
                };
            }
            Some(0..0x20) => return Err(Some("a control character in a string")),
            Some(_) => at += 1,
        }
    }
}

/// Behind the last byte that could belong to a number or a name.
fn word_end(bytes: &[u8], from: usize) -> usize {
    let word =
        |byte: &&u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.');
    from + bytes.iter().skip(from).take_while(word).count()
}

/// Whether `word` is a number as RFC 8259, section 6, writes them.
fn is_number(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (word, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}
