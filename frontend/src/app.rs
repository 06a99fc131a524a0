//! Wires the state, the link and the panels together: every event becomes one [`Msg`], whose handler
//! changes the state and says what has to be drawn, and what can go out goes out at once. The page
//! is drawn from the state, most often with the next animation frame.

mod connection;
mod core;
mod drawing;
mod receiving;
mod sending;

use std::{cell::RefCell, rc::Rc};

use yew::prelude::*;

use crate::{
    connection::{header::Header, link::Link, token_form::TokenForm},
    receive::{
        list_view::ListView,
        panel::{Handlers, ReceivePanel},
    },
    send::{
        compose::Edit,
        draft::{Attached, Prepared},
        outbox::Snapshot,
        panel::SendPanel,
        repeat::Plan,
    },
    store::{Action, Connection},
    ui::{
        browser::{self, FileReading, Interval, Listener, Timeout, Wake},
        notice::Notice,
        theme::Theme,
    },
};
use core::Core;
use drawing::{Drawing, Redraw};

const TICK_MS: i32 = 1_000;
const THEME_KEY: &str = "warren.theme";

pub(crate) enum Msg {
    Connection(connection::Msg),
    Send(sending::Msg),
    Receive(receiving::Msg),
    /// A queue was chosen for both panels.
    ChooseQueue(String),
    Tick,
    /// The page came into sight, or went out of it.
    Shown,
    DismissNotice,
    SetTheme(Theme),
    /// An animation frame is about to be drawn: the page may be drawn for it.
    Draw,
    /// What was too much to be drawn at once may be drawn with the next animation frame.
    Redraw,
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
        let send = scope.callback(Msg::Send);
        Self {
            theme: scope.callback(Msg::SetTheme),
            dismiss: scope.callback(|()| Msg::DismissNotice),
            token: scope.callback(|token| Msg::Connection(connection::Msg::Token(token))),
            send: send.reform(|message| sending::Msg::Send(Box::new(message))),
            repeat: send.reform(|repeat| sending::Msg::StartRepeat(Box::new(repeat))),
            stop: send.reform(|()| sending::Msg::StopRepeat),
            file: send.reform(sending::Msg::Pick),
            send_to: send.reform(sending::Msg::To),
            queue: scope.callback(Msg::ChooseQueue),
            again: send.reform(sending::Msg::Again),
            edit: send.reform(sending::Msg::Edit),
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
        let state = receiving::remembered_state();
        let now_ms = browser::now_ms();
        let link = Link::new(
            scope.callback(|report| Msg::Connection(connection::Msg::Link(report))),
            browser::token(),
        );
        let mut core = Core::new(state, link, now_ms);
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
            ),
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
        let redraw = match msg {
            Msg::Draw => return self.draw(core, now_ms),
            Msg::Redraw => self.drawing.waited(),
            Msg::Connection(msg) => connection::on(core, msg, now_ms),
            Msg::Send(msg) => self.on_send(ctx, core, msg, now_ms),
            Msg::Receive(msg) => self.on_receive(core, msg, now_ms),
            Msg::ChooseQueue(queue) => {
                sending::send_to(core, queue.clone(), now_ms);
                receiving::receive_from(core, queue, now_ms);
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

impl App {
    /// An animation frame is about to be drawn: says whether the page is drawn for it.
    fn draw(&mut self, core: &Core, now_ms: f64) -> bool {
        let outbox = &core.state.outbox;
        let changes = outbox.revision() + core.state.inbox.counters().received;
        let draw = self.drawing.is_time(changes, now_ms);
        if draw {
            self.drawing.again(self.sent.refresh(outbox, now_ms));
        }
        draw
    }
}
