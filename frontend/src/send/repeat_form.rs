//! The form "Repeat": how many and how fast, and how far a run is.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    send::repeat::{MAX_PER_SECOND, MAX_TOTAL, Mistake, PlanForm, Progress},
    ui::{
        language::Language,
        segmented::{Segment, segmented},
    },
};

/// What the form shows, and what its parts do.
pub(crate) struct RepeatFormProps<'a> {
    pub(crate) language: Language,
    pub(crate) typed: &'a PlanForm,
    pub(crate) mistake: Option<&'a Mistake>,
    /// Whether bodies of this kind can be numbered.
    pub(crate) can_number: bool,
    /// Why it cannot be started, in words.
    pub(crate) obstacle: Option<&'static str>,
    pub(crate) on_typed: &'a Callback<PlanForm>,
    pub(crate) on_start: &'a Callback<()>,
}

pub(crate) fn repeat_form(props: &RepeatFormProps<'_>) -> Html {
    let RepeatFormProps { language, typed, on_typed, .. } = *props;
    let change = |change: fn(&mut PlanForm, HtmlInputElement)| {
        let (typed, on_typed) = (typed.clone(), on_typed.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                let mut typed = typed.clone();
                change(&mut typed, input);
                on_typed.emit(typed);
            }
        })
    };
    let (total_wrong, rate_wrong) = match props.mistake {
        Some(Mistake::Total(why)) => (Some(why), None),
        Some(Mistake::PerSecond(why)) => (None, Some(why)),
        None => (None, None),
    };
    let rates = [language.fast(), language.steady()].map(Segment::from);
    let rate = {
        let (typed, on_typed) = (typed.clone(), on_typed.clone());
        Callback::from(move |index: usize| {
            on_typed.emit(PlanForm { steady: index == 1, ..typed.clone() });
        })
    };
    // The second click of a double click comes when a short run is over, and would start another one.
    let on_start = props.on_start.clone();
    let start = move |event: MouseEvent| {
        if event.detail() < 2 {
            on_start.emit(());
        }
    };
    html! {
        <div class="repeat" role="group" aria-label={language.repeat()}>
            <div class="line">
                <label for="repeat-total">{language.how_many()}</label>
                <input id="repeat-total" class="count" type="number" min="1" step="1"
                    max={MAX_TOTAL.to_string()} value={typed.total.clone()}
                    aria-invalid={total_wrong.map(|_| "true")} aria-describedby="repeat-total-error"
                    oninput={change(|typed, input| typed.total = input.value())} />
                <label class="choice" title={language.number_hint()}>
                    <input type="checkbox" checked={typed.numbered} disabled={!props.can_number}
                        aria-describedby="number-hint"
                        oninput={change(|typed, input| typed.numbered = input.checked())} />
                    {language.fill_in()}
                </label>
            </div>
            <span id="number-hint" class="hint">
                {if props.can_number { language.number_hint() } else { language.number_texts_only() }}
            </span>
            <span id="repeat-total-error" class="error" role="status">{total_wrong}</span>
            <div class="line">
                {segmented(language.rate(), &rates, usize::from(typed.steady), &rate)}
            </div>
            <div class="line">
                <label for="repeat-rate">{language.per_second()}</label>
                <input id="repeat-rate" class="count" type="number" min="1" step="1"
                    max={MAX_PER_SECOND.to_string()} value={typed.per_second.clone()}
                    aria-invalid={rate_wrong.map(|_| "true")} aria-describedby="repeat-rate-error"
                    oninput={change(|typed, input| {
                        typed.per_second = input.value();
                        // Who types a rate wants it.
                        typed.steady = true;
                    })} />
                <span class="space"></span>
                <button type="button" disabled={props.obstacle.is_some()}
                    aria-describedby="repeat-obstacle" onclick={start}>
                    {language.start()}
                </button>
            </div>
            <span id="repeat-rate-error" class="error" role="status">{rate_wrong}</span>
            <span id="repeat-obstacle" class="hint">{props.obstacle}</span>
        </div>
    }
}

/// How far a run is; `sends` is whether what is sent now goes out now.
pub(super) fn repeat_progress(
    language: Language,
    progress: &Progress,
    sends: bool,
    on_stop: &Callback<()>,
) -> Html {
    html! {
        <div class="run" role="group" aria-label={language.repeat_progress()}>
            <div class="line">
                <progress aria-label={language.messages_confirmed()} max={progress.run.total.to_string()}
                    value={progress.run.confirmed.to_string()} />
                if progress.run.can_stop() {
                    <button type="button" onclick={on_stop.reform(|_| ())}>
                        {language.stop()}
                    </button>
                }
            </div>
            <p class="totals" data-confirmed={progress.run.confirmed.to_string()}>
                {progress.numbers(language)}
            </p>
            <p class="note" role="status">{progress.words(sends, language)}</p>
        </div>
    }
}
