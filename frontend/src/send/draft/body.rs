//! Bodies as text: read as their format says, and written back for "Edit".

use base64::{
    DecodeError, Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use warren_protocol::Body;

use super::{
    Field, FieldError, Format,
    line_ends::{self, LineEnds},
};
use crate::{
    send::{json, placeholders::sample},
    ui::language::Language,
};

/// A larger body is no text to be edited, which would hold up the browser, but a file.
const MAX_EDITED_BYTES: usize = 1024 * 1024;

/// Takes padding as well as none.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The body that `text` stands for, where its lines end with `ends`.
pub(super) fn of_text(
    format: Format,
    text: &str,
    ends: LineEnds,
    numbered: bool,
    language: Language,
) -> Result<Body, FieldError> {
    let wrong = |why: String| FieldError::new(Field::Body, why);
    match format {
        Format::Json if numbered => json::check(&sample(text), language).map_err(wrong)?,
        Format::Json => json::check(text, language).map_err(wrong)?,
        Format::Base64 => return from_base64(text, language).map(Body::from).map_err(wrong),
        Format::Text | Format::File => {}
    }
    Ok(Body::from(line_ends::apply(text, ends)))
}

/// The text, its format and its line ends, that stand for just this body; none where it should be
/// a file.
pub(super) fn written(body: &Body, content_type: &str) -> Option<(Format, String, LineEnds)> {
    if body.len() > MAX_EDITED_BYTES {
        return None;
    }
    if let Some(text) = body.as_text()
        && let Some(ends) = line_ends::of(text)
    {
        let text = line_ends::boxed(text);
        let json = content_type.contains("json") && crate::ui::json::check(&text).is_ok();
        return Some((if json { Format::Json } else { Format::Text }, text, ends));
    }
    Some((Format::Base64, BASE64.encode(body.as_bytes()), LineEnds::default()))
}

fn from_base64(text: &str, language: Language) -> Result<Vec<u8>, String> {
    let mut dense = text.to_owned();
    dense.retain(|character| !character.is_ascii_whitespace());
    BASE64.decode(&dense).map_err(|error| match error {
        DecodeError::InvalidByte(at, _) => {
            // Counted without spaces, as the text was read.
            let character = dense.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('=');
            let before = dense.get(..at).map_or(at, |before| before.chars().count());
            language.base64_character(character, before + 1)
        }
        DecodeError::InvalidLastSymbol(..) => language.base64_last_bits().to_owned(),
        DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => {
            language.base64_short().to_owned()
        }
    })
}
