//! All headers at once as JSON, in the protocol's `$type` notation ([`FieldValue`]), so that every
//! type of AMQP can be written.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use warren_protocol::{
    FieldTable, FieldValue, HeaderError, MAX_HEADER_DEPTH, limits::MAX_SHORT_STRING_BYTES,
};

use crate::{
    send::json,
    ui::{
        json::{Kind, NotJson, Token, Tokens, Why, read as read_json, unescape},
        language::Language,
    },
};

/// The headers as JSON, one on each line.
pub(super) fn written(table: Option<FieldTable>) -> String {
    let map = Map::from(table.unwrap_or_default());
    let lines = map.into_iter().map(|(name, value)| format!("\n  {}: {value}", Value::from(name)));
    let lines: Vec<String> = lines.collect();
    let end = if lines.is_empty() { "" } else { "\n" };
    format!("{{{}{end}}}", lines.join(","))
}

/// The headers that `text` names, or what is wrong where. Nothing but space is no header.
pub(super) fn read(text: &str, language: Language) -> Result<Option<FieldTable>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    // First, since a mistake of JSON makes everything behind it a riddle.
    json::check(text, language)?;
    let mut table = BTreeMap::new();
    let not_json = |mistake| json::words(mistake, language);
    let mut tokens = Tokens::new(text, false);
    let first = tokens.token().map_err(not_json)?;
    if first.is_none_or(|first| &text[first.from..first.to] != "{") {
        return Err(language.headers_no_object().to_owned());
    }
    while let Some(token) = tokens.token().map_err(not_json)? {
        if token.kind != Kind::Key {
            continue;
        }
        let key = unescape(&text[token.from..token.to]);
        let wrong = |at: usize, why: &str| {
            let NotJson { line, column, .. } = NotJson::new(text, at, Why::Value);
            language.header_wrong_at(&key, line, column, why)
        };
        if key.is_empty() {
            return Err(wrong(token.from, language.name_missing()));
        }
        if key.len() > MAX_SHORT_STRING_BYTES {
            return Err(wrong(token.from, language.too_long()));
        }
        if table.contains_key(&*key) {
            return Err(wrong(token.from, language.header_twice()));
        }
        let value = value_span(&mut tokens).map_err(not_json)?;
        let value =
            value_of(text, &value).map_err(|(at, error)| wrong(at, &words(&error, language)))?;
        table.insert(key.into_owned(), value);
    }
    Ok((!table.is_empty()).then_some(FieldTable(table)))
}

/// The tokens of the value that follows a name.
fn value_span(tokens: &mut Tokens<'_>) -> Result<Vec<Token>, NotJson> {
    let depth = tokens.depth();
    let mut span = Vec::new();
    while let Some(token) = tokens.token()? {
        if token.kind == Kind::Colon && span.is_empty() {
            continue;
        }
        span.push(token);
        if tokens.depth() <= depth {
            break;
        }
    }
    Ok(span)
}

/// The value that these tokens make, or where which mistake is in them.
fn value_of(text: &str, tokens: &[Token]) -> Result<FieldValue, (usize, HeaderError)> {
    let Some((first, last)) = tokens.first().zip(tokens.last()) else {
        return Ok(FieldValue::Void);
    };
    for token in tokens.iter().filter(|token| token.kind == Kind::Number) {
        let digits = &text[token.from..token.to];
        // It would become a double, and another number.
        let whole = !digits.contains(['.', 'e', 'E']);
        if whole && digits.parse::<i64>().is_err() && digits.parse::<u64>().is_err() {
            return Err((token.from, HeaderError::TooLarge(digits.to_owned())));
        }
        if !whole && read_json::<Value>(digits).is_err() {
            return Err((token.from, HeaderError::BadValue("double")));
        }
    }
    let value: Value = read_json(&text[first.from..last.to]).map_err(|_| {
        // It reads all JSON but what is nested deeper than headers may be, and half a surrogate pair.
        let opens = tokens.iter().filter(|token| token.kind == Kind::Open).count();
        let deep = opens > MAX_HEADER_DEPTH;
        (first.from, if deep { HeaderError::TooDeep } else { HeaderError::BadValue("Unicode") })
    })?;
    let mut map = Map::new();
    map.insert(String::new(), value);
    let table = FieldTable::try_from(map).map_err(|error| (place(text, tokens, &error), error))?;
    match table.0.into_values().next() {
        Some(value) if has_too_deep(&value) => Err((first.from, HeaderError::TooDeep)),
        Some(value) => Ok(value),
        None => Ok(FieldValue::Void),
    }
}

/// Where the mistake is: at the `$type` that it is about where there is just one such, else at the
/// value's beginning.
fn place(text: &str, tokens: &[Token], error: &HeaderError) -> usize {
    let named = match error {
        HeaderError::UnknownType(name) => name.as_str(),
        HeaderError::BadValue(name) => name,
        HeaderError::TooLarge(digits) => digits,
        HeaderError::TooDeep => "",
    };
    let mut places = tokens.iter().filter(|token| {
        let written = &text[token.from..token.to];
        match token.kind {
            Kind::String => unescape(written) == named,
            Kind::Number => written == named,
            _ => false,
        }
    });
    let first = tokens.first().map_or(0, |first| first.from);
    match (places.next(), places.next()) {
        (Some(place), None) => place.from,
        _ => first,
    }
}

/// What stands for a deeper value cannot be published.
fn has_too_deep(value: &FieldValue) -> bool {
    match value {
        FieldValue::TooDeep => true,
        FieldValue::Array(values) => values.iter().any(has_too_deep),
        FieldValue::Table(table) => table.0.values().any(has_too_deep),
        _ => false,
    }
}

fn words(error: &HeaderError, language: Language) -> String {
    match error {
        HeaderError::UnknownType(name) => language.header_type_unknown(name),
        HeaderError::BadValue(name) => language.header_value_is_no(name),
        HeaderError::TooLarge(digits) => language.header_number_too_large(digits),
        HeaderError::TooDeep => language.headers_too_deep(MAX_HEADER_DEPTH),
    }
}
