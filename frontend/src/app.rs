//! Wires the state, the link and the panels together: every event becomes one [`Msg`], which
//! changes the state, then goes out what can go out, then the page is drawn from the state.

use std::rc::Rc;

use warren_protocol::{AckMode, Outcome};
use yew::prelude::*;

use crate::{
    browser::{self, Interval, Listener, Timeout},
    link::{self, Link},
    outbox::Outgoing,
    reader::{self, Reader},
    status,
    store::{Action, State},
    theme::Theme,
    view::{
        header::Header,
        notice::Notice,
        receive::{Handlers, ReceivePanel},
        send::{Draft, SendPanel},
    },
};

const TICK_MS: i32 = 1_000;
/// The outbox is written to `sessionStorage` at most this often.
const SAVE_MS: f64 = 1_000.0;
/// How long to look for what the filter lets through in one go, in milliseconds, and how many
/// bytes to look at before looking at the clock.
const SEARCH_MS: f64 = 5.0;
const SEARCH_WORK: usize = 64 * 1024;
const OUTBOX_KEY: &str = "warren.outbox";
const RECEIVING_KEY: &str = "warren.receiving";
const ACK_KEY: &str = "warren.acknowledge";
const MANUAL: &str = "manual";
const THEME_KEY: &str = "warren.theme";

pub(crate) enum Msg {
    Link(link::Event),
    Tick,
    /// The page came into sight, or went out of it.
    Shown,
    /// The network is back.
    Online,
    /// The tab is about to close or to reload.
    Leaving,
    Send(String),
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
    Reader(reader::Event),
    /// A received message goes into the Send panel.
    Again(u64),
    SetTheme(Theme),
}

/// Made once: a new callback would make every component draw itself again.
struct Callbacks {
    theme: Callback<Theme>,
    dismiss: Callback<()>,
    send: Callback<String>,
    again: Callback<u64>,
    edit: Callback<u64>,
    receive: Rc<Handlers>,
}

impl Callbacks {
    fn new(scope: &html::Scope<App>) -> Self {
        Self {
            theme: scope.callback(Msg::SetTheme),
            dismiss: scope.callback(|()| Msg::DismissNotice),
            send: scope.callback(Msg::Send),
            again: scope.callback(Msg::SendAgain),
            edit: scope.callback(Msg::Edit),
            receive: Rc::new(receive_handlers(scope)),
        }
    }
}

fn receive_handlers(scope: &html::Scope<App>) -> Handlers {
    let reader = scope.callback(Msg::Reader);
    Handlers {
        receiving: scope.callback(Msg::SetReceiving),
        ack: scope.callback(Msg::SetAck),
        settle: scope.callback(|(number, outcome)| Msg::Settle(number, outcome)),
        settle_all: scope.callback(|()| Msg::SettleAll),
        filter: scope.callback(Msg::Filter),
        clear: scope.callback(|()| Msg::Clear),
        scrolled: reader.reform(reader::Event::Scrolled),
        follow: reader.reform(|()| reader::Event::Follow),
        choose: reader.reform(reader::Event::Choose),
        step: reader.reform(reader::Event::Step),
        open: reader.reform(|()| reader::Event::Open),
        close: reader.reform(|()| reader::Event::Close),
        copy: reader.reform(reader::Event::Copy),
        copy_body: reader.reform(reader::Event::CopyBody),
        save: reader.reform(reader::Event::Save),
        again: scope.callback(Msg::Again),
    }
}

pub(crate) struct App {
    state: State,
    link: Link,
    reader: Reader,
    searching: Option<Timeout>,
    theme: Theme,
    callbacks: Callbacks,
    draft: Option<Draft>,
    saved_revision: u64,
    saved_ms: f64,
    _tick: Option<Interval>,
    _listeners: [Option<Listener>; 3],
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
        let mut state = State::new(remembered.as_deref() != Some("off"), ack);
        let now_ms = browser::now_ms();
        if let Some(lines) = browser::remembered(browser::session_storage(), OUTBOX_KEY) {
            state.apply(Action::Restore(lines), now_ms);
        }
        let theme = browser::remembered(browser::local_storage(), THEME_KEY);
        let theme = Theme::from_name(theme.as_deref());
        browser::set_theme(theme);
        let on = |kind, msg: fn() -> Msg| {
            let callback = scope.callback(move |()| msg());
            Listener::new(browser::window()?, kind, move || callback.emit(()))
        };
        // `visibilitychange` bubbles from the document to the window.
        let listeners = [
            on("pagehide", || Msg::Leaving),
            on("online", || Msg::Online),
            on("visibilitychange", || Msg::Shown),
        ];
        let tick = scope.callback(|()| Msg::Tick);
        Self {
            state,
            link: Link::new(scope.callback(Msg::Link), browser::token()),
            reader: Reader::new(scope.callback(Msg::Reader)),
            searching: None,
            theme,
            callbacks: Callbacks::new(scope),
            draft: None,
            saved_revision: 0,
            saved_ms: 0.0,
            _tick: Interval::new(TICK_MS, move || tick.emit(())),
            _listeners: listeners,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let now_ms = browser::now_ms();
        let mut draw = true;
        match msg {
            Msg::Link(event) => {
                let actions = self.link.on(event, now_ms);
                draw = self.apply_all(actions, now_ms);
            }
            Msg::Tick => {
                let actions = self.link.tick(now_ms);
                self.apply_all(actions, now_ms);
                self.state.apply(Action::Tick, now_ms);
            }
            Msg::Shown => {
                let actions = self.link.on(link::Event::Deliver, now_ms);
                draw = self.apply_all(actions, now_ms);
            }
            Msg::Online => self.link.hurry(),
            Msg::Leaving => {
                self.save(now_ms);
                return false;
            }
            Msg::Send(text) => {
                let message_id = browser::uuid();
                self.state.apply(Action::Send { text, message_id }, now_ms);
            }
            Msg::SendAgain(key) => {
                let message_id = browser::uuid();
                self.state.apply(Action::SendAgain { key, message_id }, now_ms);
            }
            Msg::Edit(key) => {
                if let Some(message) = self.state.outbox.message(key).cloned() {
                    self.edit(message);
                }
            }
            Msg::SetReceiving(receiving) => {
                let word = if receiving { "on" } else { "off" };
                browser::remember(browser::local_storage(), RECEIVING_KEY, word);
                self.state.apply(Action::SetReceiving(receiving), now_ms);
            }
            Msg::SetAck(ack) => {
                let word = if ack == AckMode::Manual { MANUAL } else { "automatic" };
                browser::remember(browser::local_storage(), ACK_KEY, word);
                self.state.apply(Action::SetAck(ack), now_ms);
            }
            Msg::Settle(number, outcome) => {
                self.state.apply(Action::Settle { number, outcome }, now_ms);
            }
            Msg::SettleAll => self.state.apply(Action::SettleAll, now_ms),
            Msg::Filter(text) => {
                self.state.apply(Action::Filter(text), now_ms);
                self.reader.follow();
            }
            Msg::Search => self.searching = None,
            Msg::Clear => {
                self.state.apply(Action::Clear, now_ms);
                self.reader.follow();
            }
            Msg::DismissNotice => self.state.apply(Action::DismissNotice, now_ms),
            Msg::Reader(event) => draw = self.reader.on(event, &self.state.inbox),
            Msg::Again(number) => {
                if let Some((row, _)) = self.reader.details()
                    && row.message.number == number
                {
                    let message = Rc::new(Outgoing::of(&row.message, now_ms));
                    self.edit(message);
                }
            }
            Msg::SetTheme(theme) => {
                browser::remember(browser::local_storage(), THEME_KEY, theme.name());
                browser::set_theme(theme);
                self.theme = theme;
            }
        }
        self.search(ctx, now_ms);
        self.write(now_ms);
        self.reader.refresh(&self.state.inbox);
        if self.state.outbox.revision() != self.saved_revision && now_ms - self.saved_ms >= SAVE_MS
        {
            self.save(now_ms);
        }
        draw
    }

    fn view(&self, _: &Context<Self>) -> Html {
        let (state, on) = (&self.state, &self.callbacks);
        html! {
            <>
                <Header
                    broker={state.broker_chip()}
                    relay={status::link(&state.link, state.now_ms)}
                    counts={state.counts.clone()}
                    current={state.current_queue().map(str::to_owned)}
                    theme={self.theme}
                    on_theme={&on.theme}
                />
                if let Some(text) = &state.notice {
                    <Notice text={text.clone()} on_dismiss={&on.dismiss} />
                }
                <main>
                    <SendPanel
                        refusal={state.refusal.clone()}
                        draft={self.draft.clone()}
                        rows={state.outbox.rows()}
                        totals={state.outbox.totals()}
                        sends={state.sends()}
                        unsaved={state.unsaved}
                        on_send={&on.send}
                        on_again={&on.again}
                        on_edit={&on.edit}
                    />
                    <ReceivePanel
                        receiving={state.receiving}
                        status={state.receiving_words()}
                        ack={state.ack}
                        open={state.inbox.open()}
                        notes={state.receive_notes()}
                        sharing={status::sharing(state.current_counts())}
                        found={state.found_words()}
                        counters={state.inbox.counters()}
                        announcement={state.announcement.clone()}
                        list={self.reader.list(&state.inbox)}
                        details={self.reader.details().map(|(row, kept)| (row.clone(), kept))}
                        said={self.reader.said()}
                        on={&on.receive}
                    />
                </main>
            </>
        }
    }
}

impl App {
    /// Looks for what the filter lets through, for a few milliseconds, and goes on later where
    /// that was not enough: nothing else has to wait for it.
    fn search(&mut self, ctx: &Context<Self>, now_ms: f64) {
        let since_ms = browser::now_ms();
        while self.state.inbox.is_searching() && self.searching.is_none() {
            self.state.apply(Action::Search(SEARCH_WORK), now_ms);
            if browser::now_ms() - since_ms >= SEARCH_MS {
                let go_on = ctx.link().callback(|()| Msg::Search);
                self.searching = Timeout::new(0.0, move || go_on.emit(()));
                return;
            }
        }
    }

    /// Puts a message into the Send panel.
    fn edit(&mut self, message: Rc<Outgoing>) {
        let edits = self.draft.as_ref().map_or(0, |draft| draft.edits) + 1;
        self.draft = Some(Draft { edits, message });
    }

    fn apply_all(&mut self, actions: Vec<Action>, now_ms: f64) -> bool {
        let any = !actions.is_empty();
        for action in actions {
            self.state.apply(action, now_ms);
        }
        any
    }

    /// Writes to the relay what it and the socket have room for.
    fn write(&mut self, now_ms: f64) {
        while self.link.has_room() {
            let Some(message) = self.state.outgoing(now_ms) else {
                return;
            };
            if !self.link.send(&message) {
                let actions = self.link.give_up(now_ms);
                self.apply_all(actions, now_ms);
            }
        }
    }

    /// Lets the unconfirmed messages survive a reload of the tab.
    fn save(&mut self, now_ms: f64) {
        let saved = self.state.outbox.save();
        let totals = self.state.outbox.totals();
        let kept = browser::remember(browser::session_storage(), OUTBOX_KEY, &saved.lines);
        let left_out =
            if kept { saved.left_out } else { totals.queued + totals.in_flight + totals.failed };
        self.saved_revision = self.state.outbox.revision();
        self.saved_ms = now_ms;
        self.state.apply(Action::Saved { left_out }, now_ms);
    }
}
