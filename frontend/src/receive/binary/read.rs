//! The items that MessagePack and CBOR consist of, one after the other.

use std::borrow::Cow;

use super::Why;

/// What both formats consist of. A length is missing where a break will end it.
pub(super) enum Item<'a> {
    Word(&'static str),
    /// With a minus where it is set.
    Number(bool, u64),
    Double(f64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    Ext(i8, &'a [u8]),
    Simple(u8),
    Array(Option<u64>),
    Map(Option<u64>),
    Tag(u64),
    Break,
}

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes that were read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], Why> {
        let end = usize::try_from(count).ok().and_then(|count| self.at.checked_add(count));
        let taken = end.and_then(|end| self.bytes.get(self.at..end)).ok_or(Why::End)?;
        self.at += taken.len();
        Ok(taken)
    }

    /// A number of `count` bytes, the highest first.
    fn uint(&mut self, count: u64) -> Result<u64, Why> {
        Ok(self.take(count)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// One with a sign.
    fn int(&mut self, count: u64) -> Result<Item<'a>, Why> {
        let unused = 64 - 8 * count as u32;
        let number = (self.uint(count)? << unused) as i64 >> unused;
        Ok(Item::Number(number < 0, number.unsigned_abs()))
    }

    fn float(&mut self) -> Result<Item<'a>, Why> {
        Ok(Item::Double(f64::from(f32::from_bits(self.uint(4)? as u32))))
    }

    fn double(&mut self) -> Result<Item<'a>, Why> {
        Ok(Item::Double(f64::from_bits(self.uint(8)?)))
    }

    pub(super) fn msgpack(&mut self) -> Result<Item<'a>, Why> {
        let byte = self.uint(1)? as u8;
        // Lengths of 1, 2, 4 bytes, and numbers of 1, 2, 4, 8, stand in this order.
        let width = |first: u8| 1_u64 << (byte - first);
        Ok(match byte {
            0x00..=0x7f => Item::Number(false, u64::from(byte)),
            0xe0..=0xff => Item::Number(true, 256 - u64::from(byte)),
            0x80..=0x8f => Item::Map(Some(u64::from(byte & 0xf))),
            0x90..=0x9f => Item::Array(Some(u64::from(byte & 0xf))),
            0xa0..=0xbf => self.msgpack_text(u64::from(byte & 0x1f))?,
            0xc0 => Item::Word("null"),
            0xc1 => {
                self.at -= 1;
                return Err(Why::Byte);
            }
            0xc2 => Item::Word("false"),
            0xc3 => Item::Word("true"),
            0xc4..=0xc6 => {
                let length = self.uint(width(0xc4))?;
                Item::Bytes(self.take(length)?.into())
            }
            0xc7..=0xc9 => {
                let length = self.uint(width(0xc7))?;
                self.ext(length)?
            }
            0xca => self.float()?,
            0xcb => self.double()?,
            0xcc..=0xcf => Item::Number(false, self.uint(width(0xcc))?),
            0xd0..=0xd3 => self.int(width(0xd0))?,
            0xd4..=0xd8 => self.ext(width(0xd4))?,
            0xd9..=0xdb => {
                let length = self.uint(width(0xd9))?;
                self.msgpack_text(length)?
            }
            0xdc | 0xdd => Item::Array(Some(self.uint(2 * width(0xdc))?)),
            0xde | 0xdf => Item::Map(Some(self.uint(2 * width(0xde))?)),
        })
    }

    /// Old writers put bytes into strings.
    fn msgpack_text(&mut self, length: u64) -> Result<Item<'a>, Why> {
        let bytes = self.take(length)?;
        Ok(match str::from_utf8(bytes) {
            Ok(text) => Item::Text(text.into()),
            Err(_) => Item::Bytes(bytes.into()),
        })
    }

    fn ext(&mut self, length: u64) -> Result<Item<'a>, Why> {
        let kind = self.uint(1)? as i8;
        Ok(Item::Ext(kind, self.take(length)?))
    }

    pub(super) fn cbor(&mut self) -> Result<Item<'a>, Why> {
        let from = self.at;
        let (major, low, number) = self.cbor_head()?;
        let length = (low != 31).then_some(number);
        let item = match (major, low) {
            (0, ..=30) => Some(Item::Number(false, number)),
            (1, ..=30) => Some(match number.checked_add(1) {
                Some(number) => Item::Number(true, number),
                None => Item::Word("-18446744073709551616"),
            }),
            (2, _) => Some(Item::Bytes(self.cbor_string(major, length)?)),
            (3, _) => match self.cbor_string(major, length)? {
                Cow::Borrowed(bytes) => str::from_utf8(bytes).ok().map(Cow::Borrowed),
                Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
            }
            .map(Item::Text),
            (4, _) => Some(Item::Array(length)),
            (5, _) => Some(Item::Map(length)),
            (6, ..=30) => Some(Item::Tag(number)),
            (7, 20) => Some(Item::Word("false")),
            (7, 21) => Some(Item::Word("true")),
            // 23 is undefined.
            (7, 22 | 23) => Some(Item::Word("null")),
            (7, 25) => Some(Item::Double(half(number as u16))),
            (7, 26) => Some(Item::Double(f64::from(f32::from_bits(number as u32)))),
            (7, 27) => Some(Item::Double(f64::from_bits(number))),
            (7, ..=19) => Some(Item::Simple(number as u8)),
            (7, 24) if number >= 32 => Some(Item::Simple(number as u8)),
            (7, 31) => Some(Item::Break),
            _ => None,
        };
        if item.is_none() {
            self.at = from;
        }
        item.ok_or(Why::Byte)
    }

    /// Major type, additional information, and the argument.
    fn cbor_head(&mut self) -> Result<(u8, u8, u64), Why> {
        let byte = self.uint(1)? as u8;
        let (major, low) = (byte >> 5, byte & 0x1f);
        let number = match low {
            ..24 => u64::from(low),
            24..=27 => self.uint(1 << (low - 24))?,
            31 => 0,
            _ => {
                self.at -= 1;
                return Err(Why::Byte);
            }
        };
        Ok((major, low, number))
    }

    /// Without a length it is in parts, each of which has one, up to a break.
    fn cbor_string(&mut self, major: u8, length: Option<u64>) -> Result<Cow<'a, [u8]>, Why> {
        if let Some(length) = length {
            return Ok(self.take(length)?.into());
        }
        let mut whole = Vec::new();
        loop {
            let from = self.at;
            match self.cbor_head()? {
                (7, 31, _) => return Ok(whole.into()),
                (part, ..=30, length) if part == major => {
                    let part = self.take(length)?;
                    // A character is in one part (section 3.2.3).
                    if major == 3 && str::from_utf8(part).is_err() {
                        self.at = from;
                        return Err(Why::Byte);
                    }
                    whole.extend_from_slice(part);
                }
                _ => {
                    self.at = from;
                    return Err(Why::Byte);
                }
            }
        }
    }
}

/// A double of 16 bits of IEEE 754 (RFC 8949, appendix D).
fn half(bits: u16) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let value = match exponent {
        0 => mantissa / 16_777_216.0,
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * f64::from_bits(((exponent - 25 + 1023) as u64) << 52),
    };
    if bits & 0x8000 == 0 { value } else { -value }
}
