//! What a look costs, in words: that depends on the kind of the queue, and on the broker's version.
//!
//! A quorum queue counts how often a message went back to it, before RabbitMQ 4.3 by a look too. Beyond
//! the queue's delivery limit it drops the message, or dead-letters it. From RabbitMQ 4.0 on a queue
//! that says nothing has a limit of 20.

use warren_protocol::QueueType;

use crate::ui::language::Language;

/// From which `x-delivery-count` on a look may be the last of a message: after n looks the highest that
/// was seen is n - 1, so that the next one would be the 20th.
const RISKY: u32 = 18;

/// What is known of the queue and its broker.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// What kind of queue it is.
    pub queue_type: Option<QueueType>,
    /// The highest `x-delivery-count` that was seen of its messages.
    pub delivery_count: Option<u32>,
    /// RabbitMQ's version, as `4.0.5`.
    pub version: Option<&'a str>,
}

/// Whether a look counts towards a quorum queue's delivery limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    /// It does, where the queue has a limit: before RabbitMQ 4.0.
    WhereLimited,
    /// It does, and there is a limit: from 4.0 to 4.2.
    Always,
    /// It does not: from 4.3 on.
    No,
    /// Which of these holds is not known.
    Unknown,
}

impl Known<'_> {
    fn counts(&self) -> Counts {
        match self.version() {
            None => Counts::Unknown,
            Some((major, _)) if major < 4 => Counts::WhereLimited,
            Some((4, minor)) if minor < 3 => Counts::Always,
            Some(_) => Counts::No,
        }
    }

    /// The version of RabbitMQ.
    fn version(&self) -> Option<(u32, u32)> {
        let mut numbers = self.version?.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    }

    /// Whether a look may be the last of a message, as far as is known.
    #[must_use]
    pub fn is_risky(&self) -> bool {
        let counts = matches!(self.counts(), Counts::Always | Counts::Unknown);
        self.delivery_count.is_some_and(|count| count >= RISKY) && counts
    }

    /// Whether it costs anything: a stream keeps its messages.
    #[must_use]
    pub fn has_cost(&self) -> bool {
        self.queue_type != Some(QueueType::Stream)
    }

    /// What a look costs.
    #[must_use]
    pub fn cost(&self, language: Language) -> String {
        let quorum = match self.queue_type {
            Some(QueueType::Stream) => return language.look_at_stream().to_owned(),
            Some(QueueType::Classic) => return language.look_costs().to_owned(),
            Some(QueueType::Quorum) => true,
            None => false,
        };
        let limit = match (self.counts(), quorum) {
            (Counts::WhereLimited, true) => language.look_at_quorum_3(),
            (Counts::WhereLimited, false) => language.look_if_quorum_3(),
            (Counts::Always, true) => language.look_at_quorum_4(),
            (Counts::Always, false) => language.look_if_quorum_4(),
            (Counts::No, true) => language.look_not_counted(),
            (Counts::No, false) => "",
            (Counts::Unknown, true) => language.look_at_quorum(),
            (Counts::Unknown, false) => language.look_if_quorum(),
        };
        language.look_costs().to_owned() + limit
    }

    /// Why a look may be the last of a message.
    #[must_use]
    pub fn risk(&self, queue: &str, language: Language) -> Option<String> {
        let count = self.delivery_count.filter(|_| self.is_risky())?;
        Some(language.look_risk(queue, u64::from(count) + 1))
    }
}
