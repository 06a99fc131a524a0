//! What can be moved, and where to; what is said before it starts.

use std::cmp::Reverse;

use warren_protocol::{AckMode, QueueStatus};

use crate::{
    receive::{
        copy::left_out_of,
        deaths::{Deaths, deaths, first_death_queue},
        inbox::Message,
        mode::Mode,
        subscription::Subscription,
    },
    store::State,
    ui::language::Language,
};

/// Why nothing can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The token has no right to send.
    MayNotSend,
    /// Nor to receive.
    MayNotReceive,
    /// There is no session.
    NotConnected,
    /// One is under way.
    Moving,
    /// The queue is watched, looked into, or nothing was chosen for it.
    Mode(Option<Mode>),
    /// The page acknowledges by itself.
    Automatic,
    /// The queue is a stream.
    Stream,
    /// There is no other queue.
    NoTarget,
}

impl Obstacle {
    /// In a sentence.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            Self::MayNotSend => language.move_needs_send(),
            Self::MayNotReceive => language.move_needs_receive(),
            Self::NotConnected => language.move_not_connected(),
            Self::Moving => language.move_runs(),
            Self::Mode(Some(Mode::Watch)) => language.move_while_watching(),
            Self::Mode(Some(Mode::Look)) => language.move_while_looking(),
            Self::Mode(_) => language.move_while_nothing(),
            Self::Automatic => language.move_while_automatic(),
            Self::Stream => language.move_of_stream(),
            Self::NoTarget => language.move_no_target(),
        }
    }
}

impl State {
    /// Why nothing can be moved out of the current queue, where nothing can.
    #[must_use]
    pub fn move_obstacle(&self) -> Option<Obstacle> {
        let obstacles = [
            (!self.may_send(), Obstacle::MayNotSend),
            (!self.may(Mode::Receive), Obstacle::MayNotReceive),
            (self.connection.session().is_none(), Obstacle::NotConnected),
            (self.is_moving(), Obstacle::Moving),
            (self.is_stream(), Obstacle::Stream),
            (self.mode() != Some(Mode::Receive), Obstacle::Mode(self.mode())),
            (self.ack() != AckMode::Manual, Obstacle::Automatic),
            (!self.receives_from_current(), Obstacle::Mode(None)),
            (self.move_targets().next().is_none(), Obstacle::NoTarget),
        ];
        obstacles.into_iter().find(|(holds, _)| *holds).map(|(_, obstacle)| obstacle)
    }

    /// Whether what is open came from the current queue. While another one was only turned away from, its
    /// messages stay open.
    fn receives_from_current(&self) -> bool {
        self.subscription().and_then(Subscription::queue) == self.current_queue()
    }

    /// The queues that can be moved to: all that the relay offers but the current one.
    pub fn move_targets(&self) -> impl Iterator<Item = &str> {
        let source = self.current_queue();
        self.known.queues.iter().map(String::as_str).filter(move |queue| Some(*queue) != source)
    }

    /// The queue in which the most of these rows first died, of those that can be moved to.
    #[must_use]
    pub fn suggested_target(&self, rows: &[u64]) -> Option<&str> {
        // Only the targets are counted: anybody can write such a header, with any name in it.
        let mut died_in: Vec<(&str, u64)> = self.move_targets().map(|queue| (queue, 0)).collect();
        for queue in self.messages(rows).filter_map(first_death_queue) {
            if let Some((_, count)) = died_in.iter_mut().find(|(target, _)| *target == queue) {
                *count += 1;
            }
        }
        // Of several the first, in the relay's order.
        let (target, count) = died_in.into_iter().min_by_key(|(_, count)| Reverse(*count))?;
        (count > 0).then_some(target)
    }

    /// Why and where these rows died.
    #[must_use]
    pub fn deaths(&self, rows: &[u64]) -> Vec<Deaths> {
        deaths(self.messages(rows))
    }

    /// What the copies of these rows will lack, and how many get a `message_id`, in words; nothing where
    /// they are as their originals.
    #[must_use]
    pub fn copies_words(&self, rows: &[u64], language: Language) -> Vec<String> {
        let unnamed = self.messages(rows).filter(|message| message.properties.message_id.is_none());
        let unnamed = unnamed.count() as u64;
        let unnamed = (unnamed > 0).then(|| language.move_names(unnamed));
        self.left_out_words(rows, language).into_iter().chain(unnamed).collect()
    }

    /// What the copies of these rows will lack, in words; nothing where they lack nothing.
    #[must_use]
    pub fn left_out_words(&self, rows: &[u64], language: Language) -> Option<String> {
        let left_out = left_out_of(self.messages(rows));
        (!left_out.is_empty()).then(|| language.move_leaves_out(&left_out))
    }

    /// How many messages a move of all looks at, as far as is known: those that are open, and those that
    /// are ready in the queue. While paused none come.
    #[must_use]
    pub fn move_all_count(&self) -> u64 {
        let ready = match self.current_counts().map(|count| &count.status) {
            Some(QueueStatus::Counts { ready, .. })
                if self.active_mode() == Some(Mode::Receive) && self.filter_times().is_none() =>
            {
                u64::from(*ready)
            }
            _ => 0,
        };
        self.inbox.open() as u64 + ready
    }

    fn messages(&self, rows: &[u64]) -> impl Iterator<Item = &Message> {
        rows.iter().filter_map(|number| self.inbox.row(*number)).map(|row| &*row.message)
    }
}
