//! Where in a stream to begin: a choice of places, of which an offset and a time are typed.

use warren_protocol::StreamFrom;
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use crate::ui::{
    clock::Zone,
    language::Language,
    segmented::{Segment, segmented_with_care},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Last,
    Next,
    Offset,
    Time,
}

const PLACES: [Place; 5] = [Place::First, Place::Last, Place::Next, Place::Offset, Place::Time];

impl Place {
    fn segment(self, language: Language) -> Segment {
        match self {
            Self::First => Segment::new(language.begin_first(), language.begin_first_title()),
            Self::Last => Segment::new(language.begin_last(), language.begin_last_title()),
            Self::Next => Segment::new(language.begin_next(), language.begin_next_title()),
            Self::Offset => Segment::new(language.begin_offset(), language.begin_offset_title()),
            Self::Time => Segment::new(language.begin_time(), language.begin_time_title()),
        }
    }

    /// The place that is `typed`, if anything has to be.
    fn read(self, typed: &str, zone: Zone) -> Option<StreamFrom> {
        match self {
            Self::First => Some(StreamFrom::First),
            Self::Last => Some(StreamFrom::Last),
            Self::Next => Some(StreamFrom::Next),
            Self::Offset => typed.trim().parse().ok().map(StreamFrom::Offset),
            Self::Time => seconds(typed, zone).map(StreamFrom::Timestamp),
        }
    }
}

/// Seconds since 1970-01-01 UTC of `2026-11-26T03:12:05`, as the field gives it.
fn seconds(typed: &str, zone: Zone) -> Option<u64> {
    // Without an offset the browser takes it for this computer's time.
    let text = if zone == Zone::Utc { format!("{typed}Z") } else { typed.to_owned() };
    let ms = js_sys::Date::parse(&text);
    (ms >= 0.0).then_some((ms / 1_000.0) as u64)
}

#[derive(Properties, PartialEq)]
pub(crate) struct FromBarProps {
    pub(crate) language: Language,
    /// In which a time is typed.
    pub(crate) zone: Zone,
    pub(crate) on_from: Callback<StreamFrom>,
}

#[component]
pub(crate) fn FromBar(props: &FromBarProps) -> Html {
    let FromBarProps { language, zone, on_from } = props;
    let (language, zone) = (*language, *zone);
    // A stream is read from its end, unless something else is asked for.
    let chosen = use_state(|| Place::Next);
    let mistaken = use_state(|| false);
    let field = use_node_ref();
    let choose = {
        let (chosen, mistaken, on_from) = (chosen.clone(), mistaken.clone(), on_from.clone());
        Callback::from(move |index: usize| {
            let Some(place) = PLACES.get(index).copied() else { return };
            chosen.set(place);
            mistaken.set(false);
            if !matches!(place, Place::Offset | Place::Time) {
                place.read("", zone).into_iter().for_each(|from| on_from.emit(from));
            }
        })
    };
    let onsubmit = {
        let (place, mistaken, on_from) = (*chosen, mistaken.clone(), on_from.clone());
        let field = field.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            let typed = field.cast::<HtmlInputElement>().map(|field| field.value());
            let from = typed.and_then(|typed| place.read(&typed, zone));
            mistaken.set(from.is_none());
            from.into_iter().for_each(|from| on_from.emit(from));
        }
    };
    let (kind, name, mistake) = match *chosen {
        Place::Time if zone == Zone::Utc => {
            ("datetime-local", language.time_of_day_utc(), language.time_mistake())
        }
        Place::Time => ("datetime-local", language.time_of_day_local(), language.time_mistake()),
        _ => ("number", language.offset(), language.offset_mistake()),
    };
    let at = PLACES.iter().position(|place| *place == *chosen);
    html! {
        <form class="bar from" {onsubmit}>
            <span class="dim" aria-hidden="true">{language.begin_at()}</span>
            {segmented_with_care(
                language.begin_at(), &PLACES.map(|place| place.segment(language)), at, &choose,
            )}
            if matches!(*chosen, Place::Offset | Place::Time) {
                <input type={kind} ref={field} key={kind} aria-label={name} title={name} step="1" min="0"
                    aria-invalid={mistaken.then_some("true")} />
                <button type="submit" class="small">{language.read_from_here()}</button>
                <span class="error" role="status">{if *mistaken { mistake } else { "" }}</span>
            }
        </form>
    }
}
