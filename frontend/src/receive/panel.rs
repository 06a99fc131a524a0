//! The Receive panel: what is done with the queue, the filter, the list, one message in full, and what
//! the page says about them.

use std::rc::Rc;

use warren_protocol::{AckMode, Outcome, StreamFrom};
use yew::prelude::*;

use crate::{
    receive::{
        bars::Bars,
        body_view::Form,
        columns::{Columns, ColumnsMenu},
        deaths::Death,
        filter_box::FilterBox,
        footer::{FooterProps, footer},
        from_bar::FromBar,
        inbox::{Counters, Row},
        inspector::{InspectorProps, Tab, inspector},
        life_tab::LifeShown,
        list_view::Step,
        mode::{Choice, Mode},
        move_view::{MoveOffer, Moved},
        received_list::{List, ReceivedList},
        selection::Select,
        selection_bar::{Ask, Bar},
        start_view::start_view,
        strip::{Act, Strip, strip_view},
        toolbar::toolbar,
    },
    ui::{
        clock::{Clock, Zone},
        divider::{Divider, Drags},
        language::Language,
        number::grouped,
        viewport::Scroll,
    },
};

/// What the panel's controls do. Made once: a new callback would draw everything again.
#[derive(PartialEq)]
pub(crate) struct Handlers {
    pub(crate) mode: Callback<Mode>,
    pub(crate) paused: Callback<bool>,
    pub(crate) act: Callback<Act>,
    pub(crate) from: Callback<StreamFrom>,
    pub(crate) ack: Callback<AckMode>,
    /// Receives, and has the user acknowledge.
    pub(crate) by_hand: Callback<()>,
    pub(crate) settle: Callback<(u64, Outcome)>,
    pub(crate) settle_all: Callback<()>,
    pub(crate) select: Callback<Select>,
    pub(crate) settle_selected: Callback<Outcome>,
    pub(crate) send_selected: Callback<()>,
    pub(crate) export_selected: Callback<()>,
    /// Asks something about the selection or a message, or no longer.
    pub(crate) ask: Callback<Option<Ask>>,
    /// Of what is selected, keeps what died so.
    pub(crate) select_deaths: Callback<Death>,
    /// Moves this to a queue.
    pub(crate) start_move: Callback<(String, Moved)>,
    pub(crate) stop_move: Callback<()>,
    pub(crate) dismiss_move: Callback<()>,
    pub(crate) escape: Callback<()>,
    pub(crate) filter: Callback<String>,
    pub(crate) range: Callback<Option<(f64, f64)>>,
    pub(crate) columns: Callback<Columns>,
    pub(crate) zone: Callback<Zone>,
    pub(crate) clear: Callback<()>,
    pub(crate) scrolled: Callback<Scroll>,
    pub(crate) follow: Callback<()>,
    pub(crate) choose: Callback<u64>,
    pub(crate) step: Callback<Step>,
    pub(crate) go_to: Callback<u64>,
    pub(crate) open: Callback<()>,
    pub(crate) close: Callback<()>,
    pub(crate) tab: Callback<Tab>,
    pub(crate) pin: Callback<()>,
    pub(crate) copy: Callback<(u64, Form)>,
    pub(crate) save: Callback<u64>,
    pub(crate) again: Callback<u64>,
    pub(crate) export: Callback<()>,
}

/// What the bars above the list show.
pub(crate) struct Seconds {
    /// Messages received in each of the last seconds, the newest last.
    pub(crate) counts: Rc<[u64]>,
    /// When the newest of them ended, in milliseconds since 1970-01-01 UTC.
    pub(crate) end_ms: f64,
}

/// What the filter is, as the panel shows it.
pub(crate) struct FilterShown {
    pub(crate) text: String,
    pub(crate) mistake: Option<String>,
    /// How many messages it shows of how many.
    pub(crate) found: Option<String>,
    pub(crate) range: Option<(f64, f64)>,
}

/// What the panel shows.
pub(crate) struct ReceiveProps<'a> {
    pub(crate) language: Language,
    pub(crate) clock: Clock,
    pub(crate) zone: Zone,
    pub(crate) columns: Rc<Columns>,
    /// The queue, and how much waits in it.
    pub(crate) queue: Option<String>,
    pub(crate) waiting: Option<String>,
    /// What was chosen for it.
    pub(crate) choice: Option<Choice>,
    /// Whether the token allows something.
    pub(crate) may: &'a dyn Fn(Mode) -> bool,
    /// What it allows, where that is not everything.
    pub(crate) rights: Option<String>,
    /// What a look would cost.
    pub(crate) look_cost: String,
    /// Whether the queue is a stream, or may be one.
    pub(crate) stream: bool,
    pub(crate) strip: Option<Strip>,
    pub(crate) status: String,
    /// What is said in place of rows while none was received.
    pub(crate) hint: Option<String>,
    pub(crate) ack: AckMode,
    /// Messages that wait for the user's word.
    pub(crate) open: usize,
    /// What the user should know beside the status.
    pub(crate) notes: Vec<String>,
    pub(crate) sharing: Option<String>,
    pub(crate) filter: FilterShown,
    pub(crate) seconds: Seconds,
    pub(crate) counters: Counters,
    /// Whether what comes is watched.
    pub(crate) watching: bool,
    /// A summary of what arrived, for screen readers.
    pub(crate) announcement: String,
    /// Whether there is something to export, and all of it is known.
    pub(crate) exports: bool,
    pub(crate) list: List,
    pub(crate) bar: Bar,
    /// What the user may do with an open message.
    pub(crate) outcomes: &'static [Outcome],
    /// Whether the user may send.
    pub(crate) may_send: bool,
    /// The row whose details are open, and whether it is still in the list.
    pub(crate) details: Option<(Row, bool)>,
    /// Where that message can be moved to, where it can.
    pub(crate) moves: Option<MoveOffer>,
    pub(crate) tab: Tab,
    /// What happened to that message, while that is shown.
    pub(crate) life: Option<LifeShown>,
    /// The message that others are compared with.
    pub(crate) pinned: Option<Row>,
    /// What became of the last "Copy" or "Save".
    pub(crate) feedback: Option<AttrValue>,
    pub(crate) on: Rc<Handlers>,
}

pub(crate) fn receive_panel(props: &ReceiveProps<'_>) -> Html {
    let (language, clock, on) = (props.language, props.clock, &props.on);
    let mode = props.choice.map(|choice| choice.mode);
    let range = props
        .filter
        .range
        .map(|(from_ms, to_ms)| language.time_range(&clock.short(from_ms), &clock.short(to_ms)));
    html! {
        <section class="receive" aria-labelledby="receive-title">
            {toolbar(props)}
            if props.stream && mode != Some(Mode::Watch) {
                <FromBar key={props.queue.clone().unwrap_or_default()} {language} zone={props.zone}
                    on_from={&on.from} />
            }
            <div class="bar">
                <FilterBox {language} text={props.filter.text.clone()}
                    mistake={props.filter.mistake.clone()} found={props.filter.found.clone()} {range}
                    on_filter={&on.filter} on_all_times={on.range.reform(|()| None)} />
                if props.open > 0 {
                    <span class="dim wide" data-open={props.open.to_string()}>
                        {language.unsettled(&grouped(props.open as u64))}
                    </span>
                    if !props.outcomes.is_empty() {
                        <button type="button" class="quiet" onclick={on.settle_all.reform(|_| ())}>
                            {language.ack_all()}
                        </button>
                    }
                }
                <ColumnsMenu {language} columns={&props.columns} zone={props.zone}
                    on_columns={&on.columns} on_zone={&on.zone} />
            </div>
            <div class="notes" role="status">
                if let Some(strip) = &props.strip {
                    {strip_view(language, strip, &on.act)}
                }
                for note in &props.notes {
                    <p class="strip" title={note.clone()}>{note}</p>
                }
            </div>
            <Bars {language} counts={&props.seconds.counts} end_ms={props.seconds.end_ms}
                range={props.filter.range} on_range={&on.range} />
            if let (None, Some(waiting)) = (mode, &props.waiting) {
                {start_view(props, waiting)}
            } else {
                {reading(props)}
            }
            {footer(&FooterProps {
                language,
                counters: &props.counters,
                watching: props.watching,
                found: props.filter.found.as_deref(),
                sharing: props.sharing.as_deref(),
            })}
            <p class="unseen" aria-live="polite">{&props.announcement}</p>
            <p class="unseen" aria-live="polite">
                {props.bar.selected.as_ref().map(|selected| language.selected(selected.count))}
            </p>
        </section>
    }
}

/// The list, and beside it one message in full.
fn reading(props: &ReceiveProps<'_>) -> Html {
    let (language, clock, on) = (props.language, props.clock, &props.on);
    html! {
        <div class={classes!("reading", props.details.is_some().then_some("open"))}>
            <ReceivedList {language} {clock} columns={&props.columns} list={props.list.clone()}
                empty={empty(props)} outcomes={props.outcomes} {on}
                bar={props.bar.clone()} />
            if let Some((row, kept)) = &props.details {
                <Divider name={language.size_of_inspector()} property="--inspector"
                    drags={Drags::WidthAfter} usual={420} min={260} max={900} />
                {inspector(&InspectorProps {
                    language,
                    clock,
                    row,
                    kept: *kept,
                    tab: props.tab,
                    life: props.life.as_ref(),
                    pinned: props.pinned.as_ref(),
                    outcomes: props.outcomes,
                    may_send: props.may_send,
                    moves: props.moves.as_ref(),
                    filter: &props.filter.text,
                    columns: &props.columns,
                    feedback: props.feedback.clone(),
                    on,
                })}
            }
        </div>
    }
}

/// What is said in place of rows.
fn empty(props: &ReceiveProps<'_>) -> Html {
    let language = props.language;
    if props.counters.kept > 0 {
        return html! { <p>{language.filter_finds_nothing()}</p> };
    }
    html! {
        <>
            <p class="mono">{&props.status}</p>
            if let Some(hint) = &props.hint {
                <p>{hint}</p>
            }
        </>
    }
}
