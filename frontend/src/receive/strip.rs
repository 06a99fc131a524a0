//! The strip above the list: what a look costs, why one has not started or is over, why there is
//! nothing to watch, and what the user can do about it.

use warren_protocol::{Detail, StopReason};
use yew::prelude::*;

use crate::{
    receive::{
        look,
        mode::{Choice, Mode},
        subscription::DeliveryState,
    },
    ui::{
        copy_button::CopyButton,
        language::{Language, detail::detail, sentence},
    },
};

/// What a button of the strip does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Starts a look that may be the last of a message.
    LookAnyway,
    /// Leaves it be.
    DoNotLook,
    /// Starts another look.
    LookAgain,
    /// Begins without a place in a stream.
    BeginAnywhere,
}

impl Act {
    /// What the button says.
    #[must_use]
    pub fn name(self, language: Language) -> &'static str {
        match self {
            Self::LookAnyway => language.look_anyway(),
            Self::DoNotLook => language.do_not_look(),
            Self::LookAgain => language.look_again(),
            Self::BeginAnywhere => language.read_without_place(),
        }
    }
}

/// What the strip shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    /// Whether it warns.
    pub warns: bool,
    /// What is to be known.
    pub words: String,
    /// What is to be run on a command line.
    pub command: Option<String>,
    /// What follows by itself.
    pub then: &'static str,
    /// What can be done.
    pub acts: &'static [Act],
}

/// What the strip speaks of.
#[derive(Debug)]
pub struct Situation<'a> {
    /// What was chosen for the queue.
    pub choice: Choice,
    /// Its name.
    pub queue: &'a str,
    /// Whether a look waits for the user's word, or for what the relay knows.
    pub held: bool,
    /// What is known of a look at it.
    pub look: look::Known<'a>,
    /// How the last look ended by itself.
    pub look_over: Option<&'a Detail>,
    /// Whether deliveries come.
    pub delivery_state: &'a DeliveryState,
}

/// What the user has to know of what goes on, where it is something.
#[must_use]
pub fn strip(what: Situation<'_>, language: Language) -> Option<Strip> {
    let Situation { choice: Choice { mode, paused, .. }, queue, delivery_state, .. } = what;
    let plain = |words| Strip { warns: false, words, command: None, then: "", acts: &[] };
    let warning = |words, acts| Strip { warns: true, words, command: None, then: "", acts };
    if let (Mode::Look, true, Some(over)) = (mode, paused, what.look_over) {
        let words = sentence(&detail(over, language), language);
        return Some(Strip { acts: &[Act::LookAgain], ..plain(words) });
    }
    if paused {
        return None;
    }
    match (mode, delivery_state) {
        (Mode::Look, _) if what.held => {
            let risk = what.look.risk(queue, language)?;
            Some(warning(risk, &[Act::LookAnyway, Act::DoNotLook]))
        }
        (
            _,
            DeliveryState::Stopped(StopReason::Refused, Some(why @ Detail::QueueNoStream { .. })),
        ) => Some(warning(sentence(&detail(why, language), language), &[Act::BeginAnywhere])),
        (Mode::Watch, DeliveryState::Stopped(StopReason::NotTraced, why)) => {
            Some(not_traced(why.as_ref(), language))
        }
        (Mode::Look, _) => {
            let words = what.look.cost(language);
            Some(if what.look.has_cost() { warning(words, &[]) } else { plain(words) })
        }
        _ => None,
    }
}

fn not_traced(why: Option<&Detail>, language: Language) -> Strip {
    let (words, command) = match why {
        Some(Detail::NotTraced { vhost, command }) => {
            (language.tracing_is_off(vhost), Some(command.clone()))
        }
        Some(why) => (sentence(&detail(why, language), language), None),
        None => (sentence(language.not_watching(), language), None),
    };
    Strip { warns: true, words, command, then: language.looks_again_by_itself(), acts: &[] }
}

/// The strip. `on_act` does what its buttons say.
pub(crate) fn strip_view(language: Language, strip: &Strip, on_act: &Callback<Act>) -> Html {
    html! {
        <div class={classes!("strip", "said", strip.warns.then_some("warn"))}>
            <p>{&strip.words}</p>
            if let Some(command) = &strip.command {
                <code>{command}</code>
                <CopyButton {language} text={command.clone()} />
            }
            if !strip.then.is_empty() {
                <p>{strip.then}</p>
            }
            for act in strip.acts.iter().copied() {
                <button type="button" class="small" onclick={on_act.reform(move |_| act)}>
                    {act.name(language)}
                </button>
            }
        </div>
    }
}
