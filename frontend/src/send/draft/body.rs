//! Bodies as text: read as their format says, and written back for "Edit".

use base64::{
    DecodeError, Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use warren_protocol::Body;

use super::{Field, FieldError, Format};
use crate::send::{json, repeat::NUMBER};

/// A larger body is no text to be edited, which would hold up the browser, but a file.
const MAX_EDITED_BYTES: usize = 1024 * 1024;

/// Takes padding as well as none.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The body that `text` stands for.
pub(super) fn of_text(format: Format, text: &str, numbered: bool) -> Result<Body, FieldError> {
    let wrong = |why: String| FieldError::new(Field::Body, why);
    match format {
        Format::Json if numbered => json::check(&text.replace(NUMBER, "1")).map_err(wrong)?,
        Format::Json => json::check(text).map_err(wrong)?,
        Format::Base64 => return from_base64(text).map(Body::from).map_err(wrong),
        Format::Text | Format::File => {}
    }
    Ok(Body::from(text.to_owned()))
}

/// The text, and its format, that stands for just this body; none where it should be a file.
pub(super) fn written(body: &Body, content_type: &str) -> Option<(Format, String)> {
    if body.len() > MAX_EDITED_BYTES {
        return None;
    }
    match body.as_text() {
        // A text box turns every kind of line break into a line feed.
        Some(text) if !text.contains('\r') => {
            let json = content_type.contains("json") && json::check(text).is_ok();
            Some((if json { Format::Json } else { Format::Text }, text.to_owned()))
        }
        _ => Some((Format::Base64, BASE64.encode(body.as_bytes()))),
    }
}

fn from_base64(text: &str) -> Result<Vec<u8>, String> {
    let mut dense = text.to_owned();
    dense.retain(|character| !character.is_ascii_whitespace());
    BASE64.decode(&dense).map_err(|error| match error {
        DecodeError::InvalidByte(at, _) => {
            // Counted without spaces, as the text was read.
            let character = dense.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('=');
            let before = dense.get(..at).map_or(at, |before| before.chars().count());
            format!("Not Base64: '{character}' at character {} is out of place", before + 1)
        }
        DecodeError::InvalidLastSymbol(..) => {
            "Not Base64: the last character has bits that belong to no byte".to_owned()
        }
        DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => {
            "Not Base64: a character is missing at the end".to_owned()
        }
    })
}
