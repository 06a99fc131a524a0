//! JSON with one item on each line.

use super::{Kind, NotJson, Token, Tokens};
use crate::ui::visible;

/// Levels that are indented further; deeper ones stay at this one's place.
pub const MAX_INDENT: usize = 40;

/// Indented JSON.
#[derive(Debug, PartialEq, Eq)]
pub struct Indented {
    /// The text.
    pub text: String,
    /// Bytes of the input that it stands for.
    pub read: usize,
}

/// One item on each line, of not many more than `max` bytes. `text` is only the beginning of a
/// longer one where `cut` is set; what is invisible in it is made visible where `visible` is set,
/// and else it stays the same JSON.
pub fn indent(text: &str, cut: bool, visible: bool, max: usize) -> Result<Indented, NotJson> {
    let mut tokens = Tokens::new(text, cut);
    let mut out = String::new();
    // What stands before the token: a bracket, a comma, or something else.
    let mut before = Kind::Literal;
    while let Some(Token { kind, from, to }) = tokens.token()? {
        if out.len() >= max {
            return Ok(Indented { text: out, read: from });
        }
        let opened = before == Kind::Open;
        if (opened && kind != Kind::Close)
            || before == Kind::Comma
            || (!opened && kind == Kind::Close)
        {
            let depth = tokens.depth() - usize::from(kind == Kind::Open);
            out.push('\n');
            push_indent(&mut out, depth);
        }
        push(&mut out, &text[from..to], visible);
        if kind == Kind::Colon {
            out.push(' ');
        }
        before = kind;
    }
    Ok(Indented { text: out, read: tokens.read() })
}

/// Adds the space before a line that is so deep.
pub fn push_indent(out: &mut String, depth: usize) {
    for _ in 0..depth.min(MAX_INDENT) {
        out.push_str("  ");
    }
}

/// Adds `token`, with what is invisible in it made visible where `visible` is set.
pub fn push(out: &mut String, token: &str, visible: bool) {
    if !visible {
        return out.push_str(token);
    }
    for character in token.chars() {
        visible::push(out, character, false);
    }
}
