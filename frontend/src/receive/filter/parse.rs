//! A filter's text, read.

use super::{
    MAX_QUERY, Matcher, Mistake, json_path,
    mistake::Kind,
    pattern::{Part, Pattern},
    split::{Raw, escaped, negation, regex, split},
    term::{Compare, Field, Flag, Operator, Term, Test, number},
    text::Text,
};

/// What `is:` asks for.
const KINDS: [&str; 2] = ["published", "delivered"];

type Compile<'a> = &'a dyn Fn(&str, bool) -> Result<Matcher, String>;

/// The terms of a text. What is quickly looked at comes first.
pub(super) fn terms(text: &str, compile: Compile<'_>) -> Result<Vec<Term>, Mistake> {
    if text.chars().nth(MAX_QUERY).is_some() {
        return Err(Mistake { at: MAX_QUERY, kind: Kind::Long });
    }
    let mistake =
        |at: usize, kind| Mistake { at: text.get(..at).unwrap_or_default().chars().count(), kind };
    let (raw, open) = split(text);
    if let Some(at) = open {
        return Err(mistake(at, Kind::Quote));
    }
    let mut terms: Vec<Term> = Vec::new();
    for Raw { at, text } in raw {
        let (negated, bare) = negation(text);
        let test = test(bare, compile).map_err(|kind| mistake(at, kind))?;
        let term = Term { negated, test };
        let before = terms.iter().take_while(|other| other.cost() <= term.cost()).count();
        terms.insert(before, term);
    }
    Ok(terms)
}

fn test(term: &str, compile: Compile<'_>) -> Result<Test, Kind> {
    if let Some((pattern, ignore_case, _)) = regex(term) {
        return compile(pattern, ignore_case).map(Test::Regex).map_err(Kind::Regex);
    }
    if term.starts_with('"') {
        return Ok(Test::Text(Text::new(&written(term))));
    }
    if let Some((field, rest)) = Field::of_term(term) {
        return property(field, rest, term);
    }
    if json_path::begins(term) {
        let (path, compare) = comparison(term, term)?;
        if !json_path::is_path(path) {
            return Err(Kind::Path);
        }
        return Ok(Test::Value(Field::Json(path.to_owned()), compare));
    }
    let flag = match term {
        "redelivered" => Flag::Redelivered,
        "duplicate" => Flag::Duplicate,
        "binary" => Flag::Binary,
        "yours" => Flag::Yours,
        _ => return count(term),
    };
    Ok(Test::Flag(flag))
}

/// A number that is compared, or a text.
fn count(term: &str) -> Result<Test, Kind> {
    let bytes = term.strip_prefix("size");
    let count = bytes.or_else(|| term.strip_prefix("deliveries"));
    let Some((operator, value)) = count.and_then(operator) else {
        return Ok(Test::Text(Text::new(term)));
    };
    let number = if bytes.is_some() { size(value) } else { number(value) };
    match (bytes, number) {
        (Some(_), Some(number)) => Ok(Test::Size(Compare::Number(operator, number))),
        (None, Some(number)) => Ok(Test::Deliveries(Compare::Number(operator, number))),
        (Some(_), None) => Err(Kind::Bytes(before(term, value))),
        (None, None) => Err(Kind::Number(before(term, value))),
    }
}

/// What stands before the value of a term.
fn before(term: &str, value: &str) -> String {
    term.strip_suffix(value).unwrap_or(term).to_owned()
}

/// `rest` is what follows the prefix of `term`.
fn property(field: Field, rest: &str, term: &str) -> Result<Test, Kind> {
    if matches!(field, Field::Header(_)) {
        let (name, compare) = comparison(rest, term)?;
        if name.is_empty() {
            return Err(Kind::Header);
        }
        return Ok(Test::Value(Field::Header(written(name)), compare));
    }
    if field == Field::Is && !KINDS.contains(&written(rest).as_str()) {
        return Err(Kind::Is);
    }
    if rest.is_empty() {
        return Err(Kind::Value(term.to_owned()));
    }
    let pattern = Pattern::new(&parts(rest), field == Field::Key);
    Ok(Test::Value(field, Some(Compare::Like(pattern, true))))
}

/// What is before the first operator outside of quotes, and with what it compares. `rest` is the
/// end of `term`.
fn comparison<'a>(rest: &'a str, term: &str) -> Result<(&'a str, Option<Compare>), Kind> {
    let (mut quoted, mut escape) = (false, false);
    let found = rest.char_indices().find_map(|(at, character)| {
        let (name, from) = rest.split_at_checked(at)?;
        quoted ^= character == '"' && !escape;
        escape = character == '\\' && !escape;
        let (operator, value) = operator(from).filter(|_| !quoted)?;
        Some((name, operator, value))
    });
    let Some((name, operator, value)) = found else { return Ok((rest, None)) };
    let compare = match operator {
        Operator::Equal | Operator::Unequal => {
            if value.is_empty() {
                return Err(Kind::Value(before(term, value)));
            }
            Compare::Like(Pattern::new(&parts(value), false), operator == Operator::Equal)
        }
        _ => Compare::Number(
            operator,
            number(value).ok_or_else(|| Kind::Number(before(term, value)))?,
        ),
    };
    Ok((name, Some(compare)))
}

/// The operator at the beginning, and what follows it.
fn operator(text: &str) -> Option<(Operator, &str)> {
    [
        ("!=", Operator::Unequal),
        (">=", Operator::AtLeast),
        ("<=", Operator::AtMost),
        ("=", Operator::Equal),
        (">", Operator::Greater),
        ("<", Operator::Less),
    ]
    .into_iter()
    .find_map(|(sign, operator)| text.strip_prefix(sign).map(|rest| (operator, rest)))
}

/// A number of bytes, such as `1.5MiB`.
fn size(text: &str) -> Option<f64> {
    let end = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end)?;
    let unit = unit.to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let factor = match unit {
        "" => 1.0,
        "k" | "ki" => 1024.0,
        "m" | "mi" => 1024.0 * 1024.0,
        "g" | "gi" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number(digits)? * factor)
}

/// What was written, without its quotes and backslashes.
fn parts(raw: &str) -> Vec<Part> {
    let (mut parts, mut quoted) = (Vec::new(), false);
    let bytes = raw.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = escaped(bytes.get(at + 1), quoted).filter(|_| *byte == b'\\');
        at += 1 + usize::from(escaped.is_some());
        match (escaped, byte) {
            (Some(byte), _) => parts.push(Part::Byte(byte)),
            (None, b'"') => quoted = !quoted,
            (None, b'*') => parts.push(Part::Any),
            (None, b'#') => parts.push(Part::Words),
            (None, byte) => parts.push(Part::Byte(*byte)),
        }
    }
    parts
}

/// The same as a text.
fn written(raw: &str) -> String {
    let byte = |part| match part {
        Part::Byte(byte) => byte,
        Part::Any => b'*',
        Part::Words => b'#',
    };
    let bytes = parts(raw).into_iter().map(byte).collect();
    String::from_utf8(bytes).unwrap_or_default()
}
