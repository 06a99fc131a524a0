//! What the cells of a row show: JSON in colours, and the columns that the user has added.

use yew::prelude::*;

use crate::receive::{filter::json_path::value_at, inbox::Message, message_details::header_text};

/// Characters of a cell that are shown at most.
const MAX_CELL: usize = 120;

/// A line of JSON in colours; any other text as it is.
pub(super) fn coloured(line: &str) -> Html {
    if !line.starts_with(['{', '[']) {
        return html! { line.to_owned() };
    }
    let mut spans = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (length, class) = match first {
            '"' => {
                let length = string_length(rest);
                let is_key = rest[length..].trim_start().starts_with(':');
                (length, if is_key { "json-key" } else { "json-string" })
            }
            '-' | '0'..='9' | 't' | 'f' | 'n' => {
                let word =
                    |letter: char| !(letter.is_ascii_alphanumeric() || "+-.".contains(letter));
                (rest.find(word).unwrap_or(rest.len()).max(1), "json-number")
            }
            _ => {
                let plain = |letter: char| {
                    letter == '"'
                        || letter == '-'
                        || letter.is_ascii_digit()
                        || "tfn".contains(letter)
                };
                let end = rest[first.len_utf8()..].find(plain);
                (end.map_or(rest.len(), |end| end + first.len_utf8()), "")
            }
        };
        let (token, after) = rest.split_at(length);
        spans.push(match class {
            "" => html! { token.to_owned() },
            class => html! { <span {class}>{token.to_owned()}</span> },
        });
        rest = after;
    }
    spans.into_iter().collect()
}

/// The bytes of the string at the beginning of `text`, its quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// With which routing keys a message was published.
pub(super) fn keys(message: &Message) -> String {
    message.routing_keys().collect::<Vec<_>>().join(" ")
}

/// What a message has in a column of the user's own; empty where it has nothing.
pub(super) fn own(message: &Message, term: &str) -> String {
    let text = match term.strip_prefix("header.") {
        Some(name) => message.header(name).map(|value| header_text(value).into_owned()),
        None => message
            .body
            .as_text()
            .and_then(|body| value_at(body, term))
            .map(|found| found.into_owned()),
    };
    crate::ui::visible::line(&text.unwrap_or_default(), MAX_CELL)
}
