//! What the page does with a queue: watch it, look into it, or receive from it; what a token allows of
//! that; and what was chosen for each queue.

use std::collections::HashMap;

use warren_protocol::{AckMode, Rights};

use crate::ui::language::Language;

/// What the page does with a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Shows copies of what passes through it.
    Watch,
    /// Shows what waits in it, and gives that back.
    Look,
    /// Takes what is in it.
    Receive,
}

impl Mode {
    /// In the order in which they are offered: what does least comes first.
    pub const ALL: [Self; 3] = [Self::Watch, Self::Look, Self::Receive];

    /// What is remembered.
    fn id(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Look => "look",
            Self::Receive => "receive",
        }
    }

    /// What its button says.
    #[must_use]
    pub fn name(self, language: Language) -> &'static str {
        match self {
            Self::Watch => language.watch(),
            Self::Look => language.look(),
            Self::Receive => language.receive(),
        }
    }

    /// What it does, in a sentence.
    #[must_use]
    pub fn does(self, language: Language) -> &'static str {
        match self {
            Self::Watch => language.watch_does(),
            Self::Look => language.look_does(),
            Self::Receive => language.receive_does(),
        }
    }

    /// The id of the element that says so.
    pub(crate) fn does_id(self) -> &'static str {
        match self {
            Self::Watch => "does-watch",
            Self::Look => "does-look",
            Self::Receive => "does-receive",
        }
    }

    /// Whether a token with these rights allows it.
    #[must_use]
    pub fn is_allowed(self, rights: Rights) -> bool {
        match self {
            Self::Watch => rights.watch,
            Self::Look => rights.look || rights.receive,
            Self::Receive => rights.receive,
        }
    }

    /// Why it cannot be chosen, in words.
    #[must_use]
    pub fn refused(self, language: Language) -> &'static str {
        match self {
            Self::Watch => language.may_not_watch(),
            Self::Look => language.may_not_look(),
            Self::Receive => language.may_not_receive(),
        }
    }
}

/// What a token may do, in words, where that is not everything.
#[must_use]
pub fn rights_words(rights: Rights, language: Language) -> Option<String> {
    let may = [
        (rights.send, language.may_send()),
        (rights.receive, language.may_receive()),
        (rights.look || rights.receive, language.may_look()),
        (rights.watch, language.may_watch()),
    ];
    let may: Vec<&str> = may.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect();
    (!may.is_empty() && may.len() < 4).then(|| language.token_may(&may))
}

/// What was chosen for a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// What to do with it.
    pub mode: Mode,
    /// Whether to wait with that.
    pub paused: bool,
    /// Who acknowledges what is received, once that was chosen.
    pub ack: Option<AckMode>,
}

/// What is remembered of a pause.
const PAUSED: &str = "paused";

/// What is remembered of who acknowledges.
const ACK_IDS: [(AckMode, &str); 2] = [(AckMode::Auto, "auto"), (AckMode::Manual, "manual")];

impl Choice {
    /// To do this, now.
    #[must_use]
    pub fn now(mode: Mode) -> Self {
        Self { mode, paused: false, ack: None }
    }

    /// As another tab, or this one after it was closed, begins with it: what takes messages, or costs them
    /// something, waits for its user to say so again, and so does Auto ack.
    #[must_use]
    pub fn kept(self) -> Self {
        let paused = self.paused || self.mode != Mode::Watch;
        Self { paused, ack: self.ack.filter(|ack| *ack == AckMode::Manual), ..self }
    }

    /// For [`Choice::restore`].
    #[must_use]
    pub fn save(self) -> String {
        let ack = ACK_IDS.into_iter().find(|(ack, _)| Some(*ack) == self.ack);
        let words = [Some(self.mode.id()), ack.map(|(_, id)| id), self.paused.then_some(PAUSED)];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// What [`Choice::save`] wrote.
    #[must_use]
    pub fn restore(saved: &str) -> Option<Self> {
        let has = |word| saved.split(' ').any(|saved| saved == word);
        let mode = Mode::ALL.into_iter().find(|mode| has(mode.id()))?;
        let ack = ACK_IDS.into_iter().find(|(_, id)| has(id)).map(|(ack, _)| ack);
        Some(Self { mode, paused: has(PAUSED), ack })
    }
}

/// What was chosen for each queue, by its name.
pub type Choices = HashMap<String, Choice>;
