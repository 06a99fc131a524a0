//! Messages as WebSocket carries them: text, or binary with the bodies behind the JSON.

use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};

use crate::{Body, ClientMessage, ServerMessage};

/// A binary message begins with so many bytes: the length of its JSON.
const PREFIX: usize = 4;

/// What a message takes in JSON beside its body, in bytes, roughly.
const ROUGHLY: usize = 256;

/// Why a message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The JSON is wrong, or says what no message says.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Some other field comes before `"type"`. Without the type its data could only be kept as a
    /// tree, which takes many times the memory.
    #[error(r#"a message begins with {{"type": …}}"#)]
    TypeNotFirst,
    /// A text message has no tail.
    #[error(r#"a body of {{"bytes": …}} comes in a binary message only; in text it is {{"text": …}} or {{"base64": …}}"#)]
    BytesInText,
    /// A binary message ends before its JSON does.
    #[error(
        "a binary message is the length of its JSON in 4 bytes, big-endian, then the JSON, then the \
         bodies; this one ends before its JSON does"
    )]
    NoJson,
    /// The bodies have more bytes than there are.
    #[error("the bodies have more bytes than the {tail} that follow the JSON")]
    TailTooShort {
        /// Bytes behind the JSON.
        tail: usize,
    },
    /// There are more bytes than the bodies have.
    #[error("{rest} bytes at the end belong to no body")]
    TailTooLong {
        /// How many.
        rest: usize,
    },
}

/// A message of either side, as WebSocket carries it.
pub trait WireMessage: Serialize + DeserializeOwned {
    /// The bodies in it, in their order.
    fn bodies_mut(&mut self) -> impl Iterator<Item = &mut Body>;

    /// As a text message.
    #[must_use]
    fn to_text(&self) -> String {
        // These types have no map keys other than strings and no errors of their own.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As a binary message.
    #[must_use]
    fn into_binary(mut self) -> Vec<u8> {
        let bodies: Vec<Vec<u8>> = self.bodies_mut().map(Body::detach).collect();
        let tail: usize = bodies.iter().map(Vec::len).sum();
        let mut bytes = Vec::with_capacity(PREFIX + tail + ROUGHLY * (bodies.len() + 1));
        bytes.extend([0; PREFIX]);
        // As for text, there are no errors; nor is there a JSON of 4 GiB, whose bodies are not in it.
        let _ = serde_json::to_writer(&mut bytes, &self);
        let length = u32::try_from(bytes.len() - PREFIX).unwrap_or(u32::MAX);
        if let Some(prefix) = bytes.first_chunk_mut() {
            *prefix = length.to_be_bytes();
        }
        for body in bodies {
            bytes.extend(body);
        }
        bytes
    }

    /// Reads a text message.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    fn from_text(text: &str) -> Result<Self, DecodeError> {
        let mut message: Self = read(text.as_bytes())?;
        if message.bodies_mut().any(|body| body.detached().is_some()) {
            return Err(DecodeError::BytesInText);
        }
        Ok(message)
    }

    /// Reads a binary message.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    fn from_binary(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (length, rest) = bytes.split_first_chunk().ok_or(DecodeError::NoJson)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (json, tail) = rest.split_at_checked(length).ok_or(DecodeError::NoJson)?;
        let mut message: Self = read(json)?;
        let mut rest = tail;
        for body in message.bodies_mut() {
            if let Some(length) = body.detached() {
                let (bytes, left) = rest
                    .split_at_checked(length)
                    .ok_or(DecodeError::TailTooShort { tail: tail.len() })?;
                *body = bytes.to_vec().into();
                rest = left;
            }
        }
        match rest.len() {
            0 => Ok(message),
            rest => Err(DecodeError::TailTooLong { rest }),
        }
    }
}

impl WireMessage for ClientMessage {
    fn bodies_mut(&mut self) -> impl Iterator<Item = &mut Body> {
        let messages = match self {
            Self::Publish { messages } => messages.as_mut_slice(),
            _ => &mut [],
        };
        messages.iter_mut().map(|message| &mut message.body)
    }
}

impl WireMessage for ServerMessage {
    fn bodies_mut(&mut self) -> impl Iterator<Item = &mut Body> {
        let messages = match self {
            Self::Deliveries { messages } => messages.as_mut_slice(),
            _ => &mut [],
        };
        messages.iter_mut().map(|message| &mut message.body)
    }
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, DecodeError> {
    if !begins_with_type(json) {
        // Where it is no JSON at all, that is what to say.
        serde_json::from_slice::<IgnoredAny>(json)?;
        return Err(DecodeError::TypeNotFirst);
    }
    Ok(serde_json::from_slice(json)?)
}

fn begins_with_type(json: &[u8]) -> bool {
    let object = json.trim_ascii_start().strip_prefix(b"{").unwrap_or_default();
    object.trim_ascii_start().starts_with(br#""type""#)
}
