//! JSON, indented for reading. It goes over the text once and keeps every number and string as it
//! is written: `1e400` and `12345678901234567890` are not rounded. Not recursive, and bounded in
//! what it gives, whatever the nesting.

use crate::ui::json;
pub use crate::ui::json::{Indented, NotJson};

/// Bytes that are given at most, or a token more; deep nesting would make many of few.
pub const MAX_TEXT: usize = 1024 * 1024;

/// Indents `text`, which is only the beginning of a longer one where `cut` is set, to be seen:
/// what is invisible in it is made visible.
pub fn indent(text: &str, cut: bool) -> Result<Indented, NotJson> {
    json::indent(text, cut, true, MAX_TEXT)
}

/// The same with every character as it is, so that it is still the same JSON.
pub fn indent_as_it_is(text: &str, cut: bool) -> Result<Indented, NotJson> {
    json::indent(text, cut, false, MAX_TEXT)
}
