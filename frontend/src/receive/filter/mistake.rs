//! What is wrong with a filter's text, in words.

use super::MAX_QUERY;
use crate::ui::language::Language;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Characters before the term that is mistaken, or before the quote.
    pub at: usize,
    /// What it is.
    pub kind: Kind,
}

/// What may be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A quote has no other.
    Quote,
    /// Nothing follows this, such as `key:`.
    Value(String),
    /// No number of bytes follows this, such as `size>`.
    Bytes(String),
    /// No number follows this, such as `deliveries>`.
    Number(String),
    /// `header.` without a name.
    Header,
    /// `is:` with something else than `published` or `delivered`.
    Is,
    /// A path that leads nowhere in any JSON.
    Path,
    /// A regular expression is none, in the browser's words.
    Regex(String),
    /// The text is longer than [`MAX_QUERY`].
    Long,
}

impl Mistake {
    /// In words.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let chinese = language == Language::Chinese;
        let needs = |start: &str, what: &str, what_zh: &str, example: &str| {
            if chinese {
                start.to_owned() + " 后面需要" + what_zh + "，例如 " + example
            } else {
                start.to_owned() + " needs " + what + ", as in " + example
            }
        };
        let either = |english: &str, chinese_words: &str| {
            (if chinese { chinese_words } else { english }).to_owned()
        };
        match &self.kind {
            Kind::Quote => either("the quote is not closed", "引号没有闭合"),
            Kind::Value(start) => {
                let example = if start == "key:" { "order.*" } else { "abc" };
                needs(start, "a value", "一个值", &(start.clone() + example))
            }
            Kind::Bytes(start) => {
                needs(start, "a number of bytes", "字节数", &(start.clone() + "1k"))
            }
            Kind::Number(start) => needs(start, "a number", "一个数字", &(start.clone() + "3")),
            Kind::Header => needs("header.", "a name", "名称", "header.x-death"),
            Kind::Is => {
                needs("is:", "published or delivered", " published 或 delivered", "is:published")
            }
            Kind::Path => either(
                "this is no path to a JSON value, such as .items[0].sku",
                "JSON 路径有误，正确的写法如 .items[0].sku",
            ),
            Kind::Regex(words) => either("regular expression: ", "正则表达式有误：") + words,
            Kind::Long => {
                let max = MAX_QUERY.to_string();
                either("the filter is longer than ", "过滤条件太长，最多 ")
                    + &max
                    + if chinese { " 个字符" } else { " characters" }
            }
        }
    }
}
