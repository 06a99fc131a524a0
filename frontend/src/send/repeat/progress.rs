//! How far a repeat is, in numbers and in words.

use crate::{
    send::run::{self, Phase},
    ui::{
        language::Language,
        number::{grouped, tenths},
    },
};

/// How far a repeat is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// How far its run is.
    pub run: run::Progress,
    /// Confirmed in the last second, on average over the run once it has ended.
    pub per_second: u64,
}

impl Progress {
    /// The numbers: `12,034 of 100,000 confirmed · 10,200 per second`.
    #[must_use]
    pub fn numbers(&self, language: Language) -> String {
        let mut parts = self.run.counts(language);
        parts.push(language.count_per_second(&grouped(self.per_second)));
        parts.join(" · ")
    }

    /// What there is to know beside the numbers; `sends` is whether messages go out now.
    #[must_use]
    pub fn words(&self, sends: bool, language: Language) -> Option<String> {
        let run = &self.run;
        let cut_short = run.made < run.total;
        let words = match run.phase {
            _ if run.waits(sends) => language.sending_waits().to_owned(),
            Phase::Making => return None,
            Phase::Finishing { .. } if cut_short => language.repeat_stopping(run.made, run.open()),
            Phase::Finishing { .. } => return None,
            Phase::Ended { .. } if cut_short && run.failed >= super::MAX_FAILED => {
                language.repeat_failed(run.made)
            }
            Phase::Ended { .. } if cut_short => language.repeat_stopped(run.made),
            Phase::Ended { ms } => language.done_in(&tenths(ms / 1_000.0)),
        };
        let words = [Some(words), run.unsure_words(language)];
        Some(Vec::from_iter(words.into_iter().flatten()).join(language.between_sentences()))
    }
}
