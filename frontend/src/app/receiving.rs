//! What the page does to receive, beside what its state does: what the controls of the Receive
//! panel do, and looking for what the filter lets through, a few milliseconds at a time.

use std::rc::Rc;

use warren_protocol::{AckMode, Outcome, StreamFrom};
use yew::prelude::*;

use super::{
    App,
    core::{Core, MOVE_KEY},
    drawing::Redraw,
};
use crate::{
    receive::{
        columns::Columns,
        copy::copy_of,
        deaths::Death,
        list_view,
        mode::{Choice, Choices, Mode},
        move_view::Moved,
        panel::Handlers,
        received_list::LIST_ID,
        selection::Select,
        selection_bar::Ask,
        strip::Act,
    },
    send::draft::Draft,
    store::{Action, State},
    ui::{
        browser::{self, Timeout},
        clock::Zone,
    },
};

/// How long to look for what the filter lets through in one go, in milliseconds, and how many
/// bytes to look at before looking at the clock.
const SEARCH_MS: f64 = 5.0;
const SEARCH_WORK: usize = 64 * 1024;

pub(super) const QUEUE_KEY: &str = "warren.receive-queue";
/// Before the name of each queue.
const MODE_KEY: &str = "warren.mode.";
const COLUMNS_KEY: &str = "warren.columns";
const WATCH_COLUMNS_KEY: &str = "warren.watch-columns";
const ZONE_KEY: &str = "warren.times";

pub(crate) enum Msg {
    Choose(Mode),
    SetPaused(bool),
    Act(Act),
    Begin(StreamFrom),
    SetAck(AckMode),
    ReceiveByHand,
    Settle(u64, Outcome),
    SettleAll,
    Filter(String),
    FilterTimes(Option<(f64, f64)>),
    SetColumns(Rc<Columns>),
    SetZone(Zone),
    /// Time to go on looking for what the filter lets through.
    Search,
    Clear,
    ListView(list_view::Event),
    /// A received message goes into the Send panel.
    Again(u64),
    Select(Select),
    SelectDeaths(Death),
    SettleSelected(Outcome),
    SendSelected,
    StartMove(String, Moved),
    StopMove,
    DismissMove,
    Ask(Option<Ask>),
    Escape,
}

/// What the Receive panel's controls do.
pub(super) fn handlers(scope: &html::Scope<App>) -> Handlers {
    let list = scope.callback(|event| super::Msg::Receive(Msg::ListView(event)));
    let on = scope.callback(super::Msg::Receive);
    Handlers {
        mode: on.reform(Msg::Choose),
        paused: on.reform(Msg::SetPaused),
        act: on.reform(Msg::Act),
        from: on.reform(Msg::Begin),
        ack: on.reform(Msg::SetAck),
        by_hand: on.reform(|()| Msg::ReceiveByHand),
        settle: on.reform(|(number, outcome)| Msg::Settle(number, outcome)),
        settle_all: on.reform(|()| Msg::SettleAll),
        select: on.reform(Msg::Select),
        select_deaths: on.reform(Msg::SelectDeaths),
        settle_selected: on.reform(Msg::SettleSelected),
        send_selected: on.reform(|()| Msg::SendSelected),
        export_selected: list.reform(|()| list_view::Event::ExportSelected),
        ask: on.reform(Msg::Ask),
        start_move: on.reform(|(target, moved)| Msg::StartMove(target, moved)),
        stop_move: on.reform(|()| Msg::StopMove),
        dismiss_move: on.reform(|()| Msg::DismissMove),
        escape: on.reform(|()| Msg::Escape),
        filter: on.reform(Msg::Filter),
        range: on.reform(Msg::FilterTimes),
        columns: on.reform(|columns| Msg::SetColumns(Rc::new(columns))),
        zone: on.reform(Msg::SetZone),
        clear: on.reform(|()| Msg::Clear),
        scrolled: list.reform(list_view::Event::Scrolled),
        follow: list.reform(|()| list_view::Event::Follow),
        choose: list.reform(list_view::Event::Choose),
        step: list.reform(list_view::Event::Step),
        go_to: list.reform(list_view::Event::GoTo),
        open: list.reform(|()| list_view::Event::Open),
        close: list.reform(|()| list_view::Event::Close),
        tab: list.reform(list_view::Event::Tab),
        pin: list.reform(|()| list_view::Event::Pin),
        copy: list.reform(|(number, form)| list_view::Event::Copy(number, form)),
        save: list.reform(list_view::Event::Save),
        again: on.reform(Msg::Again),
        export: list.reform(|()| list_view::Event::Export),
    }
}

/// The state of a page that receives as it was last told to in this browser.
pub(super) fn remembered_state() -> State {
    let saved = |storage| {
        let saved = browser::remembered_below(storage, MODE_KEY);
        saved.into_iter().filter_map(|(queue, saved)| Some((queue, Choice::restore(&saved)?)))
    };
    // Another relay may be behind this address by now, with a queue of that name.
    let earlier = saved(browser::local_storage());
    let mut choices: Choices = earlier.map(|(queue, choice)| (queue, choice.kept())).collect();
    // What a tab remembers comes back with a copy of it, and with one that was closed, as well.
    if browser::is_reload() {
        choices.extend(saved(browser::session_storage()));
    }
    let mut state = State::new(choices);
    state.copy_ids = browser::uuid();
    let session = browser::session_storage();
    if browser::is_reload() {
        state.restore_move(&browser::remembered(session.clone(), MOVE_KEY).unwrap_or_default());
    }
    browser::remember(session, MOVE_KEY, "");
    state
}

/// The columns of what is received and of what is watched, as they were last chosen in this browser.
pub(super) fn remembered_columns() -> [Rc<Columns>; 2] {
    [(COLUMNS_KEY, Columns::default()), (WATCH_COLUMNS_KEY, Columns::of_watch())].map(
        |(key, usual)| match browser::remembered(browser::local_storage(), key) {
            Some(saved) => Rc::new(usual.restore(&saved)),
            None => Rc::new(usual),
        },
    )
}

/// How times were last shown in this browser.
pub(super) fn remembered_zone() -> Zone {
    Zone::from_name(browser::remembered(browser::local_storage(), ZONE_KEY).as_deref())
}

impl App {
    /// The columns of the list, which has others while it watches.
    pub(super) fn columns(&self, watching: bool) -> &Rc<Columns> {
        let [received, watched] = &self.columns;
        if watching { watched } else { received }
    }

    fn columns_mut(&mut self, watching: bool) -> &mut Rc<Columns> {
        let [received, watched] = &mut self.columns;
        if watching { watched } else { received }
    }

    pub(super) fn on_receive(&mut self, core: &mut Core, msg: Msg, now_ms: f64) -> Redraw {
        match msg {
            Msg::Choose(mode) => choose(core, Action::Choose(mode), now_ms),
            Msg::SetPaused(paused) => choose(core, Action::SetPaused(paused), now_ms),
            Msg::Act(act) => match act {
                Act::LookAnyway => core.state.apply(Action::LookAnyway, now_ms),
                Act::DoNotLook => choose(core, Action::SetPaused(true), now_ms),
                Act::LookAgain => choose(core, Action::SetPaused(false), now_ms),
                Act::BeginAnywhere => core.state.apply(Action::BeginAnywhere, now_ms),
            },
            Msg::Begin(from) => core.state.apply(Action::Begin(from), now_ms),
            Msg::SetAck(ack) => choose(core, Action::SetAck(ack), now_ms),
            Msg::ReceiveByHand => {
                choose(core, Action::Choose(Mode::Receive), now_ms);
                choose(core, Action::SetAck(AckMode::Manual), now_ms);
                // What was shown goes back, and comes again as other rows.
                core.state.apply(Action::Select(Select::Nothing), now_ms);
                browser::focus(LIST_ID);
            }
            Msg::Settle(number, outcome) => {
                core.state.apply(Action::Settle { number, outcome }, now_ms);
            }
            Msg::SettleAll => {
                core.state.apply(Action::SettleAll, now_ms);
                browser::focus(LIST_ID);
            }
            Msg::Filter(text) => {
                self.list_view.forget_question();
                core.state.apply(Action::Filter(text), now_ms);
                self.list_view.follow();
            }
            Msg::FilterTimes(range) => {
                self.list_view.forget_question();
                core.state.apply(Action::FilterTimes(range), now_ms);
                self.list_view.follow();
            }
            Msg::SetColumns(columns) => {
                let watching = core.state.inbox.is_watching();
                let key = if watching { WATCH_COLUMNS_KEY } else { COLUMNS_KEY };
                browser::remember(browser::local_storage(), key, &columns.save());
                *self.columns_mut(watching) = columns;
            }
            Msg::SetZone(zone) => {
                browser::remember(browser::local_storage(), ZONE_KEY, zone.name());
                self.zone = zone;
            }
            Msg::Search => self.searching = None,
            Msg::Clear => {
                core.state.apply(Action::Clear, now_ms);
                self.list_view.follow();
            }
            Msg::ListView(event) => {
                // The list that reports where it is scrolled to draws itself, and must not do so
                // with what it showed before.
                let changed = self.list_view.on(event, &core.state.inbox);
                return if changed { Redraw::Now } else { Redraw::No };
            }
            Msg::Select(select) => self.select(core, select, now_ms),
            Msg::SelectDeaths(death) => {
                core.state.apply(Action::SelectDeaths(death), now_ms);
                self.list_view.on(list_view::Event::Ask(None), &core.state.inbox);
            }
            Msg::SettleSelected(outcome) => {
                core.state.apply(Action::SettleSelected(outcome), now_ms);
                self.list_view.on(list_view::Event::Ask(None), &core.state.inbox);
            }
            Msg::SendSelected => {
                core.state.apply(Action::SendSelected, now_ms);
                self.list_view.on(list_view::Event::Ask(None), &core.state.inbox);
            }
            Msg::StartMove(target, moved) => self.start_move(core, target, moved, now_ms),
            Msg::StopMove => core.state.apply(Action::StopMove, now_ms),
            Msg::DismissMove => {
                core.state.apply(Action::DismissMove, now_ms);
                browser::focus(LIST_ID);
            }
            Msg::Ask(ask) => {
                let asked = ask.map(|ask| self.asked(&core.state, ask));
                self.list_view.on(list_view::Event::Ask(asked), &core.state.inbox);
            }
            Msg::Escape => return self.escape(core, now_ms),
            Msg::Again(number) => {
                if let Some((row, _)) = self.list_view.details()
                    && row.message.number == number
                {
                    let copy = copy_of(&row.message);
                    let draft = Draft::of(&row.message.body, &copy.properties, self.language);
                    self.edit(draft, copy.left_out);
                }
            }
        }
        Redraw::NextFrame
    }

    /// Looks for what the filter lets through, and goes on later where the time was not enough:
    /// nothing else has to wait for it.
    pub(super) fn search(&mut self, ctx: &Context<Self>, core: &mut Core, now_ms: f64) {
        let since_ms = browser::now_ms();
        while core.state.inbox.is_searching() && self.searching.is_none() {
            core.state.apply(Action::Search(SEARCH_WORK), now_ms);
            if browser::now_ms() - since_ms >= SEARCH_MS {
                let go_on = ctx.link().callback(|()| super::Msg::Receive(Msg::Search));
                self.searching = Timeout::new(0.0, move || go_on.emit(()));
                return;
            }
        }
    }
}

pub(super) fn receive_from(core: &mut Core, queue: String, now_ms: f64) {
    browser::remember(browser::session_storage(), QUEUE_KEY, &queue);
    core.state.apply(Action::ReceiveFrom(queue), now_ms);
}

/// Changes what is done with the current queue, and remembers it for that queue.
fn choose(core: &mut Core, action: Action, now_ms: f64) {
    core.state.apply(action, now_ms);
    if let (Some(queue), Some(choice)) = (core.state.current_queue(), core.state.choice()) {
        let key = MODE_KEY.to_owned() + queue;
        browser::remember(browser::local_storage(), &key, &choice.save());
        browser::remember(browser::session_storage(), &key, &choice.save());
    }
}
