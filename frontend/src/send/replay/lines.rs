//! A file cut into lines while it comes in pieces: nothing but the line that has begun is kept.

/// Bytes of a line at most: the largest body that a relay may take, each byte escaped, fits.
pub const MAX_LINE_BYTES: usize = 128 * 1024 * 1024;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: u64,
    /// Its bytes, without what ends it; none where there are more than there may be.
    pub bytes: Option<Vec<u8>>,
}

/// See the module.
#[derive(Debug)]
pub struct Lines {
    max_bytes: usize,
    begun: Vec<u8>,
    too_long: bool,
    count: u64,
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
        Self { max_bytes, begun: Vec::new(), too_long: false, count: 0 }
    }

    /// Takes the next piece and hands on each line that it ends, but for empty ones.
    pub fn push(&mut self, mut piece: &[u8], mut line: impl FnMut(Line)) {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            self.begin(&piece[..end]);
            self.end(&mut line);
            piece = &piece[end + 1..];
        }
        self.begin(piece);
    }

    /// The file has ended: hands on its last line, where nothing ends it.
    pub fn finish(&mut self, mut line: impl FnMut(Line)) {
        if self.too_long || !self.begun.is_empty() {
            self.end(&mut line);
        }
    }

    fn begin(&mut self, bytes: &[u8]) {
        if self.too_long || self.begun.len() + bytes.len() > self.max_bytes {
            self.too_long = true;
            self.begun = Vec::new();
        } else {
            self.begun.extend_from_slice(bytes);
        }
    }

    fn end(&mut self, line: &mut impl FnMut(Line)) {
        self.count += 1;
        let mut bytes = std::mem::take(&mut self.begun);
        if std::mem::take(&mut self.too_long) {
            return line(Line { number: self.count, bytes: None });
        }
        if self.count == 1 && bytes.starts_with("\u{feff}".as_bytes()) {
            bytes.drain(..3);
        }
        if !bytes.iter().all(u8::is_ascii_whitespace) {
            line(Line { number: self.count, bytes: Some(bytes) });
        }
    }
}
