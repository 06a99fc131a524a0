//! JSON as text that is sent: checked and laid out without ever becoming numbers, so that `1e400`
//! and `12345678901234567890` stay what they are.

pub use crate::ui::json::MAX_INDENT;
use crate::ui::{
    json::{self, NotJson},
    language::Language,
};

/// Says in words why `text` is not JSON, with line and column.
pub fn check(text: &str, language: Language) -> Result<(), String> {
    json::check(text).map_err(|mistake| words(mistake, language))
}

/// The same JSON with one item on each line; every string and number as it is written.
pub fn indent(text: &str) -> Result<String, NotJson> {
    json::indent(text, false, false, usize::MAX).map(|indented| indented.text)
}

/// Why a text is not JSON, as the form says it.
#[must_use]
pub fn words(mistake: NotJson, language: Language) -> String {
    let mut words = match language {
        Language::English => "Not JSON: ",
        Language::Chinese => "不是 JSON：",
    }
    .to_owned();
    words.push_str(&mistake.words(language));
    words
}
