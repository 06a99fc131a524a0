//! Terms that are written for somebody who clicks on a value.

use super::split::{negation, split};

pub use super::term::Field;

/// Characters of a value that a term names; a longer value is found by its beginning.
pub const MAX_VALUE: usize = 1_000;

/// The term that holds for the messages with exactly this value, or without it. A JSON path is
/// taken as it is: odd names in it have to be in quotes.
#[must_use]
pub fn term_for(field: Field, value: &str, negated: bool) -> String {
    let mut term = String::from(if negated { "-" } else { "" });
    term.push_str(field.prefix());
    let name = match &field {
        Field::Header(name) => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            write(&mut term, name, !name.is_empty() && name.bytes().all(plain));
            true
        }
        Field::Json(path) => {
            term.push_str(path);
            true
        }
        _ => false,
    };
    if name {
        term.push('=');
    }
    let (value, cut) = match value.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => (value.get(..end).unwrap_or_default(), "*"),
        None => (value, ""),
    };
    let spaces = |character: char| character == '"' || character.is_whitespace();
    write(&mut term, value, !value.is_empty() && !value.contains(spaces));
    term + cut
}

/// Adds a value, in quotes unless it is `plain`.
fn write(term: &mut String, value: &str, plain: bool) {
    let quote = if plain { "" } else { "\"" };
    term.push_str(quote);
    for character in value.chars() {
        let (backslash, character) = match character {
            '*' | '#' | '"' | '\\' => (true, character),
            '\n' => (true, 'n'),
            '\r' => (true, 'r'),
            _ => (false, character),
        };
        if backslash {
            term.push('\\');
        }
        term.push(character);
    }
    term.push_str(quote);
}

/// A filter's text with one term more; it takes the place of the same term and of its negation.
#[must_use]
pub fn with_term(text: &str, term: &str) -> String {
    let (_, bare) = negation(term);
    let (terms, _) = split(text);
    match terms.iter().find(|raw| negation(raw.text).1 == bare) {
        Some(raw) => {
            let before = text.get(..raw.at).unwrap_or_default();
            let after = text.get(raw.at + raw.text.len()..).unwrap_or_default();
            before.to_owned() + term + after
        }
        None if terms.is_empty() => term.to_owned(),
        None => {
            let added = text.trim_end().to_owned() + " " + term;
            // Behind a quote that is not closed, or a slash, it may be a part of what is there.
            let (terms, open) = split(&added);
            if open.is_none() && terms.last().is_some_and(|last| last.text == term) {
                added
            } else {
                term.to_owned() + " " + text
            }
        }
    }
}
