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
    /// That queue, once one was chosen.
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

/// What is wrong with a plan, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// With the queue of all messages.
    Queue(String),
    /// In the field "Per second".
    PerSecond(String),
}

impl PlanForm {
    /// The queue of all messages: the one that was chosen, else the first of `offered`, as the form
    /// shows it.
    #[must_use]
    pub fn queue_of_all<'a>(&'a self, offered: &'a [String]) -> Option<&'a String> {
        self.queue.as_ref().or(offered.first())
    }

    /// The plan, or what is wrong, where the page may send to the queues `offered`.
    pub fn check(&self, offered: &[String], language: Language) -> Result<Plan, Mistake> {
        let pace = match self.pace {
            0 => Pace::Fast,
            1 => {
                let count = whole(&self.per_second, MAX_PER_SECOND, language);
                Pace::PerSecond(count.map_err(Mistake::PerSecond)?)
            }
            _ => Pace::Original,
        };
        // None of its own queue instead: the messages would go where nobody wants them.
        let queue = if self.one_queue {
            let queue = self.queue_of_all(offered).filter(|queue| offered.contains(queue));
            let wrong = || Mistake::Queue(language.replay_choose_queue().to_owned());
            Some(queue.ok_or_else(wrong)?.clone())
        } else {
            None
        };
        Ok(Plan { queue, new_ids: self.new_ids, pace, goes_on: self.goes_on })
    }
}
