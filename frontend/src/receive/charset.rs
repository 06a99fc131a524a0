//! The charset that a content type names, and what is odd at a text's bytes.

use web_sys::{TextDecodeOptions, TextDecoder, TextDecoderOptions};

use crate::ui::{language::Language, number::grouped};

/// The charset that `content_type` names, in lower case; none where that is UTF-8, or ASCII, which
/// is a part of it.
#[must_use]
pub fn named(content_type: &str) -> Option<String> {
    let (_, mut rest) = content_type.split_once(';')?;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let mut value = String::new();
        // Up to the next parameter; a semicolon may stand in quotes.
        let (mut quoted, mut escaped, mut end) = (false, false, after.len());
        for (at, character) in after.char_indices() {
            match character {
                _ if escaped => (escaped, _) = (false, value.push(character)),
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                ';' if !quoted => {
                    end = at;
                    break;
                }
                other => value.push(other),
            }
        }
        // What a parameter without a value leaves before the name.
        let name = name.rsplit(';').next().unwrap_or_default();
        if name.trim().eq_ignore_ascii_case("charset") {
            let label = value.trim().to_ascii_lowercase();
            let utf8 = matches!(label.as_str(), "" | "utf-8" | "utf8" | "us-ascii" | "ascii");
            return (!utf8).then_some(label);
        }
        rest = after.get(end + 1..)?;
    }
}

/// Why a body is no text of the charset that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// The browser does not know the charset.
    Unknown(String),
    /// The bytes are not of this charset.
    Broken(String),
}

impl Mistake {
    /// In words. The charset's name is as the sender wrote it.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match (self, language) {
            (Self::Unknown(label), Language::English) => {
                format!("The browser does not know the charset {label}.")
            }
            (Self::Unknown(label), Language::Chinese) => format!("浏览器不支持字符集 {label}。"),
            (Self::Broken(label), Language::English) => {
                format!("This body is not text in the charset {label}.")
            }
            (Self::Broken(label), Language::Chinese) => {
                format!("消息体不是字符集 {label} 的文本。")
            }
        }
    }
}

/// `bytes` as text of the charset `label`, by the browser; they are only the beginning of more
/// where `cut` is set, and may then end within a character.
pub fn decode(label: &str, bytes: &[u8], cut: bool) -> Result<String, Mistake> {
    let (fatal, stream) = (TextDecoderOptions::new(), TextDecodeOptions::new());
    fatal.set_fatal(true);
    stream.set_stream(cut);
    let shown = || crate::ui::visible::line(label, 40);
    let decoder = TextDecoder::new_with_label_and_options(label, &fatal)
        .map_err(|_| Mistake::Unknown(shown()))?;
    decoder.decode_with_u8_array_and_options(bytes, &stream).map_err(|_| Mistake::Broken(shown()))
}

/// Something in the bytes of a text that its look does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// It begins with the byte order mark of UTF-8.
    Utf8Mark,
    /// It begins with the byte order mark of UTF-16, the low byte first.
    Utf16LittleMark,
    /// It begins with the byte order mark of UTF-16, the high byte first.
    Utf16BigMark,
    /// So many bytes are 0.
    Nul(usize),
}

impl Oddity {
    /// In words.
    #[must_use]
    pub fn words(self, language: Language) -> String {
        let (english, chinese) = match self {
            Self::Utf8Mark => ("UTF-8", "UTF-8 "),
            Self::Utf16LittleMark => ("UTF-16 little-endian", "UTF-16 小端"),
            Self::Utf16BigMark => ("UTF-16 big-endian", "UTF-16 大端"),
            Self::Nul(count) => {
                let count_shown = grouped(count as u64);
                return match language {
                    Language::English if count == 1 => "It has 1 NUL byte.".to_owned(),
                    Language::English => format!("It has {count_shown} NUL bytes."),
                    Language::Chinese => format!("含有 {count_shown} 个 NUL 字节。"),
                };
            }
        };
        match language {
            Language::English => format!("It begins with a {english} byte order mark (BOM)."),
            Language::Chinese => format!("开头有 {chinese}字节顺序标记（BOM）。"),
        }
    }
}

/// What is odd at the bytes of a text. Of bytes that are no text it says little.
#[must_use]
pub fn named_oddities(bytes: &[u8]) -> Vec<Oddity> {
    let mark = match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some(Oddity::Utf8Mark),
        [0xff, 0xfe, ..] => Some(Oddity::Utf16LittleMark),
        [0xfe, 0xff, ..] => Some(Oddity::Utf16BigMark),
        _ => None,
    };
    let nul = bytes.iter().filter(|byte| **byte == 0).count();
    mark.into_iter().chain((nul > 0).then_some(Oddity::Nul(nul))).collect()
}
