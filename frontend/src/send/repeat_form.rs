//! The group "Repeat": how many and how fast, and how far a run is. The form and the progress
//! are components of their own, since one changes by hand and the other with every picture.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::send::repeat::{MAX_PER_SECOND, MAX_TOTAL, Mistake, Phase, PlanForm, Progress};

#[derive(Properties, PartialEq)]
pub(crate) struct RepeatFormProps {
    pub(crate) typed: PlanForm,
    pub(crate) mistake: Option<Mistake>,
    /// Whether bodies of this kind can be numbered.
    pub(crate) can_number: bool,
    /// Why it cannot be started, in words.
    pub(crate) obstacle: Option<String>,
    pub(crate) on_typed: Callback<PlanForm>,
    pub(crate) on_start: Callback<()>,
}

#[component]
pub(crate) fn RepeatForm(props: &RepeatFormProps) -> Html {
    let RepeatFormProps { typed, on_typed, .. } = props;
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
    let (total_wrong, rate_wrong) = match &props.mistake {
        Some(Mistake::Total(why)) => (Some(why), None),
        Some(Mistake::PerSecond(why)) => (None, Some(why)),
        None => (None, None),
    };
    html! {
        <fieldset class="repeat">
            <legend class="label">{"Repeat"}</legend>
            <div class="line">
                <label for="repeat-total">{"How many"}</label>
                <input id="repeat-total" class="count" type="number" min="1" step="1"
                    max={MAX_TOTAL.to_string()} value={typed.total.clone()}
                    aria-invalid={total_wrong.map(|_| "true")} aria-describedby="repeat-total-error"
                    oninput={change(|typed, input| typed.total = input.value())} />
                <span id="repeat-total-error" class="error">{total_wrong}</span>
                <label class="choice">
                    <input type="checkbox" checked={typed.numbered} disabled={!props.can_number}
                        aria-describedby="number-hint"
                        oninput={change(|typed, input| typed.numbered = input.checked())} />
                    {"Number them"}
                </label>
                <span id="number-hint" class="hint">
                    if props.can_number {
                        <code>{crate::send::repeat::NUMBER}</code>{" in the body becomes 1, 2, 3…"}
                    } else {
                        {"Only texts can be numbered"}
                    }
                </span>
            </div>
            <div class="line" role="radiogroup" aria-label="Rate">
                <label class="choice">
                    <input type="radio" name="rate" checked={!typed.steady}
                        oninput={change(|typed, _| typed.steady = false)} />
                    {"As fast as possible"}
                </label>
                <label class="choice">
                    <input type="radio" name="rate" checked={typed.steady}
                        oninput={change(|typed, _| typed.steady = true)} />
                    {"At a steady rate"}
                </label>
                <span class="pair">
                <label for="repeat-rate">{"Per second"}</label>
                <input id="repeat-rate" class="count" type="number" min="1" step="1"
                    max={MAX_PER_SECOND.to_string()} value={typed.per_second.clone()}
                    aria-invalid={rate_wrong.map(|_| "true")} aria-describedby="repeat-rate-error"
                    oninput={change(|typed, input| {
                        typed.per_second = input.value();
                        // Who types a rate wants it.
                        typed.steady = true;
                    })} />
                </span>
                <span id="repeat-rate-error" class="error">{rate_wrong}</span>
            </div>
            <div class="line">
                <button type="button" disabled={props.obstacle.is_some()}
                    aria-describedby="repeat-obstacle"
                    onclick={props.on_start.reform(|_| ())}>
                    {"Start"}
                </button>
                <span id="repeat-obstacle" class="hint">{props.obstacle.clone()}</span>
            </div>
        </fieldset>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct RepeatProgressProps {
    pub(crate) progress: Progress,
    /// Whether what is sent now goes out now.
    pub(crate) sends: bool,
    pub(crate) on_stop: Callback<()>,
}

#[component]
pub(crate) fn RepeatProgress(props: &RepeatProgressProps) -> Html {
    let progress = &props.progress;
    html! {
        <div class="run" role="group" aria-label="Repeat progress">
            <div class="line">
                <progress aria-label="Messages confirmed" max={progress.total.to_string()}
                    value={progress.confirmed.to_string()} />
                if progress.phase == Phase::Making {
                    <button type="button" onclick={props.on_stop.reform(|_| ())}>{"Stop"}</button>
                }
            </div>
            <p class="totals" data-confirmed={progress.confirmed.to_string()}>
                {progress.numbers()}
            </p>
            <p class="note" role="status">{progress.words(props.sends)}</p>
        </div>
    }
}
