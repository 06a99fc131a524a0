//! Rows of this session by their tag. Rows of earlier sessions may have the same.

use super::{Inbox, Row};

impl Inbox {
    /// The row of this session with this tag.
    pub(super) fn session_row(&self, tag: u64) -> Option<&Row> {
        let mut pinned = self.pinned.range(self.before_session + 1..).map(|(_, row)| row);
        pinned.find(|row| row.message.tag == tag).or_else(|| self.ring_row(tag))
    }

    /// The row of this session with this tag in the ring. Tags count up.
    pub(super) fn ring_row(&self, tag: u64) -> Option<&Row> {
        let start = (self.before_session + 1).saturating_sub(self.ring_first());
        let session = usize::try_from(start).ok()?.min(self.ring.len())..;
        let count = self.ring.range(session.clone()).len();
        let (mut from, mut to) = (self.ring.len() - count, self.ring.len());
        while from < to {
            let middle = from + (to - from) / 2;
            match self.ring.get(middle)? {
                row if row.message.tag < tag => from = middle + 1,
                _ => to = middle,
            }
        }
        self.ring.get(from).filter(|row| row.message.tag == tag && row.message.watched.is_none())
    }
}
