//! MessagePack and CBOR (RFC 8949) as JSON text, exact: integers of 64 bits as digits, bytes as
//! `{"$bytes": "base64"}`, tags as `{"$tag": n, "value": …}`, extensions as
//! `{"$ext": type, "data": "base64"}`, what is no finite number as `{"$double": "NaN"}`, and a key
//! that is no string as its JSON text in quotes. Bounded, and not recursive.

mod read;
mod write;

use read::Reader;
use write::Writer;

use crate::ui::language::Language;

/// Bytes of JSON that are given at most.
pub const MAX_TEXT: usize = 1024 * 1024;
/// How deep it may be nested.
pub const MAX_DEPTH: usize = 1_000;
/// A body that does not say what it is is looked into up to this size.
const MAX_GUESSED: usize = 1024 * 1024;

/// A binary format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// MessagePack.
    MessagePack,
    /// CBOR.
    Cbor,
}

impl Format {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MessagePack => "MessagePack",
            Self::Cbor => "CBOR",
        }
    }
}

/// A body as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// JSON on one line.
    pub json: String,
    /// Whether it is only the beginning.
    pub cut: bool,
}

/// Why a body is not of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mistake {
    /// The format.
    pub format: Format,
    /// Bytes before the mistake.
    pub at: usize,
    /// What is wrong there.
    pub why: Why,
}

/// What is wrong in a binary body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It ends too early.
    End,
    /// A byte that the format does not allow there.
    Byte,
    /// Something follows the value.
    Rest,
    /// Nested deeper than [`MAX_DEPTH`].
    Deep,
}

impl Mistake {
    /// In words.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let (english, chinese) = match self.why {
            Why::End => ("the data end too early", "数据提前结束"),
            Why::Byte => ("a byte is out of place", "有不合格式的字节"),
            Why::Rest => ("something follows the value", "值后面还有多余数据"),
            Why::Deep => ("it is nested too deep", "嵌套过深"),
        };
        let (format, at) = (self.format.name(), self.at);
        match language {
            Language::English => format!("Not {format}: {english} at byte {at}."),
            Language::Chinese => format!("不是 {format}：偏移 {at} 字节处：{chinese}。"),
        }
    }
}

/// The format of a body, by its content type; of one that does not say, or says only that it is
/// bytes, by the bytes, if all of them are one map or array.
#[must_use]
pub fn detect(content_type: Option<&str>, bytes: &[u8]) -> Option<Format> {
    let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    let subtype = kind.rsplit(['/', '+']).next().unwrap_or_default();
    let subtype = subtype.trim_start_matches("x-").trim_start_matches("vnd.");
    match subtype {
        "msgpack" | "messagepack" => return Some(Format::MessagePack),
        "cbor" => return Some(Format::Cbor),
        "" | "octet-stream" if bytes.len() <= MAX_GUESSED => {}
        _ => return None,
    }
    let first = *bytes.first()?;
    let packed = matches!(first, 0x80..=0x9f | 0xdc..=0xdf);
    // 55799 is the tag that only says that it is CBOR (section 3.4.6).
    let cbor = matches!(first, 0x80..=0xbf) || bytes.starts_with(&[0xd9, 0xd9, 0xf7]);
    let is = |format| decode_up_to(format, bytes, 0).is_ok();
    if packed && is(Format::MessagePack) {
        Some(Format::MessagePack)
    } else {
        (cbor && is(Format::Cbor)).then_some(Format::Cbor)
    }
}

/// The body as JSON; all of its bytes must be one value.
pub fn decode(format: Format, bytes: &[u8]) -> Result<Decoded, Mistake> {
    decode_up_to(format, bytes, MAX_TEXT)
}

fn decode_up_to(format: Format, bytes: &[u8], max: usize) -> Result<Decoded, Mistake> {
    let mut reader = Reader::new(bytes);
    let mut writer = Writer::new(max);
    let mut all = || loop {
        let item = match format {
            Format::MessagePack => reader.msgpack(),
            Format::Cbor => reader.cbor(),
        }?;
        if writer.item(item)? {
            return if reader.at() == bytes.len() { Ok(()) } else { Err(Why::Rest) };
        }
    };
    if let Err(why) = all() {
        return Err(Mistake { format, at: reader.at(), why });
    }
    Ok(writer.finish())
}
