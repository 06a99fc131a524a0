//! The two languages of the page. Every text that a person reads is worded in both of them, in one
//! place, so that the compiler finds the one that is missing.

use crate::ui::{
    case,
    number::{grouped, plural},
};

mod connection;
pub mod detail;
mod modes;
mod moving;
mod receive;
mod replay;
mod saved;
mod selection;
mod send;
mod shared;
mod watch;

/// Texts without arguments: one function for each, in both languages.
macro_rules! texts {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        impl crate::ui::language::Language {
            $(pub(crate) fn $name(self) -> &'static str {
                match self {
                    Self::English => $english,
                    Self::Chinese => $chinese,
                }
            })*
        }
    };
}

/// Texts with arguments, which the literals name in braces.
macro_rules! sentences {
    ($($name:ident($($argument:ident: $type:ty),+): $english:literal, $chinese:literal;)*) => {
        impl crate::ui::language::Language {
            $(pub(crate) fn $name(self, $($argument: $type),+) -> String {
                match self {
                    Self::English => format!($english),
                    Self::Chinese => format!($chinese),
                }
            })*
        }
    };
}

pub(crate) use receive::Counted;
pub(crate) use {sentences, texts};

/// A language of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// 简体中文.
    Chinese,
}

impl Language {
    /// In the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The first of a browser's languages (BCP 47 tags, the preferred one first) that the page has;
    /// English where it has none.
    #[must_use]
    pub fn preferred<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        tags.into_iter().find_map(Self::of_tag).unwrap_or_default()
    }

    /// The language of a BCP 47 tag, such as `zh-Hans-CN`.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// What `<html lang>` says, and what is remembered.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// What it calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "简体中文",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }

    /// `1 message`, `12 messages`; Chinese has one form and the measure word 条.
    #[must_use]
    pub fn messages(self, count: u64) -> String {
        match self {
            Self::English => plural(count, "message", "messages"),
            Self::Chinese => format!("{} 条消息", grouped(count)),
        }
    }
}

/// `the token is wrong` as `The token is wrong.`
#[must_use]
pub fn sentence(words: &str, language: Language) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| case::capital(&letter.to_string()));
    let end = if words.ends_with(['.', '。', '?', '？', '!', '！']) {
        ""
    } else if language == Language::English || words.is_ascii() {
        "."
    } else {
        "。"
    };
    format!("{}{}{end}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_as_its_language_has_it_whatever_it_names() {
        assert_eq!(sentence("queue 订单 is gone", Language::English), "Queue 订单 is gone.");
        assert_eq!(sentence("队列 orders 不存在", Language::Chinese), "队列 orders 不存在。");
        assert_eq!(sentence("socket closed", Language::Chinese), "Socket closed.");
    }

    #[test]
    fn the_browser_s_first_language_that_the_page_has_is_taken() {
        assert_eq!(Language::preferred(["de-DE", "zh-TW", "en"]), Language::Chinese);
        assert_eq!(Language::preferred(["en-GB", "zh"]), Language::English);
        assert_eq!(Language::preferred(["de", ""]), Language::English);
        for language in Language::ALL {
            assert_eq!(Language::of_tag(language.tag()), Some(language));
        }
    }
}
