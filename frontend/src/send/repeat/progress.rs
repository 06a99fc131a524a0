//! How far a run is, in numbers and in words.

use crate::ui::number::{grouped, plural};

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// It makes messages.
    Making,
    /// It makes no more, and some are not through.
    Finishing,
    /// Every message that it made is confirmed or has failed.
    Ended {
        /// How long it took, in milliseconds.
        ms: f64,
    },
}

/// How far a run is; `confirmed` + `failed` ≤ `made` ≤ `total`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// How many were wanted.
    pub total: u64,
    /// How many the outbox has got.
    pub made: u64,
    /// How many the broker has confirmed.
    pub confirmed: u64,
    /// How many have failed.
    pub failed: u64,
    /// Confirmed in the last second, on average over the run once it has ended.
    pub per_second: u64,
    /// See [`Phase`].
    pub phase: Phase,
}

impl Progress {
    /// The numbers: `12,034 of 100,000 confirmed · 10,200 per second`.
    #[must_use]
    pub fn numbers(&self) -> String {
        let mut text = format!("{} of {} confirmed", grouped(self.confirmed), grouped(self.total));
        if self.failed > 0 {
            text.push_str(" · ");
            text.push_str(&grouped(self.failed));
            text.push_str(" failed");
        }
        text.push_str(" · ");
        text.push_str(&grouped(self.per_second));
        text.push_str(" per second");
        text
    }

    /// What there is to know beside the numbers; `sends` is whether messages go out now.
    #[must_use]
    pub fn words(&self, sends: bool) -> Option<String> {
        let open = self.made.saturating_sub(self.confirmed + self.failed);
        let cut_short = self.made < self.total;
        match self.phase {
            Phase::Making | Phase::Finishing if !sends => {
                Some("Waiting until the broker takes messages. It goes on by itself.".to_owned())
            }
            Phase::Making => None,
            Phase::Finishing if cut_short => Some(format!(
                "Stopped after {}; {} still being sent.",
                plural(self.made, "message", "messages"),
                plural(open, "is", "are"),
            )),
            Phase::Finishing => None,
            Phase::Ended { .. } if cut_short && self.failed >= super::MAX_FAILED => Some(format!(
                "Stopped after {}, since too many failed. The list says why.",
                plural(self.made, "message", "messages"),
            )),
            Phase::Ended { .. } if cut_short => {
                Some(format!("Stopped after {}.", plural(self.made, "message", "messages")))
            }
            Phase::Ended { ms } => Some(format!("Done in {:.1} s.", ms / 1_000.0)),
        }
    }
}

/// What to say after a reload of the tab has ended a run; `saved` is of
/// [`Repeat::save`](super::Repeat::save).
#[must_use]
pub fn ended_words(saved: &str) -> Option<String> {
    let (made, total) = saved.split_once(' ')?;
    let (made, total): (u64, u64) = (made.parse().ok()?, total.parse().ok()?);
    (made < total).then(|| {
        format!(
            "The repeat ended at {} of {} when this tab was reloaded or closed. What it had \
             handed in still goes out; the rest was not made.",
            grouped(made),
            grouped(total)
        )
    })
}
