//! Wires the state, the link and the panels together: every event becomes one [`Msg`], which
//! changes the state, and what can go out goes out at once. The page is drawn from the state with
//! the next animation frame.

mod core;
mod drawing;
mod receiving;
mod sending;

use std::{cell::RefCell, rc::Rc};

use warren_protocol::{AckMode, Outcome};
use yew::prelude::*;

use crate::{
    connection::{
        header::Header,
        link::{self, Link},
        token_form::TokenForm,
    },
    receive::{
        list_view::{self, ListView},
        panel::{Handlers, ReceivePanel},
        received_list::LIST_ID,
    },
    send::{
        compose::Edit,
        draft::{Attached, Draft, File, Prepared},
        outbox::Snapshot,
        panel::SendPanel,
        repeat::Plan,
    },
    store::{Action, Connection, State},
    ui::{
        browser::{self, FileReading, Interval, Listener, Timeout, Wake},
        notice::Notice,
        theme::Theme,
    },
};
use core::Core;
use drawing::Drawing;

const TICK_MS: i32 = 1_000;
const RECEIVING_KEY: &str = "warren.receiving";
const ACK_KEY: &str = "warren.acknowledge";
const MANUAL: &str = "manual";
const SEND_QUEUE_KEY: &str = "warren.send-queue";
const RECEIVE_QUEUE_KEY: &str = "warren.receive-queue";
const THEME_KEY: &str = "warren.theme";

pub(crate) enum Msg {
    Link(link::Report),
    Tick,
    /// The page came into sight, or went out of it.
    Shown,
    /// Another token was entered.
    Token(String),
    /// What follows `#` in the address has changed: it may be a token.
    Address,
    /// The network is back, or the page is, which the browser had kept.
    Back,
    /// It is time to make messages of the repeat.
    Make,
    /// An animation frame is about to be drawn: the page may be drawn for it.
    Draw,
    /// What was too much to be drawn at once may be drawn with the next animation frame.
    Redraw,
    Send(Prepared),
    StartRepeat((Prepared, Plan)),
    StopRepeat,
    /// A file was picked or dropped.
    Pick(web_sys::File),
    /// It was read, or cannot be.
    Read(Option<File>),
    SendTo(String),
    ReceiveFrom(String),
    /// For both panels.
    ChooseQueue(String),
    SendAgain(u64),
    Edit(u64),
    SetReceiving(bool),
    SetAck(AckMode),
    Settle(u64, Outcome),
    SettleAll,
    Filter(String),
    /// Time to go on looking for what the filter lets through.
    Search,
    Clear,
    DismissNotice,
    ListView(list_view::Event),
    /// A received message goes into the Send panel.
    Again(u64),
    SetTheme(Theme),
}

/// Made once: a new callback would make every component draw itself again.
struct Callbacks {
    theme: Callback<Theme>,
    dismiss: Callback<()>,
    token: Callback<String>,
    send: Callback<Prepared>,
    repeat: Callback<(Prepared, Plan)>,
    stop: Callback<()>,
    file: Callback<web_sys::File>,
    send_to: Callback<String>,
    queue: Callback<String>,
    again: Callback<u64>,
    edit: Callback<u64>,
    receive: Rc<Handlers>,
}

impl Callbacks {
    fn new(scope: &html::Scope<App>) -> Self {
        Self {
            theme: scope.callback(Msg::SetTheme),
            dismiss: scope.callback(|()| Msg::DismissNotice),
            token: scope.callback(Msg::Token),
            send: scope.callback(Msg::Send),
            repeat: scope.callback(Msg::StartRepeat),
            stop: scope.callback(|()| Msg::StopRepeat),
            file: scope.callback(Msg::Pick),
            send_to: scope.callback(Msg::SendTo),
            queue: scope.callback(Msg::ChooseQueue),
            again: scope.callback(Msg::SendAgain),
            edit: scope.callback(Msg::Edit),
            receive: Rc::new(receiving::handlers(scope)),
        }
    }
}

pub(crate) struct App {
    core: Rc<RefCell<Core>>,
    list_view: ListView,
    searching: Option<Timeout>,
    theme: Theme,
    callbacks: Callbacks,
    edit: Option<Edit>,
    file: Attached,
    reading: Option<FileReading>,
    sent: Snapshot,
    make: Option<Wake>,
    drawing: Drawing,
    _tick: Option<Interval>,
    _listeners: [Option<Listener>; 5],
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let scope = ctx.link();
        let remembered = browser::remembered(browser::local_storage(), RECEIVING_KEY);
        let by_hand = browser::remembered(browser::local_storage(), ACK_KEY);
        let by_hand = by_hand.as_deref() == Some(MANUAL);
        let ack = if by_hand { AckMode::Manual } else { AckMode::Auto };
        let state = State::new(remembered.as_deref() != Some("off"), ack);
        let now_ms = browser::now_ms();
        let link = Link::new(scope.callback(Msg::Link), browser::token());
        let mut core = Core::new(state, link, now_ms);
        for (key, action) in [
            (SEND_QUEUE_KEY, Action::SendTo as fn(_) -> _),
            (RECEIVE_QUEUE_KEY, Action::ReceiveFrom),
        ] {
            if let Some(queue) = browser::remembered(browser::session_storage(), key) {
                core.state.apply(action(queue), now_ms);
            }
        }
        // From here on messages are counted; the first second is one like any other.
        core.state.apply(Action::Tick, now_ms);
        let theme = browser::remembered(browser::local_storage(), THEME_KEY);
        let theme = Theme::from_name(theme.as_deref());
        browser::set_theme(theme);
        let core = Rc::new(RefCell::new(core));
        let leaving = {
            let core = Rc::clone(&core);
            // Not by way of a message, see `Core`.
            let leave = move || core.borrow_mut().leave(browser::now_ms());
            browser::window().and_then(|window| Listener::new(window, "pagehide", leave))
        };
        let on = |kind, msg: fn() -> Msg| {
            let callback = scope.callback(move |()| msg());
            Listener::new(browser::window()?, kind, move || callback.emit(()))
        };
        // `visibilitychange` bubbles from the document to the window.
        let listeners = [
            leaving,
            on("online", || Msg::Back),
            on("pageshow", || Msg::Back),
            on("visibilitychange", || Msg::Shown),
            on("hashchange", || Msg::Address),
        ];
        let tick = scope.callback(|()| Msg::Tick);
        Self {
            core,
            list_view: ListView::new(scope.callback(Msg::ListView)),
            searching: None,
            theme,
            callbacks: Callbacks::new(scope),
            edit: None,
            file: Attached::Nothing,
            reading: None,
            sent: Snapshot::default(),
            make: None,
            drawing: Drawing::new(scope.callback(|()| Msg::Draw), scope.callback(|()| Msg::Redraw)),
            _tick: Interval::new(TICK_MS, move || tick.emit(())),
            _listeners: listeners,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let now_ms = browser::now_ms();
        let core = Rc::clone(&self.core);
        let core = &mut *core.borrow_mut();
        let mut changed = true;
        // The list that reports where it is scrolled to draws itself, and must not do so with
        // what it showed before. A page that is hidden has no animation frames.
        let now =
            matches!(msg, Msg::ListView(_)) || (matches!(msg, Msg::Tick) && browser::hidden());
        let by_hand = !matches!(msg, Msg::Link(_) | Msg::Make | Msg::Redraw);
        let sends = matches!(msg, Msg::Send(_));
        match msg {
            Msg::Draw => {
                let outbox = &core.state.outbox;
                let changes = outbox.revision() + core.state.inbox.counters().received;
                let draw = self.drawing.is_time(changes, now_ms);
                if draw {
                    self.drawing.again(self.sent.refresh(outbox, now_ms));
                }
                return draw;
            }
            Msg::Link(report) => match core.link.on(report, now_ms) {
                Some(event) => core.apply(event, now_ms),
                None => changed = false,
            },
            Msg::Tick => {
                if let Some(event) = core.link.tick(now_ms) {
                    core.apply(event, now_ms);
                }
                core.state.apply(Action::Tick, now_ms);
                core.save_sometimes(now_ms);
            }
            Msg::Shown => {
                self.make = None;
                if browser::hidden() {
                    core.save(now_ms);
                }
            }
            Msg::Back => {
                if let Some(event) = core.link.reconnect_now() {
                    core.apply(event, now_ms);
                }
            }
            Msg::Token(token) => core.unlock(token, now_ms),
            Msg::Address => {
                if let Some(token) = browser::token_in_address() {
                    core.unlock(token, now_ms);
                }
            }
            Msg::Make => {
                self.make = None;
                // It is drawn with the answers, which come in a moment, or with the tick.
                changed = false;
            }
            Msg::Redraw => self.drawing.waited(),
            Msg::Send(message) => {
                let message_id = browser::uuid();
                core.state.apply(Action::Send { message, message_id }, now_ms);
            }
            Msg::StartRepeat((message, plan)) => {
                self.make = None;
                core.state.apply(Action::StartRepeat(message, plan), now_ms);
            }
            Msg::StopRepeat => core.state.apply(Action::StopRepeat, now_ms),
            Msg::SendAgain(key) => {
                let message_id = browser::uuid();
                core.state.apply(Action::SendAgain { key, message_id }, now_ms);
            }
            Msg::Edit(key) => {
                if let Some(message) = core.state.outbox.message(key) {
                    let draft = Draft::of(&message.body, &message.properties);
                    self.edit(draft);
                }
            }
            Msg::Pick(file) => self.pick(ctx, core, &file),
            Msg::Read(file) => {
                self.reading = None;
                self.file = match file {
                    Some(file) => Attached::Ready(Rc::new(file)),
                    None => Attached::Failed { why: "The file cannot be read".to_owned() },
                };
            }
            Msg::SendTo(queue) => sending::send_to(core, queue, now_ms),
            Msg::ReceiveFrom(queue) => receiving::receive_from(core, queue, now_ms),
            Msg::ChooseQueue(queue) => {
                sending::send_to(core, queue.clone(), now_ms);
                receiving::receive_from(core, queue, now_ms);
            }
            Msg::SetReceiving(receiving) => {
                let word = if receiving { "on" } else { "off" };
                browser::remember(browser::local_storage(), RECEIVING_KEY, word);
                core.state.apply(Action::SetReceiving(receiving), now_ms);
            }
            Msg::SetAck(ack) => {
                let word = if ack == AckMode::Manual { MANUAL } else { "automatic" };
                browser::remember(browser::local_storage(), ACK_KEY, word);
                core.state.apply(Action::SetAck(ack), now_ms);
            }
            Msg::Settle(number, outcome) => {
                core.state.apply(Action::Settle { number, outcome }, now_ms);
            }
            Msg::SettleAll => {
                core.state.apply(Action::SettleAll, now_ms);
                browser::focus(LIST_ID);
            }
            Msg::Filter(text) => {
                core.state.apply(Action::Filter(text), now_ms);
                self.list_view.follow();
            }
            Msg::Search => self.searching = None,
            Msg::Clear => {
                core.state.apply(Action::Clear, now_ms);
                self.list_view.follow();
            }
            Msg::DismissNotice => core.state.apply(Action::DismissNotice, now_ms),
            Msg::ListView(event) => changed = self.list_view.on(event, &core.state.inbox),
            Msg::Again(number) => {
                if let Some((row, _)) = self.list_view.details()
                    && row.message.number == number
                {
                    let draft = Draft::of(&row.message.body, &row.message.properties);
                    self.edit(draft);
                }
            }
            Msg::SetTheme(theme) => {
                browser::remember(browser::local_storage(), THEME_KEY, theme.name());
                browser::set_theme(theme);
                self.theme = theme;
            }
        }
        self.search(ctx, core, now_ms);
        self.make(ctx, core, now_ms);
        core.write(now_ms);
        self.list_view.refresh(&core.state.inbox);
        if changed && !now {
            if sends {
                self.drawing.with_the_answer();
            } else {
                self.drawing.soon(by_hand);
            }
        }
        changed && now
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        self.drawing.done();
    }

    fn view(&self, _: &Context<Self>) -> Html {
        let core = self.core.borrow();
        let (state, on) = (&core.state, &self.callbacks);
        let list = self.list_view.list(&state.inbox);
        let checking = matches!(state.connection, Connection::Handshake);
        html! {
            <>
                <Header
                    broker={state.broker_chip()}
                    relay={state.relay_chip()}
                    counts={state.counts()}
                    current={[state.send_queue(), state.current_queue()].map(|queue| queue.map(str::to_owned))}
                    series={state.rates.series()}
                    on_queue={&on.queue}
                    theme={self.theme}
                    on_theme={&on.theme}
                />
                if let Some(text) = &state.notice {
                    <Notice text={text.clone()} on_dismiss={&on.dismiss} />
                }
                if let Some(why) = state.locked() {
                    <TokenForm why={why.to_owned()} {checking} on_token={&on.token} />
                }
                // Hidden rather than gone: what is typed stays.
                <main hidden={state.locked().is_some()}>
                    <SendPanel
                        may_send={state.may_send()}
                        refusal={state.refusal.clone()}
                        edit={self.edit.clone()}
                        file={self.file.clone()}
                        max_body_bytes={state.max_body_bytes()}
                        queues={state.queues()}
                        queue={state.send_queue().map(str::to_owned)}
                        on_queue={&on.send_to}
                        on_file={&on.file}
                        repeat={state.repeat_progress()}
                        rows={self.sent.rows()}
                        totals={state.outbox.totals()}
                        sends={state.sends()}
                        unsaved={state.unsaved}
                        on_send={&on.send}
                        on_repeat={&on.repeat}
                        on_stop={&on.stop}
                        on_again={&on.again}
                        on_edit={&on.edit}
                    />
                    if state.may_receive() {
                        <ReceivePanel
                            queues={state.queues()}
                            queue={state.current_queue().map(str::to_owned)}
                            receiving={state.receiving}
                            status={state.receiving_words()}
                            ack={state.ack}
                            open={state.inbox.open()}
                            notes={state.receive_notes().into_iter().chain(self.list_view.exported(state.now_ms)).collect::<Vec<_>>()}
                            exports={!state.inbox.is_searching() && !list.rows.is_empty()}
                            sharing={state.sharing_words()}
                            found={state.found_words()}
                            counters={state.inbox.counters()}
                            announcement={state.announcement.clone()}
                            {list}
                            outcomes={state.outcomes()}
                            details={self.list_view.details().map(|(row, kept)| (row.clone(), kept))}
                            feedback={self.list_view.feedback()}
                            on={&on.receive}
                        />
                    }
                </main>
            </>
        }
    }
}
