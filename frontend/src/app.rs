//! Wires the state, the link and the panels together: every event becomes one [`Msg`], whose handler
//! changes the state and says what has to be drawn, and what can go out goes out at once. The page
//! is drawn from the state, most often with the next animation frame.

mod connection;
mod core;
mod drawing;
mod dropping;
mod keys;
mod owning;
mod palette;
mod receiving;
mod replaying;
mod selecting;
mod sending;
mod view;

use std::{cell::RefCell, rc::Rc};

use yew::prelude::*;

use crate::{
    connection::link::Link,
    receive::{columns::Columns, list_view::ListView, panel::Handlers},
    send::{compose::Edit, draft::Attached, outbox::Snapshot, panel::SendHandlers},
    store::Action,
    ui::{
        browser::{self, FileReading, Interval, Listener, Timeout, Wake},
        clock::Zone,
        language::Language,
        locks,
        theme::Theme,
    },
};
use core::Core;
use drawing::{Drawing, Redraw};
use keys::Key;
use palette::Over;

const TICK_MS: i32 = 1_000;
const THEME_KEY: &str = "warren.theme";
const LANGUAGE_KEY: &str = "warren.language";

pub(crate) enum Msg {
    Connection(connection::Msg),
    /// It is known, or not to be known, whose the outbox is.
    Claimed(locks::Answer),
    /// The messages that were offered are to be sent, else forgotten.
    Offered(bool),
    Send(sending::Msg),
    Receive(receiving::Msg),
    /// An exported file is sent again.
    Replay(replaying::Msg),
    /// A queue was chosen for both panels.
    ChooseQueue(String),
    Tick,
    /// The page came into sight, or went out of it.
    Shown,
    DismissNotice,
    SetTheme(Theme),
    SetLanguage(Language),
    /// A key was pressed that no field has taken.
    Key(Key),
    /// What lay over the page was closed: with an action, by its name, or without.
    Chosen(Option<String>),
    /// An animation frame is about to be drawn: the page may be drawn for it.
    Draw,
    /// What was too much to be drawn at once may be drawn with the next animation frame.
    Redraw,
}

/// Made once: a new callback would make every component draw itself again.
struct Callbacks {
    language: Callback<Language>,
    theme: Callback<Theme>,
    keys: Callback<()>,
    chosen: Callback<Option<String>>,
    dismiss: Callback<()>,
    offered: Callback<bool>,
    token: Callback<String>,
    try_now: Callback<()>,
    queue: Callback<String>,
    send: Rc<SendHandlers>,
    receive: Rc<Handlers>,
}

impl Callbacks {
    fn new(scope: &html::Scope<App>) -> Self {
        Self {
            language: scope.callback(Msg::SetLanguage),
            theme: scope.callback(Msg::SetTheme),
            keys: scope.callback(|()| Msg::Key(Key::Sheet)),
            chosen: scope.callback(Msg::Chosen),
            dismiss: scope.callback(|()| Msg::DismissNotice),
            offered: scope.callback(Msg::Offered),
            token: scope.callback(|token| Msg::Connection(connection::Msg::Token(token))),
            try_now: scope.callback(|()| Msg::Connection(connection::Msg::Back)),
            queue: scope.callback(Msg::ChooseQueue),
            send: Rc::new(sending::handlers(scope)),
            receive: Rc::new(receiving::handlers(scope)),
        }
    }
}

pub(crate) struct App {
    core: Rc<RefCell<Core>>,
    list_view: ListView,
    searching: Option<Timeout>,
    language: Language,
    theme: Theme,
    zone: Zone,
    columns: [Rc<Columns>; 2],
    over: Option<Over>,
    /// How often something lay over the page.
    overs: u64,
    callbacks: Callbacks,
    edit: Option<Edit>,
    file: Attached,
    reading: Option<FileReading>,
    sent: Snapshot,
    make: Option<Wake>,
    replaying: Option<replaying::Replaying>,
    drawing: Drawing,
    _tick: Option<Interval>,
    _listeners: [Option<Listener>; 5],
    _drops: [Option<Listener>; 2],
    _keys: Option<Listener>,
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let scope = ctx.link();
        let state = receiving::remembered_state();
        let now_ms = browser::now_ms();
        let link = Link::new(
            scope.callback(|report| Msg::Connection(connection::Msg::Link(report))),
            browser::token(),
        );
        let mut core = Core::new(state, link, scope.callback(Msg::Claimed));
        for (key, action) in [
            (sending::QUEUE_KEY, Action::SendTo as fn(_) -> _),
            (receiving::QUEUE_KEY, Action::ReceiveFrom),
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
        let language = browser::remembered(browser::local_storage(), LANGUAGE_KEY)
            .and_then(|tag| Language::of_tag(&tag))
            .unwrap_or_else(browser::language);
        browser::set_language(language);
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
            on("online", || Msg::Connection(connection::Msg::Back)),
            on("pageshow", || Msg::Connection(connection::Msg::Back)),
            on("visibilitychange", || Msg::Shown),
            on("hashchange", || Msg::Connection(connection::Msg::Address)),
        ];
        let tick = scope.callback(|()| Msg::Tick);
        Self {
            core,
            list_view: ListView::new(
                scope.callback(|event| Msg::Receive(receiving::Msg::ListView(event))),
                language,
            ),
            searching: None,
            language,
            theme,
            zone: receiving::remembered_zone(),
            columns: receiving::remembered_columns(),
            over: None,
            overs: 0,
            callbacks: Callbacks::new(scope),
            edit: None,
            file: Attached::Nothing,
            reading: None,
            sent: Snapshot::default(),
            make: None,
            replaying: None,
            drawing: Drawing::new(scope.callback(|()| Msg::Draw), scope.callback(|()| Msg::Redraw)),
            _tick: Interval::new(TICK_MS, move || tick.emit(())),
            _listeners: listeners,
            _drops: dropping::listeners(scope),
            _keys: keys::listener(scope.callback(Msg::Key)),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let now_ms = browser::now_ms();
        let core = Rc::clone(&self.core);
        let core = &mut *core.borrow_mut();
        let redraw = match msg {
            Msg::Draw => return self.draw(core, now_ms),
            Msg::Redraw => self.drawing.waited(),
            Msg::Connection(msg) => connection::on(core, msg, now_ms),
            Msg::Send(msg) => self.on_send(ctx, core, msg, now_ms),
            Msg::Receive(msg) => self.on_receive(core, msg, now_ms),
            Msg::Replay(msg) => {
                self.on_replay(ctx, core, msg, now_ms);
                Redraw::NextFrame
            }
            Msg::ChooseQueue(queue) => {
                self.list_view.forget_question();
                sending::send_to(core, queue.clone(), now_ms);
                receiving::receive_from(core, queue, now_ms);
                Redraw::NextFrame
            }
            Msg::Claimed(answer) => {
                core.claimed(answer, now_ms);
                Redraw::NextFrame
            }
            Msg::Offered(send) => {
                core.settle_offer(send, now_ms);
                Redraw::NextFrame
            }
            Msg::Tick => {
                core.tick(now_ms);
                // A page that is hidden has no animation frames.
                if browser::hidden() { Redraw::Now } else { Redraw::NextFrame }
            }
            Msg::Shown => {
                self.make = None;
                if browser::hidden() {
                    core.save(now_ms);
                }
                Redraw::NextFrame
            }
            Msg::DismissNotice => {
                core.state.apply(Action::DismissNotice, now_ms);
                Redraw::NextFrame
            }
            Msg::SetTheme(theme) => {
                browser::remember(browser::local_storage(), THEME_KEY, theme.name());
                browser::set_theme(theme);
                self.theme = theme;
                Redraw::NextFrame
            }
            Msg::SetLanguage(language) => {
                browser::remember(browser::local_storage(), LANGUAGE_KEY, language.tag());
                browser::set_language(language);
                self.language = language;
                self.list_view.set_language(language);
                self.ask_again(&core.state);
                Redraw::NextFrame
            }
            Msg::Key(key) => self.on_key(core, key, now_ms),
            Msg::Chosen(choice) => {
                self.over = None;
                // By name: what is offered may have changed while the palette was open, and no other
                // action may be done in its place.
                let action = choice.and_then(|name| {
                    self.actions(&core.state).into_iter().find(|action| action.name == name)
                });
                if let Some(action) = action {
                    ctx.link().send_message((action.msg)());
                }
                Redraw::NextFrame
            }
        };
        self.search(ctx, core, now_ms);
        self.make(ctx, core, now_ms);
        core.write(now_ms);
        self.list_view.refresh(&core.state.inbox);
        self.drawing.ask(redraw)
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        self.drawing.done();
    }

    fn view(&self, _: &Context<Self>) -> Html {
        view::page(self, &self.core.borrow().state)
    }
}

impl App {
    /// An animation frame is about to be drawn: says whether the page is drawn for it.
    fn draw(&mut self, core: &Core, now_ms: f64) -> bool {
        let outbox = &core.state.outbox;
        let changes = outbox.revision() + core.state.inbox.counters().arrived();
        let draw = self.drawing.is_time(changes, now_ms);
        if draw {
            self.drawing.again(self.sent.refresh(outbox, now_ms));
        }
        draw
    }
}
