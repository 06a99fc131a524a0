//! What is sent: so many messages with bodies of so many bytes.

/// Messages of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Bytes of each body.
    pub(crate) bytes: usize,
    /// Messages.
    pub(crate) count: usize,
}

/// Bytes of bodies that are on their way at once, as the relay allows each page.
const IN_FLIGHT_BYTES: usize = warren_protocol::limits::MAX_IN_FLIGHT_BYTES;

/// Messages that are on their way at once, as the relay allows each page.
const IN_FLIGHT: usize = warren_protocol::limits::DEFAULT_MAX_IN_FLIGHT;

impl Load {
    /// What goes through before anything is measured: windows grow, and the browser compiles.
    #[must_use]
    pub(crate) fn warm_up(self) -> Self {
        Self { count: self.count.div_ceil(6), ..self }
    }

    /// The body: text, of characters that JSON does not escape.
    #[must_use]
    pub(crate) fn body(&self) -> String {
        "abcdefghijklmnop".chars().cycle().take(self.bytes).collect()
    }

    /// How many messages may wait for their confirm.
    #[must_use]
    pub(crate) fn window(&self) -> usize {
        (IN_FLIGHT_BYTES / self.bytes.max(1)).clamp(1, IN_FLIGHT)
    }

    /// `100 B`, `10 KiB`, `1 MiB`.
    #[must_use]
    pub(crate) fn size(&self) -> String {
        match self.bytes {
            bytes if bytes >= 1 << 20 && bytes % (1 << 20) == 0 => format!("{} MiB", bytes >> 20),
            bytes if bytes >= 1 << 10 && bytes % (1 << 10) == 0 => format!("{} KiB", bytes >> 10),
            bytes => format!("{bytes} B"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_named_as_people_do() {
        let size = |bytes| Load { bytes, count: 1 }.size();
        assert_eq!([100, 1024, 10 << 10, 1 << 20].map(size), ["100 B", "1 KiB", "10 KiB", "1 MiB"]);
    }

    #[test]
    fn the_window_is_the_relays() {
        let window = |bytes| Load { bytes, count: 1 }.window();
        assert_eq!([100, 1 << 20, 64 << 20].map(window), [2_000, 32, 1]);
    }
}
