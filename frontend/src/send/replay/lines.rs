//! A file cut into lines while it comes in pieces. Held are what of the pieces was not cut yet, and
//! the line that has begun; both are bounded.

/// Bytes of a line at most. The largest body of a relay with its defaults fits, each of its bytes
/// escaped; no line may fill the memory of the page.
pub const MAX_LINE_BYTES: usize = 128 * 1024 * 1024;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: u64,
    /// Its bytes, without what ends it; none where there are more than there may be.
    pub bytes: Option<Vec<u8>>,
}

/// See the module. Gives each line that is whole, but for empty ones.
#[derive(Debug)]
pub struct Lines {
    max_bytes: usize,
    /// The last pieces, of which the first `at` bytes were cut.
    unread: Vec<u8>,
    at: usize,
    begun: Vec<u8>,
    too_long: bool,
    count: u64,
    pushed_bytes: u64,
    ended: bool,
}

impl Default for Lines {
    fn default() -> Self {
        Self::new(MAX_LINE_BYTES)
    }
}

impl Lines {
    /// Whose lines have so many bytes at most.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            unread: Vec::new(),
            at: 0,
            begun: Vec::new(),
            too_long: false,
            count: 0,
            pushed_bytes: 0,
            ended: false,
        }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.unread.drain(..self.at);
        self.at = 0;
        self.unread.extend_from_slice(piece);
        self.pushed_bytes += piece.len() as u64;
    }

    /// There is no further piece: the last line may have nothing that ends it.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The bytes of all pieces so far.
    #[must_use]
    pub fn pushed_bytes(&self) -> u64 {
        self.pushed_bytes
    }

    /// The bytes that were not cut into lines yet.
    #[must_use]
    pub fn unread_bytes(&self) -> usize {
        self.unread.len() - self.at
    }

    /// Whether there is no further piece.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether there is no further line, and none will come.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ended && self.unread_bytes() == 0 && !self.has_begun()
    }

    fn has_begun(&self) -> bool {
        self.too_long || !self.begun.is_empty()
    }

    /// Adds to the line that has begun what of the pieces belongs to it, and says whether it is whole.
    fn cut(&mut self) -> bool {
        let unread = &self.unread[self.at..];
        let end = unread.iter().position(|byte| *byte == b'\n');
        let bytes = &unread[..end.unwrap_or(unread.len())];
        if self.too_long || self.begun.len() + bytes.len() > self.max_bytes {
            self.too_long = true;
            self.begun = Vec::new();
        } else {
            self.begun.extend_from_slice(bytes);
        }
        self.at += bytes.len() + usize::from(end.is_some());
        end.is_some() || (self.ended && self.has_begun())
    }

    /// The line that has begun, which is whole; none where it is empty.
    fn whole(&mut self) -> Option<Line> {
        self.count += 1;
        let mut bytes = std::mem::take(&mut self.begun);
        if std::mem::take(&mut self.too_long) {
            return Some(Line { number: self.count, bytes: None });
        }
        if self.count == 1 && bytes.starts_with("\u{feff}".as_bytes()) {
            bytes.drain(..3);
        }
        let empty = bytes.iter().all(u8::is_ascii_whitespace);
        (!empty).then_some(Line { number: self.count, bytes: Some(bytes) })
    }
}

impl Iterator for Lines {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        while self.cut() {
            if let Some(line) = self.whole() {
                return Some(line);
            }
        }
        None
    }
}
