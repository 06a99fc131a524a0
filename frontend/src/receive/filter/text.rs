//! Looking for a text in messages, whatever its case, in steps of a bounded amount of work: a
//! search through everything that is kept never holds the page up, and nothing is copied for it.
//!
//! Text of ASCII alone is looked for among bytes, since no byte of another character can be
//! mistaken for it (UTF-8, RFC 3629). Other text is compared character by character.

use crate::{
    receive::{inbox::Message, message_details},
    ui::{case, preview::Kind},
};

/// What is looked for.
pub(super) struct Text {
    /// In small letters.
    text: String,
    /// The same by characters, each in its cases, where not all of them are ASCII.
    characters: Vec<[char; 3]>,
}

impl Text {
    /// The text to look for.
    pub(super) fn new(text: &str) -> Self {
        let small = case::small(text);
        let characters =
            if small.is_ascii() { Vec::new() } else { text.chars().map(case::cases).collect() };
        Self { text: small, characters }
    }

    /// Whether a message has it: looks in its body from byte `from` on, then in everything else
    /// that it brought. Takes what it does, roughly in bytes, from `work`; where that is used up,
    /// gives the byte to go on from.
    pub(super) fn look(
        &self,
        message: &Message,
        from: usize,
        work: &mut usize,
    ) -> Result<bool, usize> {
        let bytes = message.body.as_bytes();
        let found = if self.characters.is_empty() || message.preview.kind != Kind::Text {
            self.in_bytes(bytes, from, work)
        } else {
            self.in_utf8(bytes, from, work)
        };
        if found != Ok(false) {
            return found;
        }
        // Small, and so done at once.
        let rest = message_details::search_text(message);
        *work = work.saturating_sub(rest.len());
        let mut enough = usize::MAX;
        if self.characters.is_empty() {
            self.in_bytes(rest.as_bytes(), 0, &mut enough)
        } else {
            self.in_text(&rest, 0, &mut enough)
        }
    }

    fn in_bytes(&self, bytes: &[u8], mut at: usize, work: &mut usize) -> Result<bool, usize> {
        let Some((first, rest)) = self.text.as_bytes().split_first() else {
            return Ok(true);
        };
        let (small, large) = (*first, first.to_ascii_uppercase());
        let starts = bytes.len().saturating_sub(rest.len());
        while at < starts {
            if *work == 0 {
                return Err(at);
            }
            let end = starts.min(at.saturating_add(*work));
            let candidates = bytes.get(at..end).unwrap_or_default();
            let skipped = candidates.iter().position(|byte| *byte == small || *byte == large);
            let Some(skipped) = skipped else {
                *work = work.saturating_sub(candidates.len());
                at = end;
                continue;
            };
            at += skipped + 1;
            let after = bytes.get(at..).unwrap_or_default();
            let same = |(byte, wanted): &(&u8, &u8)| byte.to_ascii_lowercase() == **wanted;
            let equal = after.iter().zip(rest).take_while(same).count();
            if equal == rest.len() {
                return Ok(true);
            }
            *work = work.saturating_sub(skipped + 1 + equal);
        }
        Ok(false)
    }

    /// In bytes that are UTF-8; only as much of them is read as a text as there is work for.
    fn in_utf8(&self, bytes: &[u8], from: usize, work: &mut usize) -> Result<bool, usize> {
        const LONGEST: usize = 4;
        let max = work.saturating_add(self.characters.len()).saturating_mul(LONGEST);
        let rest = bytes.get(from..).unwrap_or_default();
        let rest = rest.get(..max).unwrap_or(rest);
        let text = rest.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        self.in_text(text, 0, work).map_err(|at| from + at)
    }

    fn in_text(&self, text: &str, from: usize, work: &mut usize) -> Result<bool, usize> {
        for (offset, _) in text.get(from..).unwrap_or_default().char_indices() {
            let at = from + offset;
            if *work == 0 {
                return Err(at);
            }
            let mut letters = text.get(at..).unwrap_or_default().chars();
            let same = |cases: &&[char; 3]| letters.next().is_some_and(|it| cases.contains(&it));
            let equal = self.characters.iter().take_while(same).count();
            if equal == self.characters.len() {
                return Ok(true);
            }
            *work = work.saturating_sub(1 + equal);
        }
        Ok(false)
    }
}
