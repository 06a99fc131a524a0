//! A message's body: bytes, and the three forms in which JSON names them.

use std::{borrow::Cow, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The body of a message: bytes, which need not be text.
///
/// As JSON it is `{"text": "…"}` where the bytes are UTF-8, and `{"base64": "…"}` (RFC 4648,
/// section 4, padded) elsewhere; both are read, whatever the bytes. In a binary message it is
/// `{"bytes": n}`, and the bytes follow the JSON, see [binary messages](crate#binary-messages).
///
/// A clone shares the bytes.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Body(Place);

/// Where the bytes are.
#[derive(Clone, PartialEq, Eq)]
enum Place {
    Here(Bytes),
    /// So many bytes of a binary message's tail; only while that message is written or read.
    Tail(usize),
}

impl Default for Place {
    fn default() -> Self {
        Self::Here(Bytes::new())
    }
}

impl Body {
    /// The bytes, as they are in the queue.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Place::Here(bytes) => bytes,
            Place::Tail(_) => &[],
        }
    }

    /// The bytes, as they are in the queue.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        match self.0 {
            Place::Here(bytes) => bytes,
            Place::Tail(_) => Bytes::new(),
        }
    }

    /// The text, where the bytes are UTF-8. Looks at all of them.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        str::from_utf8(self.as_bytes()).ok()
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

    /// Whether it was read from `{"bytes": n}` and the bytes have not followed. Only a binary message has
    /// them; anywhere else such a body has lost what was in it, and must not be taken for an empty one.
    #[must_use]
    pub fn is_only_size(&self) -> bool {
        self.detached().is_some()
    }

    /// Takes the bytes out, for the tail of a message; what is left names how many there are.
    pub(crate) fn detach(&mut self) -> Bytes {
        let tail = Place::Tail(self.len());
        Self(std::mem::replace(&mut self.0, tail)).into_bytes()
    }

    /// How many bytes of the tail it names, until they are put in its place.
    pub(crate) fn detached(&self) -> Option<usize> {
        match self.0 {
            Place::Here(_) => None,
            Place::Tail(bytes) => Some(bytes),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Place::Here(bytes))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// As text where it is some.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0, self.as_text()) {
            (Place::Tail(bytes), _) => write!(f, "Body({bytes} bytes of the tail)"),
            (_, Some(text)) => write!(f, "Body({text:?})"),
            (_, None) => write!(f, "Body({:?})", self.as_bytes()),
        }
    }
}

/// A body as JSON names it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form<'a> {
    /// Bytes that are UTF-8.
    Text(Cow<'a, str>),
    /// Any bytes.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    Base64(Cow<'a, [u8]>),
    /// The next so many bytes of the message's tail.
    Bytes(usize),
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = match (&self.0, self.as_text()) {
            (Place::Tail(bytes), _) => Form::Bytes(*bytes),
            (_, Some(text)) => Form::Text(text.into()),
            (_, None) => Form::Base64(self.as_bytes().into()),
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Form::deserialize(deserializer)? {
            Form::Text(text) => Place::Here(text.into_owned().into()),
            Form::Base64(bytes) => Place::Here(bytes.into_owned().into()),
            Form::Bytes(bytes) => Place::Tail(bytes),
        }))
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'a, 'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'a, [u8]>, D::Error> {
    let encoded = String::deserialize(deserializer)?;
    STANDARD.decode(encoded).map(Cow::Owned).map_err(D::Error::custom)
}
