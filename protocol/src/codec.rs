//! Messages as WebSocket carries them: text, or binary with the bodies behind the JSON.

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Body, ClientMessage, ServerMessage, tagged};

/// Why a message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The JSON is wrong, or says what no message says.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
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
        tagged::to_json(self)
    }

    /// As a binary message.
    #[must_use]
    fn into_binary(mut self) -> Vec<u8> {
        let bodies: Vec<Bytes> = self.bodies_mut().map(Body::detach).collect();
        let json = tagged::to_json(&self);
        // Without its bodies no message has 4 GiB.
        let length = u32::try_from(json.len()).unwrap_or(u32::MAX).to_be_bytes();
        let tail: usize = bodies.iter().map(Bytes::len).sum();
        let mut bytes = Vec::with_capacity(length.len() + json.len() + tail);
        bytes.extend(length);
        bytes.extend(json.as_bytes());
        for body in bodies {
            bytes.extend_from_slice(&body);
        }
        bytes
    }

    /// Reads a text message.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    fn from_text(text: &str) -> Result<Self, DecodeError> {
        let mut message: Self = tagged::from_json(text.as_bytes())?;
        if message.bodies_mut().any(|body| body.is_only_size()) {
            return Err(DecodeError::BytesInText);
        }
        Ok(message)
    }

    /// Reads a binary message. A body that is most of it shares its memory; others are copies, so
    /// that none keeps a message alive that is much larger than itself.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    fn from_binary(bytes: impl Into<Bytes>) -> Result<Self, DecodeError> {
        let whole = bytes.into();
        let (length, rest) = whole.split_first_chunk().ok_or(DecodeError::NoJson)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (json, tail) = rest.split_at_checked(length).ok_or(DecodeError::NoJson)?;
        let mut message: Self = tagged::from_json(json)?;
        let mut rest = tail;
        for body in message.bodies_mut() {
            if let Some(length) = body.detached() {
                let (bytes, left) = rest
                    .split_at_checked(length)
                    .ok_or(DecodeError::TailTooShort { tail: tail.len() })?;
                let most = bytes.len() > whole.len() / 2;
                let shared = || whole.slice_ref(bytes);
                *body = if most { shared() } else { Bytes::copy_from_slice(bytes) }.into();
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
        let (messages, events) = match self {
            Self::Deliveries { messages } => (messages.as_mut_slice(), [].as_mut_slice()),
            Self::Observed { events, .. } => ([].as_mut_slice(), events.as_mut_slice()),
            _ => Default::default(),
        };
        let events = events.iter_mut().map(|event| &mut event.body);
        messages.iter_mut().map(|message| &mut message.body).chain(events)
    }
}
