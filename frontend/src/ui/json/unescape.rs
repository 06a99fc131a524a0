//! What a string in JSON stands for.

use std::borrow::Cow;

/// What the string `token` stands for, which has its quotes; half of a surrogate pair alone
/// becomes U+FFFD.
#[must_use]
pub fn unescape(token: &str) -> Cow<'_, str> {
    let inner = token.get(1..token.len().saturating_sub(1)).unwrap_or_default();
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut length = 1;
        text.push(match escape.as_bytes().first() {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                length = 5;
                let unit = |at| {
                    escape.get(at..at + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok())
                };
                let mut code = unit(1);
                if let (Some(high @ 0xd800..0xdc00), Some("\\u")) = (code, escape.get(5..7))
                    && let Some(low @ 0xdc00..0xe000) = unit(7)
                {
                    code = Some(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                    length = 11;
                }
                code.and_then(char::from_u32).unwrap_or('\u{fffd}')
            }
            // A quote, a slash, a backslash: ASCII as the reader has checked.
            Some(other) => char::from(*other),
            None => '\\',
        });
        rest = escape.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    Cow::Owned(text)
}
