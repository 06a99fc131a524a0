//! A filter's text, cut into terms.

use super::{json_path, term::Field};

/// A term as it was written, and the bytes before it.
pub(super) struct Raw<'a> {
    pub(super) at: usize,
    pub(super) text: &'a str,
}

/// The terms of a text, and the place of a quote that is not closed; the last term goes on to the
/// end then.
pub(super) fn split(text: &str) -> (Vec<Raw<'_>>, Option<usize>) {
    let (mut terms, mut at) = (Vec::new(), 0);
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.is_empty() {
            return (terms, None);
        }
        let (_, bare) = negation(trimmed);
        let start = trimmed.len() - bare.len();
        let (end, open) = match term_end(bare) {
            Ok(end) => (start + end, None),
            Err(quote) => (trimmed.len(), Some(at + start + quote)),
        };
        let (term, _) = trimmed.split_at_checked(end).unwrap_or((trimmed, ""));
        terms.push(Raw { at, text: term });
        if open.is_some() {
            return (terms, open);
        }
        at += term.len();
    }
}

/// Whether a term is negated, and the term itself. A `-` alone is a text.
pub(super) fn negation(term: &str) -> (bool, &str) {
    match term.strip_prefix('-') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(char::is_whitespace) => (true, rest),
        _ => (false, term),
    }
}

/// The pattern of the regular expression at the beginning of `term`, whether its case matters not,
/// and where it ends: at a slash behind which the term ends, so that a path is none.
pub(super) fn regex(term: &str) -> Option<(&str, bool, usize)> {
    let rest = term.strip_prefix('/')?;
    let mut at = 0;
    loop {
        match rest.as_bytes().get(at)? {
            b'\\' => at += 1,
            b'/' if at > 0 => {
                let (pattern, after) = rest.split_at_checked(at)?;
                let after = after.get(1..)?;
                let flagged = after.strip_prefix('i');
                let after = flagged.unwrap_or(after);
                if after.chars().next().is_none_or(char::is_whitespace) {
                    return Some((pattern, flagged.is_some(), term.len() - after.len()));
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// What a backslash before `next` makes of it.
pub(super) fn escaped(next: Option<&u8>, quoted: bool) -> Option<u8> {
    match next? {
        next @ (b'*' | b'#' | b'"' | b'\\') => Some(*next),
        b'n' if quoted => Some(b'\n'),
        b'r' if quoted => Some(b'\r'),
        _ => None,
    }
}

/// Where the term at the beginning of `term` ends, or the quote that is not closed.
fn term_end(term: &str) -> Result<usize, usize> {
    if let Some((_, _, end)) = regex(term) {
        return Ok(end);
    }
    let text = term.starts_with('"');
    // In a text, such as a piece of JSON, a quote is one.
    let quotes = text || json_path::begins(term) || Field::of_term(term).is_some();
    let mut quote = None;
    let mut characters = term.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if quotes && escaped(term.as_bytes().get(at + 1), quote.is_some()).is_some() => {
                characters.next();
            }
            '"' if quotes => {
                quote = if quote.is_none() { Some(at) } else { None };
                if text && quote.is_none() {
                    return Ok(at + 1);
                }
            }
            space if quote.is_none() && space.is_whitespace() => return Ok(at),
            _ => {}
        }
    }
    quote.map_or(Ok(term.len()), Err)
}
