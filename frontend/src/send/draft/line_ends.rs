//! The line ends of a text: a text box has line feeds alone, whatever was pasted into it, so the
//! form remembers what they were and puts them back when the message is made.
//!
//! How a view uses it: when something is pasted or dropped into the text box it asks [`pasted`]
//! before the browser puts the text in, and does as that says; it shows the draft's `line_ends`,
//! to be chosen from [`LineEnds::ALL`], where the format is Text or JSON. `Draft::check` does the
//! rest, and `Draft::of` brings a message back with its line ends.

use base64::Engine as _;

use super::{Format, body::BASE64};
use crate::ui::language::Language;

/// What ends each line of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LineEnds {
    /// A line feed, as in a text box.
    #[default]
    Lf,
    /// A carriage return and a line feed, as on Windows and in HTTP.
    CrLf,
    /// A carriage return, as in HL7.
    Cr,
}

impl LineEnds {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Lf, Self::CrLf, Self::Cr];

    /// What they are called, in every language.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lf => "LF",
            Self::CrLf => "CRLF",
            Self::Cr => "CR",
        }
    }

    /// The one that has this name, if any.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ends| ends.name() == name)
    }

    /// The characters.
    #[must_use]
    pub fn characters(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// The line ends of `text`, LF where it has none; nothing where they differ among themselves.
#[must_use]
pub fn of(text: &str) -> Option<LineEnds> {
    let mut found = None;
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n']) {
        rest = &rest[at..];
        // CRLF first: it starts as CR does.
        let ends = [LineEnds::CrLf, LineEnds::Cr, LineEnds::Lf]
            .into_iter()
            .find(|ends| rest.starts_with(ends.characters()))?;
        if found.is_some_and(|found| found != ends) {
            return None;
        }
        found = Some(ends);
        rest = &rest[ends.characters().len()..];
    }
    Some(found.unwrap_or_default())
}

/// A text box's text with other line ends.
#[must_use]
pub fn apply(text: &str, ends: LineEnds) -> String {
    if ends == LineEnds::Lf {
        return text.to_owned();
    }
    text.replace('\n', ends.characters())
}

/// A text as a text box has it: [`apply`] with what [`of`] found gives it back.
#[must_use]
pub fn boxed(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// What a view has to do when a text is pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pasted {
    /// Nothing: the browser's way is right.
    AsIs,
    /// Let the browser paste it, and set the draft's line ends to these.
    Set(LineEnds),
    /// Keep the browser from pasting it (`preventDefault`), set the format to Base64 and the text
    /// to this, and show [`mixed_words`] until the text changes.
    AsBase64(String),
    /// Let the browser paste it, and show [`changed_words`] until the text changes: the pasted line
    /// ends become those of the rest.
    Changed,
}

/// What becomes of `text` when it is pasted into a draft of this format and these line ends; `rest`
/// is what the text box holds but for what is marked, and so replaced.
#[must_use]
pub fn pasted(text: &str, rest: &str, format: Format, ends: LineEnds) -> Pasted {
    if !matches!(format, Format::Text | Format::Json) || !text.contains(['\r', '\n']) {
        return Pasted::AsIs;
    }
    match of(text) {
        Some(pasted) if pasted == ends => Pasted::AsIs,
        Some(pasted) if !rest.contains('\n') => Pasted::Set(pasted),
        // In JSON they are blanks.
        None if rest.is_empty() && format == Format::Text => Pasted::AsBase64(BASE64.encode(text)),
        _ => Pasted::Changed,
    }
}

/// Why a pasted text is shown as Base64.
#[must_use]
pub fn mixed_words(language: Language) -> &'static str {
    match language {
        Language::English => {
            "The pasted or dropped text mixes LF, CRLF and CR line ends, which a text box cannot keep. \
             It is shown as Base64, so that every byte is sent as it was."
        }
        Language::Chinese => {
            "粘贴或拖入的文本混用了 LF、CRLF 和 CR 换行符，文本框无法保留它们。现以 Base64 \
             显示，每个字节都会原样发送。"
        }
    }
}

/// What has become of the line ends of a pasted text; `ends` are the draft's.
#[must_use]
pub fn changed_words(language: Language, ends: LineEnds) -> String {
    let name = ends.name();
    match language {
        Language::English => {
            format!(
                "The pasted or dropped text had other line ends; all lines now end with {name}."
            )
        }
        Language::Chinese => {
            format!("粘贴或拖入的文本使用了其他换行符；现在所有行都以 {name} 结尾。")
        }
    }
}
