//! What the user has to know, until it is dismissed; and what those hear who hear the page.

use warren_protocol::Detail;

use crate::ui::{
    language::{Language, detail::detail as detail_words},
    number::grouped,
};

/// What the relay has said of a request: as a code, else in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// With its arguments.
    pub detail: Option<Detail>,
    /// For the client's developer.
    pub message: String,
}

impl Said {
    fn words(&self, language: Language) -> String {
        match &self.detail {
            Some(detail) => detail_words(detail, language),
            None => self.message.clone(),
        }
    }
}

/// Something that the user has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Messages were lost before they were acknowledged.
    Stale,
    /// A delivery was missing or came twice.
    OutOfStep,
    /// The relay does not let the page do something.
    NotAllowed(Said),
    /// The queue cannot do it.
    NotSupported(Said),
    /// The relay has not understood the page.
    NotUnderstood(Said),
    /// So many messages of the relay could not be read, the last one for this reason.
    Unreadable(u64, String),
    /// A repeat was cut short by a reload: so many of how many were made.
    RepeatEnded(u64, u64),
    /// The same of a replay.
    ReplayEnded(u64, u64),
    /// So many messages were to be sent again and were not, for a reload, and what else it ended.
    NotSentAgain(u64, Option<Box<Self>>),
    /// A move was cut short by a reload.
    MoveEnded {
        /// Where the messages come from.
        source: String,
        /// Where they go.
        target: String,
        /// How many were moved.
        moved: u64,
        /// Of how many.
        total: u64,
    },
}

impl Notice {
    /// In words.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Stale => language.lost_unacked().to_owned(),
            Self::OutOfStep => language.out_of_step().to_owned(),
            Self::NotAllowed(said) => language.not_allowed(&said.words(language)),
            Self::NotSupported(said) => language.not_supported(&said.words(language)),
            Self::NotUnderstood(said) => language.not_understood(&said.words(language)),
            Self::Unreadable(count, why) => language.unreadable(*count, why),
            Self::RepeatEnded(made, total) => language.repeat_ended(*made, *total),
            Self::ReplayEnded(made, total) => language.replay_ended(*made, *total),
            Self::NotSentAgain(count, ended) => {
                let words = language.not_sent_again(*count);
                let ended = ended.as_ref().map(|ended| ended.words(language));
                Vec::from_iter(ended.into_iter().chain([words])).join(language.between_sentences())
            }
            Self::MoveEnded { source, target, moved, total } => {
                let numbers = language.moved_of(&grouped(*moved), &grouped(*total));
                language.move_ended(source, target, &numbers)
            }
        }
    }
}

/// What has arrived, for those who hear the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Announcement {
    /// Nothing yet.
    #[default]
    Nothing,
    /// This message, whose body is short text.
    One(u64, String),
    /// So many.
    Many(u64),
    /// So many events of a watch.
    Observed {
        /// Messages that were published.
        published: u64,
        /// Deliveries to others.
        delivered: u64,
    },
}

impl Announcement {
    /// In words.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::One(number, line) => language.announce_one(&grouped(*number), line),
            Self::Many(count) => language.announce_many(&language.messages(*count)),
            Self::Observed { published, delivered } => {
                language.announce_observed(&grouped(*published), &grouped(*delivered))
            }
        }
    }
}
