//! A text to compare with, in which `*` stands for any run of characters.

/// See the module.
pub(super) struct Pattern {
    parts: Vec<Part>,
    /// `#` stands for words: the text is compared with a dot behind each of its words.
    words: bool,
}

/// A part of a text that was written: a byte as it is, or one that may have a meaning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Byte(u8),
    /// `*`.
    Any,
    /// `#` as it was read; in a pattern, any number of words, each with a dot behind it.
    Words,
}

impl Pattern {
    /// Of what was written; `#` is a word's place in `topic`s alone, and only as a whole word.
    pub(super) fn new(written: &[Part], topic: bool) -> Self {
        const DOT: Part = Part::Byte(b'.');
        let (mut parts, mut words) = (Vec::new(), false);
        let mut before = DOT;
        for (at, part) in written.iter().enumerate() {
            match part {
                Part::Words => {
                    let dotted =
                        before == DOT && written.get(at + 1).is_none_or(|next| *next == DOT);
                    words |= topic && dotted;
                    parts.push(if topic && dotted { Part::Words } else { Part::Byte(b'#') });
                }
                // The dot belongs to the words.
                Part::Byte(b'.') if parts.last() == Some(&Part::Words) => {}
                part => parts.push(*part),
            }
            before = *part;
        }
        if words && parts.last() != Some(&Part::Words) {
            parts.push(DOT);
        }
        Self { parts, words }
    }

    /// Whether all of `text` is like this.
    pub(super) fn matches(&self, text: &str) -> bool {
        if self.words {
            return self.bytes_match((text.to_owned() + ".").as_bytes());
        }
        self.bytes_match(text.as_bytes())
    }

    /// The last star takes more and more of the text. Those before it need not take another look:
    /// wherever they could end later, so can the last.
    fn bytes_match(&self, text: &[u8]) -> bool {
        let (mut at, mut part) = (0, 0);
        // The star, and where in the text it ends.
        let mut star: Option<(usize, usize)> = None;
        loop {
            match (self.parts.get(part), text.get(at)) {
                (None, None) => return true,
                (Some(Part::Byte(wanted)), Some(byte)) if wanted == byte => {
                    (at, part) = (at + 1, part + 1);
                }
                (Some(Part::Any | Part::Words), _) => {
                    star = Some((part, at));
                    part += 1;
                }
                _ => {
                    let Some((place, end)) = star else { return false };
                    let rest = text.get(end..).unwrap_or_default();
                    let more = match self.parts.get(place) {
                        Some(Part::Words) => rest.iter().position(|byte| *byte == b'.'),
                        _ => (!rest.is_empty()).then_some(0),
                    };
                    let Some(more) = more else { return false };
                    at = end + more + 1;
                    star = Some((place, at));
                    part = place + 1;
                }
            }
        }
    }
}
