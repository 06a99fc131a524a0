//! Which tab an outbox belongs to, and what becomes of what an earlier life of the tab has kept.
//!
//! `sessionStorage` is copied with a tab that is duplicated, and comes back with a tab that is
//! reopened days later. So each outbox has an id, whose lock one tab holds, and says when it was
//! kept: what another tab has is left to that one, and what is old is offered, not sent.
//!
//! What is kept is one or more sections: a line `ID MS`, or `ID MS offered`, and then the lines of
//! [`Outbox::save`](super::Outbox::save).

use std::fmt::Write as _;

use super::saved::waiting_in;
use crate::ui::number::{decimal, plain};

/// Messages that were kept longer ago than this, in milliseconds, are not sent unasked. A reload
/// takes seconds, also of a slow page; who comes back later may have sent them in another way.
pub const FRESH_MS: f64 = 5.0 * 60_000.0;

const OFFERED: &str = "offered";

/// Whose an outbox is that this tab has a copy of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// This tab's: it holds the lock.
    Ours,
    /// Another tab's, which holds the lock.
    Elsewhere,
    /// The browser has no locks here.
    Unknown {
        /// Whether the page was reloaded: a tab that is duplicated or reopened is not.
        reload: bool,
    },
}

/// Messages of an earlier life of the tab, which are sent only if the user says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// How many wait.
    pub messages: usize,
    /// When they were kept, in milliseconds since 1970-01-01 UTC; 0 where nobody knows.
    pub saved_ms: f64,
    /// Whether another tab may have them too, and have sent them.
    pub unsure: bool,
    lines: String,
}

impl Offer {
    /// Offers what [`Outbox::save`](super::Outbox::save) gave at `saved_ms`.
    #[must_use]
    pub fn new(lines: String, saved_ms: f64, unsure: bool) -> Self {
        Self { messages: waiting_in(&lines), saved_ms, unsure, lines }
    }

    /// For [`Outbox::restore`](super::Outbox::restore).
    #[must_use]
    pub fn lines(&self) -> &str {
        &self.lines
    }

    /// This offer and a later one, in one.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        self.messages += later.messages;
        self.saved_ms = self.saved_ms.min(later.saved_ms);
        self.unsure |= later.unsure;
        self.lines.push_str(&later.lines);
        self
    }
}

/// What this tab takes of what is kept.
#[derive(Debug, Default, PartialEq)]
pub struct Taken {
    /// To be restored, and sent, at once.
    pub lines: String,
    /// To be offered.
    pub offer: Option<Offer>,
}

/// What the tab keeps at `now_ms`: the outbox's lines, and what is offered.
#[must_use]
pub fn keep(id: &str, now_ms: f64, lines: &str, offer: Option<&Offer>) -> String {
    let mut text = format!("{id} {}\n{lines}", plain(now_ms));
    if let Some(offer) = offer {
        // Writing to a string does not fail.
        let _ = write!(text, "{id} {} {OFFERED}\n{}", plain(offer.saved_ms), offer.lines);
    }
    text
}

/// The line that tells what [`keep`] gave from all else that it gave.
#[must_use]
pub fn mark(kept: &str) -> &str {
    kept.lines().next().unwrap_or_default()
}

/// The id of what is kept; none where there is none.
#[must_use]
pub fn id(kept: &str) -> Option<&str> {
    mark(kept).split_once(' ').map(|(id, _)| id).filter(|id| is_header(id))
}

/// Whether what is kept has any messages.
#[must_use]
pub fn has_messages(kept: &str) -> bool {
    kept.lines().any(|line| !is_header(line))
}

/// What of `kept` a tab takes that starts at `now_ms`.
#[must_use]
pub fn take(kept: &str, claim: Claim, now_ms: f64) -> Taken {
    let mut taken = Taken::default();
    let (may_send, unsure) = match claim {
        Claim::Ours => (true, false),
        Claim::Unknown { reload } => (reload, true),
        Claim::Elsewhere => return taken,
    };
    for Section { saved_ms, offered, lines } in sections(kept) {
        // A clock that was set back does not make it older.
        let fresh = !offered && (now_ms - saved_ms).abs() <= FRESH_MS;
        let offer = Offer::new(lines, saved_ms, unsure);
        // Failed messages are only shown: nothing is sent.
        if offer.messages == 0 || (may_send && fresh) {
            taken.lines.push_str(&offer.lines);
        } else {
            taken.offer = Some(match taken.offer.take() {
                Some(before) => before.and(offer),
                None => offer,
            });
        }
    }
    taken
}

#[derive(Default)]
struct Section {
    saved_ms: f64,
    offered: bool,
    lines: String,
}

fn sections(kept: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in kept.lines() {
        if is_header(line) {
            let mut words = line.split(' ').skip(1);
            // What cannot be read is old.
            let saved_ms = words.next().and_then(decimal).unwrap_or(0.0);
            let offered = words.next() == Some(OFFERED);
            sections.push(Section { saved_ms, offered, lines: String::new() });
            continue;
        }
        if sections.is_empty() {
            sections.push(Section::default());
        }
        if let Some(section) = sections.last_mut() {
            section.lines.push_str(line);
            section.lines.push('\n');
        }
    }
    sections
}

/// Every other line is a JSON object.
fn is_header(line: &str) -> bool {
    !line.starts_with('{')
}
