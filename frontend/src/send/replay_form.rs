//! A replay in the Send panel: what is in the file, how it is sent again, and how far that is.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    send::{
        repeat::MAX_PER_SECOND,
        replay::{Found, Mistake, Plan, PlanForm, Preview, Progress},
    },
    ui::{
        choice::Choice,
        language::Language,
        number::size_of_file,
        segmented::{Segment, segmented},
        visible,
    },
};

/// What is shown of a file that is sent again.
#[derive(Clone, PartialEq)]
pub(crate) enum ReplayShown {
    /// It is being read, to find out what is in it.
    Reading {
        name: String,
        messages: u64,
        percent: u64,
    },
    Unreadable {
        name: String,
    },
    /// This is in it.
    Found {
        name: String,
        found: Rc<Found>,
    },
    /// It is being sent, or was.
    Runs {
        name: String,
        progress: Progress,
    },
}

impl ReplayShown {
    /// Whether messages of it are made now, or are not through.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self, Self::Runs { progress, .. } if progress.run.is_running())
    }

    /// Whether there is something to stop.
    pub(crate) fn can_stop(&self) -> bool {
        matches!(self, Self::Runs { progress, .. } if progress.run.can_stop())
    }
}

/// What there is to say of it.
pub(super) fn replay_words(language: Language, shown: &ReplayShown, sends: bool) -> Html {
    match shown {
        ReplayShown::Reading { name, messages, percent } => {
            let name = visible::name(name);
            let words = language.replay_counting(&name, &language.messages(*messages), *percent);
            html! { <p class="totals">{words}</p> }
        }
        ReplayShown::Unreadable { name } => {
            let words = language.with_colon(&visible::name(name), language.replay_unreadable());
            html! { <p class="error" role="status">{words}</p> }
        }
        ReplayShown::Found { name, found } => {
            let (count, bytes) = (language.messages(found.messages), size_of_file(found.bytes));
            html! {
                <p class="found" role="status">
                    {language.replay_found(&visible::name(name), &count, &bytes)}
                </p>
            }
        }
        ReplayShown::Runs { name, progress } => html! {
            <>
                <p class="found">{visible::name(name)}</p>
                <div class="line">
                    <progress aria-label={language.replay_progress()}
                        max={progress.run.total.to_string()} value={progress.run.confirmed.to_string()} />
                </div>
                <p class="totals" data-confirmed={progress.run.confirmed.to_string()}>
                    {progress.numbers(language)}
                </p>
                <p class="note" role="status">{progress.words(sends, language)}</p>
            </>
        },
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct ReplayFormProps {
    pub(super) language: Language,
    pub(super) found: Rc<Found>,
    pub(super) queues: Rc<[String]>,
    /// The queue that the panel sends to.
    pub(super) queue: Option<String>,
    pub(super) max_body_bytes: Option<usize>,
    /// Whether a repeat is running.
    pub(super) repeats: bool,
    pub(super) on_start: Callback<Plan>,
    pub(super) on_close: Callback<()>,
}

#[component]
pub(super) fn ReplayForm(props: &ReplayFormProps) -> Html {
    let ReplayFormProps { language, found, queues, .. } = props;
    let language = *language;
    let typed = use_state(|| PlanForm { queue: props.queue.clone(), ..PlanForm::default() });
    let set = |change: fn(&mut PlanForm, usize)| {
        let typed = typed.clone();
        Callback::from(move |index: usize| {
            let mut form = (*typed).clone();
            change(&mut form, index);
            typed.set(form);
        })
    };
    let group = use_node_ref();
    let shown = group.clone();
    // A file may have been dropped anywhere; the focus stays where something may be typed.
    use_effect_with((), move |()| {
        if let Some(group) = shown.cast::<web_sys::Element>() {
            group.scroll_into_view();
        }
    });
    let plan = typed.check(queues, language);
    let empty = found.messages == 0;
    let start = {
        let (plan, on_start) = (plan.clone().ok(), props.on_start.clone());
        move |_: MouseEvent| {
            if let Some(plan) = plan.clone() {
                on_start.emit(plan);
            }
        }
    };
    let obstacle = if props.repeats {
        Some(language.repeat_runs())
    } else {
        queues.is_empty().then(|| language.replay_not_connected())
    };
    let choice =
        |name: &'static str, names: &[&'static str], chosen: usize, on: Callback<usize>| {
            let segments: Vec<Segment> = names.iter().map(|name| Segment::from(*name)).collect();
            html! {
                <div class="option">
                    <span aria-hidden="true">{name}</span>
                    {segmented(name, &segments, chosen, &on)}
                </div>
            }
        };
    let (queue_wrong, rate_wrong) = match plan.as_ref().err() {
        Some(Mistake::Queue(why)) => (Some(why), None),
        Some(Mistake::PerSecond(why)) => (None, Some(why)),
        None => (None, None),
    };
    let preview = Preview::of(
        found,
        typed.one_queue,
        typed.pace == 2,
        queues,
        props.max_body_bytes,
        language,
    );
    html! {
        <div class="choices" ref={group}>
            {preview_words(language, preview)}
            if !empty {
                {choice(language.replay_target(), &[language.replay_own(), language.replay_one()],
                    usize::from(typed.one_queue), set(|form, index| form.one_queue = index == 1))}
                if typed.one_queue {
                    <Choice name={language.replay_queue()} options={queues}
                        chosen={typed.queue_of_all(queues).cloned()} on_choose={
                            let typed = typed.clone();
                            Callback::from(move |queue: String| {
                                typed.set(PlanForm { queue: Some(queue), ..(*typed).clone() });
                            })
                        } />
                    <span class="error" role="status">{queue_wrong}</span>
                }
                {choice(language.replay_ids(), &[language.replay_same(), language.replay_new()],
                    usize::from(typed.new_ids), set(|form, index| form.new_ids = index == 1))}
                {choice(language.rate(),
                    &[language.replay_fastest(), language.replay_steady(), language.replay_original()],
                    typed.pace, set(|form, index| form.pace = index))}
                if typed.pace == 1 {
                    <div class="line">
                        <label for="replay-rate">{language.per_second()}</label>
                        <input id="replay-rate" class="count" type="number" min="1" step="1"
                            max={MAX_PER_SECOND.to_string()} value={typed.per_second.clone()}
                            aria-invalid={rate_wrong.map(|_| "true")}
                            aria-describedby="replay-rate-error" oninput={
                                let typed = typed.clone();
                                move |event: InputEvent| {
                                    let input = event.target_dyn_into::<HtmlInputElement>();
                                    let per_second = input.map(|input| input.value());
                                    let per_second = per_second.unwrap_or_default();
                                    typed.set(PlanForm { per_second, ..(*typed).clone() });
                                }
                            } />
                    </div>
                }
                <span id="replay-rate-error" class="error" role="status">{rate_wrong}</span>
                {choice(language.replay_failure(), &[language.replay_stop(), language.replay_go_on()],
                    usize::from(typed.goes_on), set(|form, index| form.goes_on = index == 1))}
            }
            <div class="line">
                if !empty {
                    <button type="button" class="primary" aria-describedby="replay-obstacle"
                        disabled={obstacle.is_some() || plan.is_err()} onclick={start}>
                        {language.start()}
                    </button>
                }
                <button type="button" onclick={props.on_close.reform(|_| ())}>
                    {language.cancel()}
                </button>
                <span id="replay-obstacle" class="hint">{obstacle}</span>
            </div>
        </div>
    }
}

/// To which queues, what would fail, and what is left out.
fn preview_words(language: Language, preview: Preview) -> Html {
    let Preview { queues, errors, notes } = preview;
    html! {
        <>
            if !queues.is_empty() {
                <ul class="queues" role="list" aria-label={language.replay_own()}>
                    for queue in queues { <li>{queue}</li> }
                </ul>
            }
            for error in errors { <p class="error">{error}</p> }
            for note in notes { <p class="note">{note}</p> }
        </>
    }
}
