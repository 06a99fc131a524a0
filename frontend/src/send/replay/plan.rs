//! How a file is sent again: as typed, and as checked.

use crate::{
    send::repeat::{MAX_PER_SECOND, whole},
    ui::language::Language,
};

/// When each message goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pace {
    /// As fast as RabbitMQ confirms.
    #[default]
    Fast,
    /// So many each second.
    PerSecond(u64),
    /// With the pauses between the times in the file.
    Original,
}

/// How a file is sent again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The queue of all messages; of each its own where none.
    pub queue: Option<String>,
    /// Whether each message gets a new `message_id`.
    pub new_ids: bool,
    /// See [`Pace`].
    pub pace: Pace,
    /// Whether it goes on after a failure.
    pub goes_on: bool,
}

/// A plan as it stands in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanForm {
    /// Whether all go to one queue.
    pub one_queue: bool,
    /// That queue.
    pub queue: Option<String>,
    /// See [`Plan::new_ids`].
    pub new_ids: bool,
    /// Which of "as fast as possible", "at a steady rate", "original pauses".
    pub pace: usize,
    /// The field "Per second".
    pub per_second: String,
    /// See [`Plan::goes_on`].
    pub goes_on: bool,
}

impl Default for PlanForm {
    fn default() -> Self {
        Self {
            one_queue: false,
            queue: None,
            new_ids: false,
            pace: 0,
            per_second: "10".to_owned(),
            goes_on: false,
        }
    }
}

impl PlanForm {
    /// The plan, or what is wrong with the rate, in words.
    pub fn check(&self, language: Language) -> Result<Plan, String> {
        let pace = match self.pace {
            0 => Pace::Fast,
            1 => Pace::PerSecond(whole(&self.per_second, MAX_PER_SECOND, language)?),
            _ => Pace::Original,
        };
        let queue = self.queue.clone().filter(|_| self.one_queue);
        Ok(Plan { queue, new_ids: self.new_ids, pace, goes_on: self.goes_on })
    }
}
