//! A message's body: bytes, written as text where they are UTF-8.

use crate::json::text_len;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The body of a message: `{"text": "…"}` or `{"base64": "…"}`.
///
/// The relay writes `text` where the bytes are UTF-8 and `base64` (RFC 4648, section 4, padded)
/// elsewhere. Both are accepted on the way in, whatever the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Bytes that are UTF-8.
    Text(String),
    /// Any bytes.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    Base64(Vec<u8>),
}

impl Body {
    /// The body that holds `bytes`, in the form that the relay writes.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Base64(error.into_bytes()),
        }
    }

    /// The bytes, as they are in the queue.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Base64(bytes) => bytes,
        }
    }

    /// The bytes, as they are in the queue.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Base64(bytes) => bytes,
        }
    }

    /// The text, where the body was written as one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Base64(_) => None,
        }
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether there is not a single byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that it takes on the wire, between its quotes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::Text(text) => text_len(text),
            Self::Base64(bytes) => base64_len(bytes.len()),
        }
    }

    /// The same for [`Self::into_compact`].
    #[must_use]
    pub fn compact_len(&self) -> usize {
        self.encoded_len().min(base64_len(self.len()))
    }

    /// The same body in the form that takes fewer bytes on the wire. Text of many control
    /// characters grows sixfold in JSON (`\u0001`); base64 grows everything by a third.
    #[must_use]
    pub fn into_compact(self) -> Self {
        match self {
            Self::Text(text) => {
                if text_len(&text) > base64_len(text.len()) {
                    Self::Base64(text.into_bytes())
                } else {
                    Self::Text(text)
                }
            }
            bytes => bytes,
        }
    }
}

/// What so many bytes take in base64, padded.
const fn base64_len(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let encoded = String::deserialize(deserializer)?;
    STANDARD.decode(encoded).map_err(D::Error::custom)
}
