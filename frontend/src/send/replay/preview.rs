//! What is said of a file before anything of it is sent: what would fail, and what is left out.

use super::{Found, MAX_NAMES, MAX_PAUSE_MS, OfQueue, Pauses};
use crate::{
    send::draft::too_large,
    ui::{language::Language, visible},
};

/// Queues and names that are listed; how many more there are is said.
pub const MAX_SHOWN: usize = 20;

/// The sentences, each in a paragraph of its own.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// How many messages go to which queue, where each goes to its own.
    pub queues: Vec<String>,
    /// What would fail.
    pub errors: Vec<String>,
    /// What else is to be known.
    pub notes: Vec<String>,
}

impl Preview {
    /// Of a file that is sent as the form says: all messages to one queue or not, at a pace. The page may
    /// send to the queues `offered`, none being known where it has not been connected yet, and bodies of
    /// at most `max_body_bytes`.
    #[must_use]
    pub fn of(
        found: &Found,
        one_queue: bool,
        original_pauses: bool,
        offered: &[String],
        max_body_bytes: Option<usize>,
        language: Language,
    ) -> Self {
        let mut preview = Self::default();
        if let Some(first) = &found.first_wrong {
            let words = language.replay_wrong_lines(found.wrong, &first.words(language));
            preview.errors.push(words);
        }
        if !one_queue {
            preview.each_to_its_own(found, offered, language);
        }
        if let Some(max) = max_body_bytes.filter(|max| found.largest > *max) {
            let words = too_large(language.replay_largest(), found.largest, max, language);
            preview.errors.push(words);
        }
        preview.note(found, language);
        if original_pauses {
            preview.note_pauses(found, language);
        }
        preview
    }

    fn each_to_its_own(&mut self, found: &Found, offered: &[String], language: Language) {
        let listed = found.queues.iter().take(MAX_SHOWN).map(|(queue, of)| {
            let queue = shown(queue, language);
            language.replay_to_queue(&queue, &language.messages(of.messages))
        });
        self.queues.extend(listed);
        let more = found.queues.values().skip(MAX_SHOWN).map(|of| of.messages).sum();
        if more > 0 {
            let queues = found.queues.len() - MAX_SHOWN;
            self.queues.push(language.replay_more_queues(queues as u64, more));
        }
        if found.further > 0 {
            self.errors.push(language.replay_further(found.further, MAX_NAMES as u64));
        }
        // Before the relay has named its queues nobody knows.
        if !offered.is_empty() {
            let unknown: Vec<_> = found.unknown(offered).collect();
            self.errors.extend(unknown_words(&unknown, language));
        }
    }

    fn note(&mut self, found: &Found, language: Language) {
        if found.messages == 0 {
            self.notes.push(language.replay_empty().to_owned());
        }
        if found.delivered > 0 {
            self.notes.push(language.replay_delivered(found.delivered));
        }
        if !found.left_out.is_empty() {
            let names = found.left_out.iter().take(MAX_SHOWN).map(String::as_str);
            let names = names.collect::<Vec<_>>().join(language.list_separator());
            let more = found.left_out.len().saturating_sub(MAX_SHOWN) as u64;
            self.notes.push(language.replay_left_out(&names, more));
        }
    }

    fn note_pauses(&mut self, found: &Found, language: Language) {
        let Pauses { ms, too_long, backwards } = found.pauses;
        if found.times_ms.is_none() {
            self.notes.push(language.replay_timeless().to_owned());
            return;
        }
        self.notes.push(language.replay_pauses(ms));
        if too_long > 0 {
            self.notes.push(language.replay_long_pauses(too_long, MAX_PAUSE_MS));
        }
        if backwards > 0 {
            self.notes.push(language.replay_backwards(backwards));
        }
        if found.timeless > 0 {
            self.notes.push(language.replay_some_timeless(found.timeless));
        }
    }
}

/// What is said of queues that the page may not send to: of one in a sentence, of several their sum and
/// then each.
fn unknown_words(unknown: &[(&str, OfQueue)], language: Language) -> Vec<String> {
    let mut words = Vec::new();
    if unknown.len() > 1 {
        let messages = unknown.iter().map(|(_, of)| of.messages).sum();
        words.push(language.replay_unknown_queues(messages, unknown.len() as u64));
    }
    words.extend(unknown.iter().take(MAX_SHOWN).map(|(queue, of)| {
        let count = language.messages(of.messages);
        if queue.is_empty() {
            language.replay_unnamed(&count, of.first_line)
        } else {
            language.replay_unknown(&count, &visible::name(queue), of.first_line)
        }
    }));
    if let Some(rest) = unknown.get(MAX_SHOWN..).filter(|rest| !rest.is_empty()) {
        let messages = rest.iter().map(|(_, of)| of.messages).sum();
        words.push(language.replay_more_queues(rest.len() as u64, messages));
    }
    words
}

fn shown(queue: &str, language: Language) -> String {
    if queue.is_empty() { language.no_queue_named().to_owned() } else { visible::name(queue) }
}
