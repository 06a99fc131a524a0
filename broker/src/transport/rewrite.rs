//! Short strings from the broker that are not UTF-8, made readable.
//!
//! A short string (AMQP 0-9-1, section 4.2.5.3) is up to 255 bytes of any kind to RabbitMQ; lapin
//! takes each for UTF-8 and ends the connection where one is not.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Bytes of a frame before its payload: type, channel and size (AMQP 0-9-1, section 4.2.3).
pub(super) const HEAD: usize = 7;
/// Last byte of each frame (AMQP 0-9-1, section 4.2.3).
pub(super) const FRAME_END: u8 = 0xCE;
/// Frame types (AMQP 0-9-1, section 4.2.3).
pub(super) const METHOD: u8 = 1;
/// Content header: properties and size of a message.
pub(super) const HEADER: u8 = 2;

/// Says in a replaced string that its bytes follow, in base64.
const PREFIX: &str = "$bytes:";
/// Says in a replaced string that bytes are missing.
const CUT: &str = "…";
/// Most bytes of a string whose base64 fits behind the prefix: 7 + 4 * 186 / 3 = 255.
const MOST_WHOLE: usize = 186;
/// Most of them where the cut has to fit too: 7 + 4 * 183 / 3 + 3 = 254.
const MOST_CUT: usize = 183;
/// How deep tables and arrays are looked into; deeper ones stay as they are.
const DEPTH: usize = 64;

/// A part of a method's arguments or of a content header.
#[derive(Clone, Copy)]
enum Field {
    /// This many bytes that hold no short string.
    Skip(usize),
    /// A short string.
    Short,
    /// A field table (AMQP 0-9-1, section 4.2.5.5).
    Table,
}
use Field::{Short, Skip, Table};

/// A message's properties, from the flag of the highest bit on: content type and encoding, headers,
/// delivery mode, priority, correlation id, reply to, expiration, message id, timestamp, type, user
/// id, app id, cluster id (AMQP 0-9-1, section 4.2.6.1, and the class basic).
const PROPERTIES: [Field; 14] = [
    Short,
    Short,
    Table,
    Skip(1),
    Skip(1),
    Short,
    Short,
    Short,
    Short,
    Skip(8),
    Short,
    Short,
    Short,
    Short,
];

/// The arguments of a method whose strings RabbitMQ does not take from this connection.
fn arguments(class: u16, method: u16) -> Option<&'static [Field]> {
    match (class, method) {
        // basic.deliver: consumer tag; delivery tag, redelivered; exchange, routing key.
        (60, 60) => Some(&[Short, Skip(9), Short, Short]),
        // basic.return: reply code; reply text, exchange, routing key.
        (60, 50) => Some(&[Skip(2), Short, Short, Short]),
        // basic.get-ok: delivery tag, redelivered; exchange, routing key; message count.
        (60, 71) => Some(&[Skip(9), Short, Short, Skip(4)]),
        // connection.close, channel.close: reply code; reply text, which older brokers cut at 252
        // bytes, in the midst of a character; class, method.
        (10, 50) | (20, 40) => Some(&[Skip(2), Short, Skip(4)]),
        _ => None,
    }
}

/// The frame with its strings that are not UTF-8 replaced; `None` where it can stay as it is,
/// because none is or because it is malformed, for lapin to say so. Takes one whole frame.
///
/// The result is at most `max` bytes, or as large as the frame: where a replacement would go
/// beyond it, the bytes that are not UTF-8 become `?` instead.
#[must_use]
pub(super) fn rewrite(frame: &[u8], max: usize) -> Option<Vec<u8>> {
    let (_, body) = frame.split_last()?;
    let room = max.saturating_sub(frame.len());
    let mut walk = Walk { body, at: HEAD, out: Vec::new(), copied: 0, room };
    match *body.first()? {
        METHOD => {
            for field in arguments(walk.u16()?, walk.u16()?)? {
                walk.field(*field)?;
            }
        }
        HEADER => {
            // Class, weight, size of the body.
            walk.take(12)?;
            let flags = walk.u16()?;
            for (bit, field) in PROPERTIES.iter().enumerate() {
                if flags & (0x8000 >> bit) != 0 {
                    walk.field(*field)?;
                }
            }
        }
        _ => return None,
    }
    if walk.at != body.len() || walk.out.is_empty() {
        return None;
    }
    let mut out = walk.out;
    out.extend_from_slice(frame.get(walk.copied..)?);
    let size = u32::try_from(out.len().checked_sub(HEAD + 1)?).ok()?;
    *out.get_mut(3..)?.first_chunk_mut()? = size.to_be_bytes();
    Some(out)
}

/// What stands for a string that is not UTF-8: at most 255 bytes, and `max`, or as long as it is.
fn readable(raw: &[u8], max: usize) -> String {
    let mut text = PREFIX.to_owned();
    if raw.len() <= MOST_WHOLE {
        BASE64_STANDARD.encode_string(raw, &mut text);
    } else {
        BASE64_STANDARD.encode_string(raw.get(..MOST_CUT).unwrap_or_default(), &mut text);
        text.push_str(CUT);
    }
    if text.len() > max {
        text.clear();
        for chunk in raw.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| '?'));
        }
    }
    text
}

/// A walk through one frame. Its steps are `None` where the frame ends too early or is not what
/// it should be.
struct Walk<'a> {
    /// The frame without its last byte.
    body: &'a [u8],
    /// Where the walk has come to in it.
    at: usize,
    /// What replaces the frame's first `copied` bytes; empty until a string has to be replaced.
    out: Vec<u8>,
    copied: usize,
    /// How many bytes the frame may still grow by.
    room: usize,
}

impl<'a> Walk<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.body.get(self.at..)?.get(..count)?;
        self.at += count;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(*self.take(2)?.first_chunk()?))
    }

    /// A length of four bytes.
    fn length(&mut self) -> Option<usize> {
        usize::try_from(u32::from_be_bytes(*self.take(4)?.first_chunk()?)).ok()
    }

    fn field(&mut self, field: Field) -> Option<()> {
        match field {
            Skip(count) => self.take(count).map(|_| ()),
            Short => self.short(),
            Table => self.nested(true, DEPTH),
        }
    }

    fn short(&mut self) -> Option<()> {
        let start = self.at;
        let length = self.u8()?;
        let raw = self.take(length.into())?;
        if std::str::from_utf8(raw).is_ok() {
            return Some(());
        }
        let text = readable(raw, raw.len() + self.room);
        self.room = (self.room + raw.len()).saturating_sub(text.len());
        self.out.extend_from_slice(self.body.get(self.copied..start)?);
        self.out.push(u8::try_from(text.len()).ok()?);
        self.out.extend_from_slice(text.as_bytes());
        self.copied = self.at;
        Some(())
    }

    /// A table, or an array: one without keys.
    fn nested(&mut self, keys: bool, depth: usize) -> Option<()> {
        let length_at = self.out_at();
        let length = self.length()?;
        let start = self.out_at();
        let end = self.at.checked_add(length)?;
        if depth == 0 {
            return self.take(length).map(|_| ());
        }
        while self.at < end {
            if keys {
                self.short()?;
            }
            self.value(depth)?;
        }
        if self.at != end {
            return None;
        }
        let new = self.out_at().checked_sub(start)?;
        if new != length {
            // A string was replaced since, so that `out` goes beyond the length.
            let new = u32::try_from(new).ok()?;
            *self.out.get_mut(length_at..)?.first_chunk_mut()? = new.to_be_bytes();
        }
        Some(())
    }

    /// A value in a table or array, with the types as RabbitMQ and lapin read them.
    fn value(&mut self, depth: usize) -> Option<()> {
        let count = match self.u8()? {
            b'V' => 0,
            b't' | b'b' | b'B' => 1,
            b's' | b'U' | b'u' => 2,
            b'I' | b'i' | b'f' => 4,
            b'D' => 5,
            b'L' | b'l' | b'd' | b'T' => 8,
            b'S' | b'x' => self.length()?,
            b'A' => return self.nested(false, depth - 1),
            b'F' => return self.nested(true, depth - 1),
            _ => return None,
        };
        self.take(count).map(|_| ())
    }

    /// Where in the rewritten frame the walk has come to.
    fn out_at(&self) -> usize {
        self.out.len() + (self.at - self.copied)
    }
}
