//! Which delivery tag of a session stands for which of its channel, and what is unsettled. Pure.
//!
//! A session's tags count up by one for as long as it lives, so that a client can tell that it
//! has missed a delivery; a channel's start again at 1 with each channel, and leave out what was
//! given back unseen. Every tag up to the base belongs to a channel that is gone: it is stale and
//! must never settle another message.

use std::collections::VecDeque;

use warren_protocol::Tags;

/// The deliveries of one session.
#[derive(Debug, Default)]
pub(crate) struct DeliveryTags {
    /// The last tag of the channels that are gone.
    base: u64,
    /// The last tag that was issued.
    last: u64,
    /// Issued on the present channel and not settled, ascending.
    unsettled: VecDeque<Issued>,
    /// Whether deliveries were unsettled when a channel went, and nobody was told yet.
    lost: bool,
}

/// A delivery that is not settled.
#[derive(Debug, Clone, Copy)]
struct Issued {
    /// The session's tag.
    tag: u64,
    /// The channel's tag.
    delivery_tag: u64,
}

/// What settling comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settlement {
    /// Tags of the channel, each with AMQP's `multiple`.
    pub(crate) commands: Vec<(u64, bool)>,
    /// How many deliveries these are.
    pub(crate) count: usize,
    /// Tags of the session whose channel is gone.
    pub(crate) stale: Option<Tags>,
}

impl DeliveryTags {
    /// Takes a delivery of the present channel and gives it the session's tag.
    pub(crate) fn issue(&mut self, delivery_tag: u64) -> u64 {
        self.last += 1;
        self.unsettled.push_back(Issued { tag: self.last, delivery_tag });
        self.last
    }

    /// The channel is gone.
    pub(crate) fn lose_channel(&mut self) {
        self.base = self.last;
        self.lost |= !self.unsettled.is_empty();
        self.unsettled.clear();
    }

    /// How many deliveries wait to be settled.
    pub(crate) fn unsettled(&self) -> usize {
        self.unsettled.len()
    }

    /// Marks deliveries as settled, or names one that was never issued or is settled already;
    /// nothing is marked then.
    pub(crate) fn settle(&mut self, which: &Tags) -> Result<Settlement, u64> {
        match which {
            Tags::UpTo(tag) if *tag > self.last => Err(*tag),
            Tags::UpTo(tag) => Ok(self.settle_up_to(*tag)),
            Tags::List(tags) => self.settle_each(tags),
        }
    }

    fn settle_up_to(&mut self, tag: u64) -> Settlement {
        let mut settlement = Settlement::default();
        if self.lost {
            settlement.stale = Some(Tags::UpTo(tag.min(self.base)));
            self.lost = tag < self.base;
        }
        let count = self.unsettled.partition_point(|issued| issued.tag <= tag);
        settlement.count = count;
        settlement.commands.extend(self.settle_oldest(count));
        settlement
    }

    fn settle_each(&mut self, chosen: &[u64]) -> Result<Settlement, u64> {
        let mut tags = chosen.to_vec();
        tags.sort_unstable();
        tags.dedup();
        if tags.first() == Some(&0) {
            return Err(0);
        }
        let live = tags.split_off(tags.partition_point(|tag| *tag <= self.base));
        let mut found = Vec::with_capacity(live.len());
        for tag in &live {
            let at = self.unsettled.binary_search_by_key(tag, |issued| issued.tag);
            found.push(self.unsettled[at.map_err(|_| *tag)?]);
        }
        let mut settlement = Settlement::default();
        if !tags.is_empty() {
            settlement.stale = Some(Tags::List(tags));
        }
        settlement.count = live.len();
        // The oldest ones in a row are one command.
        let oldest = self.unsettled.iter().take(live.len()).map(|issued| issued.tag);
        if oldest.eq(live.iter().copied()) {
            settlement.commands.extend(self.settle_oldest(live.len()));
        } else {
            self.unsettled.retain(|issued| live.binary_search(&issued.tag).is_err());
            settlement.commands.extend(found.iter().map(|issued| (issued.delivery_tag, false)));
        }
        Ok(settlement)
    }

    /// The command that settles the `count` oldest deliveries.
    fn settle_oldest(&mut self, count: usize) -> Option<(u64, bool)> {
        let last = self.unsettled.drain(..count).next_back()?;
        Some((last.delivery_tag, count > 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued(deliveries: u64) -> DeliveryTags {
        let mut tags = DeliveryTags::default();
        for delivery_tag in 1..=deliveries {
            tags.issue(delivery_tag);
        }
        tags
    }

    #[test]
    fn up_to_settles_all_that_is_unsettled() {
        let mut tags = issued(5);
        assert_eq!(tags.settle(&Tags::UpTo(3)).unwrap().commands, [(3, true)]);
        assert_eq!(tags.settle(&Tags::UpTo(4)).unwrap().commands, [(4, false)]);
        assert_eq!(tags.settle(&Tags::UpTo(4)).unwrap(), Settlement::default());
        assert_eq!(tags.unsettled(), 1);
    }

    #[test]
    fn tags_that_were_never_issued_settle_nothing() {
        let mut tags = issued(2);
        assert_eq!(tags.settle(&Tags::UpTo(3)), Err(3));
        assert_eq!(tags.settle(&Tags::List(vec![1, 9])), Err(9));
        assert_eq!(tags.settle(&Tags::UpTo(2)).unwrap().commands, [(2, true)]);
        assert_eq!(tags.settle(&Tags::List(vec![1])), Err(1));
        tags.lose_channel();
        assert_eq!(tags.settle(&Tags::List(vec![0, 1])), Err(0));
    }

    #[test]
    fn single_tags_are_single_commands_unless_they_are_the_oldest() {
        let mut tags = issued(6);
        let chosen = tags.settle(&Tags::List(vec![5, 3, 3])).unwrap();
        assert_eq!(chosen.commands, [(3, false), (5, false)]);
        assert_eq!(tags.settle(&Tags::List(vec![2, 1])).unwrap().commands, [(2, true)]);
    }

    #[test]
    fn a_lost_channels_tags_are_stale_and_never_used_again() {
        let mut tags = issued(3);
        tags.settle(&Tags::UpTo(1)).unwrap();
        tags.lose_channel();
        assert_eq!(tags.unsettled(), 0);
        assert_eq!(tags.issue(1), 4);
        let settlement = tags.settle(&Tags::UpTo(4)).unwrap();
        assert_eq!(
            settlement,
            Settlement { commands: vec![(1, false)], count: 1, stale: Some(Tags::UpTo(3)) }
        );
        let settlement = tags.settle(&Tags::List(vec![2])).unwrap();
        assert_eq!(
            settlement,
            Settlement { commands: vec![], count: 0, stale: Some(Tags::List(vec![2])) }
        );
    }

    #[test]
    fn tags_have_no_gaps_where_the_channels_have() {
        let mut tags = DeliveryTags::default();
        assert_eq!([4, 5, 9].map(|delivery_tag| tags.issue(delivery_tag)), [1, 2, 3]);
        assert_eq!(tags.settle(&Tags::List(vec![2])).unwrap().commands, [(5, false)]);
        assert_eq!(tags.settle(&Tags::UpTo(3)).unwrap().commands, [(9, true)]);
    }

    proptest::proptest! {
        /// Whatever is asked, each delivery of a channel is settled at most once, and only one
        /// that was issued on that very channel.
        #[test]
        fn no_delivery_is_settled_twice(
            steps in proptest::collection::vec((0u8..4, 0u64..30, 0u64..30), 1..60),
        ) {
            let mut tags = DeliveryTags::default();
            let mut open = std::collections::BTreeSet::new();
            let mut delivery_tag = 0;
            for (step, one, two) in steps {
                let which = match step {
                    0 => {
                        delivery_tag += 1 + one % 3;
                        tags.issue(delivery_tag);
                        open.insert(delivery_tag);
                        continue;
                    }
                    1 => {
                        tags.lose_channel();
                        open.clear();
                        delivery_tag = 0;
                        continue;
                    }
                    2 => Tags::UpTo(one),
                    _ => Tags::List(vec![one, two]),
                };
                for (tag, multiple) in tags.settle(&which).unwrap_or_default().commands {
                    if multiple {
                        let later = open.split_off(&(tag + 1));
                        proptest::prop_assert!(!open.is_empty());
                        open = later;
                    } else {
                        proptest::prop_assert!(open.remove(&tag));
                    }
                }
            }
        }
    }
}
