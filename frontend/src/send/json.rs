//! JSON as text: checked and laid out without ever becoming numbers, so that `1e400` and
//! `12345678901234567890` stay what they are.

use serde::de::IgnoredAny;

/// Nesting beyond this is not indented further: a line of brackets alone would fill the memory.
pub const MAX_INDENT: usize = 64;
const INDENT: &str = "  ";

/// Says in words why `text` is not JSON, with line and column.
pub fn check(text: &str) -> Result<(), String> {
    // IgnoredAny passes numbers over without reading them, and does not recurse.
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(_) if text.trim().is_empty() => Err("Not JSON: it is empty".to_owned()),
        Err(error) => Err(format!("Not JSON: {error}")),
    }
}

/// The same JSON with one item on each line; every string and number as it is written.
pub fn indent(text: &str) -> Result<String, String> {
    check(text)?;
    let mut laid_out = String::with_capacity(text.len() * 2);
    let mut depth: usize = 0;
    let mut rest = text.char_indices().peekable();
    while let Some((start, character)) = rest.next() {
        match character {
            '"' => {
                let mut escaped = false;
                let mut end = text.len();
                for (at, character) in rest.by_ref() {
                    match character {
                        '"' if !escaped => {
                            end = at + 1;
                            break;
                        }
                        '\\' => escaped = !escaped,
                        _ => escaped = false,
                    }
                }
                laid_out.push_str(text.get(start..end).unwrap_or_default());
            }
            '{' | '[' => {
                laid_out.push(character);
                while rest.next_if(|(_, next)| next.is_ascii_whitespace()).is_some() {}
                if let Some((_, close)) = rest.next_if(|(_, next)| matches!(next, '}' | ']')) {
                    laid_out.push(close);
                } else {
                    depth += 1;
                    new_line(&mut laid_out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut laid_out, depth);
                laid_out.push(character);
            }
            ',' => {
                laid_out.push(',');
                new_line(&mut laid_out, depth);
            }
            ':' => laid_out.push_str(": "),
            space if space.is_ascii_whitespace() => {}
            other => laid_out.push(other),
        }
    }
    Ok(laid_out)
}

fn new_line(text: &mut String, depth: usize) {
    text.push('\n');
    for _ in 0..depth.min(MAX_INDENT) {
        text.push_str(INDENT);
    }
}
