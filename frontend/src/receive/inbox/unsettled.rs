//! Which deliveries of this session are unsettled, and what is to be said about them to the
//! relay. The page acknowledges by itself only what arrived while it was to do so; what arrived
//! to be settled by hand is settled by hand alone, whatever the setting says later.
//!
//! Tags name deliveries within a session, numbers name rows for as long as the page lives.

use std::collections::{BTreeMap, VecDeque};

use warren_protocol::{ClientMessage, Outcome, Tags};

/// Tags that one `settle` names at most.
pub const MAX_SETTLE_TAGS: usize = 1_000;
/// Deliveries that are tracked at most: two windows of the largest size that the protocol can
/// name, since a window may be changed while another is full. What a relay sends beyond that is
/// shown, is never settled from here, and is delivered again when the page leaves.
pub const MAX_UNSETTLED: usize = 2 * u16::MAX as usize;

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckState {
    /// It is a copy that a watch showed: there is nothing to settle.
    Watched,
    /// The page acknowledges it by itself.
    Automatic,
    /// It is shown in a look, and goes back when that ends.
    Shown,
    /// It waits for the user's word.
    Open,
    /// The user has settled it so.
    Settled(Outcome),
    /// Its channel went before it was settled: the broker delivers it again.
    Lost,
}

/// What deliveries are for, as the relay says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// They are this session's to settle.
    #[default]
    Take,
    /// They are shown, and go back.
    Look,
    /// They are shown, and stay in their stream. To acknowledge them lets more come.
    Read,
}

/// A settlement that the user asked for and that is not written yet.
struct Asked {
    outcome: Outcome,
    tag: u64,
    number: u64,
}

/// See the module.
#[derive(Default)]
pub(super) struct Unsettled {
    /// Tag and number of what waits for the user.
    open: BTreeMap<u64, u64>,
    asked: VecDeque<Asked>,
    /// Tags that the page is to acknowledge by itself, in the order of arrival.
    automatic: Vec<u64>,
    /// Tag and number of what is shown in a look.
    shown: BTreeMap<u64, u64>,
    /// Something is unsettled that is not in `open`: `up_to` would settle it too.
    untracked: bool,
}

impl Unsettled {
    /// Takes a delivery in.
    pub(super) fn arrive(
        &mut self,
        tag: u64,
        number: u64,
        purpose: Purpose,
        by_hand: bool,
    ) -> AckState {
        if purpose == Purpose::Look {
            if self.shown.len() < MAX_UNSETTLED {
                self.shown.insert(tag, number);
            }
            return AckState::Shown;
        }
        if purpose == Purpose::Read || !by_hand {
            if self.automatic.len() < MAX_UNSETTLED {
                self.automatic.push(tag);
            }
            return AckState::Automatic;
        }
        // No relay gives a tag out twice. If one does, the buttons stay with the first.
        if self.open.len() >= MAX_UNSETTLED || self.open.contains_key(&tag) {
            self.untracked = true;
            return AckState::Lost;
        }
        self.open.insert(tag, number);
        AckState::Open
    }

    /// Settles an open delivery, and tells whether it was one.
    pub(super) fn settle(&mut self, tag: u64, number: u64, outcome: Outcome) -> bool {
        if self.open.get(&tag) != Some(&number) {
            return false;
        }
        self.open.remove(&tag);
        self.asked.push_back(Asked { outcome, tag, number });
        true
    }

    /// How many wait for the user.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// The numbers of those that wait for the user.
    pub(super) fn open_numbers(&self) -> impl Iterator<Item = u64> {
        self.open.values().copied()
    }

    /// How many are shown in a look.
    pub(super) fn shown(&self) -> usize {
        self.shown.len()
    }

    /// A look is over: gives the numbers of what it has shown.
    pub(super) fn end_look(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.shown).into_values().collect()
    }

    /// What is shown stays in its queue, which is a stream: the page acknowledges it, so that more
    /// comes. Gives the numbers.
    pub(super) fn acknowledge_shown(&mut self) -> Vec<u64> {
        let shown = std::mem::take(&mut self.shown);
        self.automatic.extend(shown.keys());
        shown.into_values().collect()
    }

    /// The next message to write. What the user asked for goes first, so that no `up_to` settles it
    /// in another way.
    pub(super) fn take(&mut self) -> Option<ClientMessage> {
        if let Some(first) = self.asked.front() {
            let outcome = first.outcome;
            let run = self.asked.iter().take_while(|asked| asked.outcome == outcome);
            let count = run.take(MAX_SETTLE_TAGS).count();
            let tags = self.asked.drain(..count).map(|asked| asked.tag).collect();
            return Some(ClientMessage::Settle { outcome, tags: Tags::List(tags) });
        }
        let last = *self.automatic.iter().max()?;
        let after =
            |map: &BTreeMap<u64, u64>| map.first_key_value().is_none_or(|(tag, _)| *tag > last);
        let alone = !self.untracked && after(&self.open) && after(&self.shown);
        let tags = if alone {
            self.automatic.clear();
            Tags::UpTo(last)
        } else {
            let count = self.automatic.len().min(MAX_SETTLE_TAGS);
            Tags::List(self.automatic.drain(..count).collect())
        };
        Some(ClientMessage::Settle { outcome: Outcome::Ack, tags })
    }

    /// The channel or the link is gone, and every tag with it. Gives the numbers of what the user
    /// has not settled, or not in time, and the tags of what the page has not acknowledged.
    pub(super) fn lose(&mut self) -> (Vec<u64>, Vec<u64>) {
        let Self { open, asked, automatic, .. } = std::mem::take(self);
        let numbers = open.into_values().chain(asked.into_iter().map(|asked| asked.number));
        (numbers.collect(), automatic)
    }

    /// The relay says that these could not be settled. Gives the numbers of those that are open.
    pub(super) fn stale(&mut self, which: &Tags) -> Vec<u64> {
        match which {
            Tags::UpTo(last) => {
                let later = last.checked_add(1).map(|next| self.open.split_off(&next));
                std::mem::replace(&mut self.open, later.unwrap_or_default()).into_values().collect()
            }
            Tags::List(tags) => tags.iter().filter_map(|tag| self.open.remove(tag)).collect(),
        }
    }
}
