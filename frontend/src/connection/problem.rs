//! The strip under the header while something is wrong: what happened, what to check, when the next
//! try is.

use yew::prelude::*;

use crate::ui::language::Language;

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What happened.
    pub what: String,
    /// What to check or to do; may be empty.
    pub hint: String,
    /// When the next try is, in seconds from now; 0 while it is under way.
    pub retry_s: Option<f64>,
    /// Whether the page itself can try at once.
    pub can_try: bool,
}

/// The strip. `on_try` tries at once.
pub(crate) fn problem_strip(language: Language, problem: &Problem, on_try: &Callback<()>) -> Html {
    let between = language.between_sentences();
    html! {
        <div class="strip bad" role="alert">
            <p title={[&*problem.what, &*problem.hint].join(between)}>
                <b>{&problem.what}</b>{between}{&problem.hint}
            </p>
            // Counts down each second, which nobody wants to have read out.
            if let Some(seconds) = problem.retry_s {
                <span class="retry" aria-live="off">
                    {if seconds < 1.0 { language.trying_now().to_owned() } else { language.next_try(seconds as u64) }}
                </span>
            }
            if problem.can_try {
                <button type="button" onclick={on_try.reform(|_| ())}>{language.try_now()}</button>
            }
        </div>
    }
}
