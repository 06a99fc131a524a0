//! Where and why a text is not JSON, in words.

use crate::ui::language::Language;

/// Where and why a text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJson {
    /// Bytes before the mistake.
    pub at: usize,
    /// Its line, counted from 1.
    pub line: usize,
    /// Its column in characters, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub why: Why,
}

/// What is wrong in a text that is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is nothing but space.
    Empty,
    /// The text ends too early.
    End,
    /// A value is missing.
    Value,
    /// A value or `]` is missing.
    ValueOrEnd,
    /// A name is missing.
    Key,
    /// A name or `}` is missing.
    KeyOrEnd,
    /// A colon is missing.
    Colon,
    /// A comma or `}` is missing.
    CommaOrBrace,
    /// A comma or `]` is missing.
    CommaOrBracket,
    /// Something follows the value.
    Rest,
    /// A word that is no value.
    Word,
    /// `\u` without four digits.
    Unicode,
    /// An escape that JSON does not have.
    Escape,
    /// A control character in a string.
    Control,
}

impl NotJson {
    /// A mistake behind `at` bytes of `text`.
    #[must_use]
    pub fn new(text: &str, at: usize, why: Why) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        Self { at, line, column, why }
    }

    /// In words, with line and column.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let why = self.why.words(language);
        if self.why == Why::Empty {
            return why.to_owned();
        }
        match language {
            Language::English => format!("{why} in line {}, column {}", self.line, self.column),
            Language::Chinese => format!("第 {} 行第 {} 列：{why}", self.line, self.column),
        }
    }
}

impl Why {
    fn words(self, language: Language) -> &'static str {
        let (english, chinese) = match self {
            Self::Empty => ("it is empty", "内容为空"),
            Self::End => ("the text ends too early", "文本提前结束"),
            Self::Value => ("a value is missing", "缺少值"),
            Self::ValueOrEnd => ("a value or ] is missing", "缺少值或 ]"),
            Self::Key => ("a name in quotes is missing", "缺少带双引号的键"),
            Self::KeyOrEnd => ("a name in quotes or } is missing", "缺少带双引号的键或 }"),
            Self::Colon => ("a colon is missing", "缺少冒号"),
            Self::CommaOrBrace => ("a comma or } is missing", "缺少逗号或 }"),
            Self::CommaOrBracket => ("a comma or ] is missing", "缺少逗号或 ]"),
            Self::Rest => ("something follows the value", "值后面还有多余内容"),
            Self::Word => {
                ("neither a number nor true, false, null", "既不是数字，也不是 true、false 或 null")
            }
            Self::Unicode => ("\\u without four digits", "\\u 后面不是四位十六进制数字"),
            Self::Escape => ("an unknown escape in a string", "字符串中有未知的转义符"),
            Self::Control => ("a control character in a string", "字符串中有控制字符"),
        };
        match language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }
}
