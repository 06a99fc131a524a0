//! A value in JSON, found by its path such as `.items[0].sku`, without reading the JSON further than
//! needed. Not recursive, whatever the nesting. What is found is as it is written: a number is
//! not rounded.
//!
//! Odd names stand in quotes, as in `."a b"` or `["a b"]`, with a backslash before `"` and `\`. `.`
//! alone leads to all of it.

use std::borrow::Cow;

use crate::ui::json;

/// One step down.
enum Step {
    Name(String),
    Index(usize),
}

/// Whether a term that begins so is a path.
pub(super) fn begins(term: &str) -> bool {
    term.strip_prefix('.').is_some_and(|rest| {
        let name = |first: char| {
            !first.is_ascii() || first.is_ascii_alphabetic() || "_$[\"".contains(first)
        };
        rest.starts_with(name) || rest.starts_with(['=', '<', '>']) || rest.starts_with("!=")
    })
}

/// Whether `path` leads somewhere in some JSON.
#[must_use]
pub fn is_path(path: &str) -> bool {
    steps(path).is_some()
}

/// Adds the step to the member `name` to a path.
pub fn push_name(path: &mut String, name: &str) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_$".contains(&byte);
    path.push('.');
    if name.bytes().all(plain) && name.starts_with(|first: char| !first.is_ascii_digit()) {
        return path.push_str(name);
    }
    path.push('"');
    for character in name.chars() {
        let (escape, character) = match character {
            '"' | '\\' => (true, character),
            '\n' => (true, 'n'),
            '\r' => (true, 'r'),
            _ => (false, character),
        };
        if escape {
            path.push('\\');
        }
        path.push(character);
    }
    path.push('"');
}

/// The value in the JSON `text` to which `path` leads: as it is written, a string without its
/// quotes and escapes. `text` need not be complete behind it. Of members of one name, it is the
/// first.
#[must_use]
pub fn value_at<'a>(text: &'a str, path: &str) -> Option<Cow<'a, str>> {
    let bytes = text.as_bytes();
    let mut at = skip_space(bytes, 0);
    let steps = steps(path)?;
    for step in &steps {
        at = enter(text, at, step)?;
    }
    let end = value_end(bytes, at)?;
    // What stands within something has an end, else it may be cut.
    if !steps.is_empty() {
        bytes.get(end)?;
    }
    let value = text.get(at..end)?;
    Some(if value.starts_with('"') { json::unescape(value) } else { value.into() })
}

fn steps(path: &str) -> Option<Vec<Step>> {
    if path == "." {
        return Some(Vec::new());
    }
    let (mut steps, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        let dotted = rest.strip_prefix('.');
        let inner = dotted.unwrap_or(rest);
        if let Some(inner) = inner.strip_prefix('[') {
            let (step, after) = if inner.starts_with('"') {
                let (name, after) = quoted(inner)?;
                (Step::Name(name), after.strip_prefix(']')?)
            } else {
                let (index, after) = inner.split_once(']')?;
                (Step::Index(index.parse().ok()?), after)
            };
            steps.push(step);
            rest = after;
        } else if inner.starts_with('"') && dotted.is_some() {
            let (name, after) = quoted(inner)?;
            steps.push(Step::Name(name));
            rest = after;
        } else {
            dotted?;
            let end = inner.find(['.', '[', '"']).unwrap_or(inner.len());
            let (name, after) = inner.split_at_checked(end).filter(|_| end > 0)?;
            steps.push(Step::Name(name.to_owned()));
            rest = after;
        }
    }
    (!steps.is_empty()).then_some(steps)
}

/// The name in quotes at the beginning, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut characters = text.strip_prefix('"')?.chars();
    loop {
        match characters.next()? {
            '"' => return Some((name, characters.as_str())),
            '\\' => name.push(match characters.next()? {
                'n' => '\n',
                'r' => '\r',
                other => other,
            }),
            other => name.push(other),
        }
    }
}

/// Where the value begins to which one step leads from the value at `at`.
fn enter(text: &str, at: usize, step: &Step) -> Option<usize> {
    let bytes = text.as_bytes();
    let open = if matches!(step, Step::Name(_)) { b'{' } else { b'[' };
    if *bytes.get(at)? != open {
        return None;
    }
    let (mut at, mut count) = (skip_space(bytes, at + 1), 0);
    loop {
        let found = match step {
            Step::Name(wanted) => {
                let end = string_end(bytes, at)?;
                let name = text.get(at..end)?;
                let colon = skip_space(bytes, end);
                if *bytes.get(colon)? != b':' {
                    return None;
                }
                at = skip_space(bytes, colon + 1);
                json::unescape(name) == wanted.as_str()
            }
            Step::Index(index) => count == *index,
        };
        if found {
            return Some(at);
        }
        at = skip_space(bytes, value_end(bytes, at)?);
        if *bytes.get(at)? != b',' {
            return None;
        }
        at = skip_space(bytes, at + 1);
        count += 1;
    }
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.iter().skip(from);
    from + rest.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// Behind the string that opens at `at`, if one does.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    if *bytes.get(at)? != b'"' {
        return None;
    }
    loop {
        at += 1;
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 1,
            _ => {}
        }
    }
}

/// Behind the value at `at`, if there is one.
fn value_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let start = at;
    let mut depth = 0_usize;
    loop {
        match bytes.get(at) {
            Some(b'"') => at = string_end(bytes, at)?,
            Some(b'{' | b'[') => {
                depth += 1;
                at += 1;
                continue;
            }
            Some(b'}' | b']') if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            Some(_) if depth > 0 => {
                at += 1;
                continue;
            }
            None if depth > 0 => return None,
            _ => {
                let word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                at += bytes.iter().skip(at).take_while(word).count();
            }
        }
        if depth == 0 {
            return (at > start).then_some(at);
        }
    }
}
