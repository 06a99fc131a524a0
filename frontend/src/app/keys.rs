//! Keys that work wherever nothing is being typed, and the actions of the palette.

use std::rc::Rc;

use warren_protocol::{AckMode, Outcome};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use super::{App, Msg, connection, core::Core, drawing::Redraw, palette::Over, receiving};
use crate::{
    receive::{
        filter_box::FILTER_ID,
        inbox::AckState,
        list_view::{self, Step},
        mode::{Choice, Mode},
        selection::Select,
        status::outcome_name,
    },
    send::saved_menu::REPLAY_ID,
    store::{Action, State},
    ui::browser::{self, Listener},
};

/// Where letters are typed.
const TYPING: &str = "input:not([type=checkbox]), textarea, select, dialog, [contenteditable]";

/// The text box of the Send panel.
const BODY_ID: &str = "body";

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Palette,
    Sheet,
    Filter,
    Body,
    /// Pick an exported file to send again.
    Replay,
    Step(Step),
    Settle(Outcome),
    /// Selects the marked message, or no longer.
    Select,
    /// Selects all that the list shows.
    SelectAll,
    /// What to do with the current queue.
    Choose(Mode),
    /// Pause, or go on.
    Pause,
}

/// An action of the palette.
#[derive(Clone)]
pub(super) struct Offered {
    pub(super) name: String,
    pub(super) msg: Rc<dyn Fn() -> Msg>,
}

pub(super) fn listener(report: Callback<Key>) -> Option<Listener> {
    let listen = move |event: Event| {
        if let Some(key) = event.dyn_ref::<KeyboardEvent>().and_then(key_of) {
            // Else it would be the first letter of what gets the focus.
            event.prevent_default();
            report.emit(key);
        }
    };
    Listener::of(browser::window()?, "keydown", listen)
}

fn key_of(event: &KeyboardEvent) -> Option<Key> {
    let command = event.ctrl_key() || event.meta_key();
    if command && !event.alt_key() && event.key().eq_ignore_ascii_case("k") {
        return Some(Key::Palette);
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let typing =
        target.is_some_and(|element| element.closest(TYPING).is_ok_and(|found| found.is_some()));
    if command || event.alt_key() || typing || event.is_composing() {
        return None;
    }
    let key = event.key();
    // What begins something needs Shift, be Caps Lock on or not.
    let mode = match key.to_ascii_lowercase().as_str() {
        "w" => Some(Mode::Watch),
        "l" => Some(Mode::Look),
        "r" => Some(Mode::Receive),
        _ => None,
    };
    if let Some(mode) = mode.filter(|_| event.shift_key()) {
        return Some(Key::Choose(mode));
    }
    Some(match key.as_str() {
        "x" | "X" if event.shift_key() => Key::SelectAll,
        "x" | "X" => Key::Select,
        "?" => Key::Sheet,
        "/" => Key::Filter,
        "c" => Key::Body,
        "j" => Key::Step(Step::Down),
        "k" => Key::Step(Step::Up),
        "a" => Key::Settle(Outcome::Ack),
        "r" => Key::Settle(Outcome::Requeue),
        "p" => Key::Pause,
        _ => return None,
    })
}

impl App {
    pub(super) fn on_key(&mut self, core: &mut Core, key: Key, now_ms: f64) -> Redraw {
        match key {
            Key::Palette => self.lay_over(Over::Palette),
            Key::Sheet => self.lay_over(Over::Keys),
            Key::Filter => browser::focus(FILTER_ID),
            Key::Body => browser::focus(BODY_ID),
            Key::Replay => browser::click(REPLAY_ID),
            // The list is not on the screen.
            Key::Step(_) | Key::Select | Key::SelectAll | Key::Settle(_)
                if core.state.choice().is_none() => {}
            Key::Step(step) => {
                let event = list_view::Event::Step(step);
                return self.on_receive(core, receiving::Msg::ListView(event), now_ms);
            }
            Key::Choose(mode) => {
                return self.on_receive(core, receiving::Msg::Choose(mode), now_ms);
            }
            Key::Pause => {
                if let Some(Choice { paused, .. }) = core.state.choice() {
                    return self.on_receive(core, receiving::Msg::SetPaused(!paused), now_ms);
                }
            }
            Key::Select => {
                if let Some(number) = self.list_view.marked() {
                    self.select(core, Select::Toggle(number), now_ms);
                }
            }
            Key::SelectAll => self.select(core, Select::All, now_ms),
            Key::Settle(outcome) => {
                if let Some(number) = self.list_view.marked_and_shown(&core.state.inbox) {
                    core.state.apply(Action::Settle { number, outcome }, now_ms);
                }
            }
        }
        Redraw::NextFrame
    }

    /// What is there already stays: one taken off the page while it is open would take the focus with
    /// it.
    fn lay_over(&mut self, over: Over) {
        if self.over.is_none() {
            self.over = Some(over);
            self.overs += 1;
        }
    }

    /// Everything that the palette offers now.
    pub(super) fn actions(&self, state: &State) -> Vec<Offered> {
        let language = self.language;
        let mut actions = Vec::new();
        let mut offer = |name: &str, msg: Rc<dyn Fn() -> Msg>| {
            actions.push(Offered { name: name.to_owned(), msg });
        };
        let receive = |msg: fn() -> receiving::Msg| -> Rc<dyn Fn() -> Msg> {
            Rc::new(move || Msg::Receive(msg()))
        };
        let view = |event: fn() -> list_view::Event| -> Rc<dyn Fn() -> Msg> {
            Rc::new(move || Msg::Receive(receiving::Msg::ListView(event())))
        };
        if state.may_send() {
            offer(language.go_to_send(), Rc::new(|| Msg::Key(Key::Body)));
            offer(language.replay_open(), Rc::new(|| Msg::Key(Key::Replay)));
        }
        if state.may_see() {
            let choice = state.choice();
            for mode in Mode::ALL.into_iter().filter(|mode| state.may(*mode)) {
                if choice != Some(Choice::now(mode)) {
                    offer(mode.name(language), Rc::new(move || Msg::Key(Key::Choose(mode))));
                }
            }
            match choice {
                Some(Choice { paused: false, .. }) => {
                    offer(language.pause(), receive(|| receiving::Msg::SetPaused(true)));
                }
                Some(_) => offer(language.resume(), receive(|| receiving::Msg::SetPaused(false))),
                None => {}
            }
            if state.mode() == Some(Mode::Receive) {
                offer(language.auto_ack(), receive(|| receiving::Msg::SetAck(AckMode::Auto)));
                offer(language.manual_ack(), receive(|| receiving::Msg::SetAck(AckMode::Manual)));
            }
            offer(language.filter(), Rc::new(|| Msg::Key(Key::Filter)));
            offer(language.export(), view(|| list_view::Event::Export));
            offer(language.clear(), receive(|| receiving::Msg::Clear));
            offer(language.select_all_shown(), Rc::new(|| Msg::Key(Key::SelectAll)));
            for Offered { name, msg } in self.selection_actions(state) {
                offer(&name, msg);
            }
            offer(language.newest(), view(|| list_view::Event::Follow));
            if state.inbox.open() > 0 && !state.outcomes().is_empty() {
                offer(language.ack_all(), receive(|| receiving::Msg::SettleAll));
            }
            let marked = self.list_view.marked_and_shown(&state.inbox);
            let marked = marked.and_then(|number| state.inbox.row(number));
            if marked.is_some_and(|row| row.ack_state == AckState::Open) {
                for outcome in state.outcomes().iter().copied() {
                    let msg = Rc::new(move || Msg::Key(Key::Settle(outcome)));
                    offer(outcome_name(outcome, language), msg);
                }
            }
        }
        for queue in state.queues().iter() {
            let name = queue.clone();
            let msg = Rc::new(move || Msg::ChooseQueue(name.clone()));
            offer(&language.queue_action(queue), msg);
        }
        if state.problem(language).is_some_and(|problem| problem.can_try) {
            offer(language.try_now(), Rc::new(|| Msg::Connection(connection::Msg::Back)));
        }
        let (next_theme, next_language) = (self.theme.next(), language.other());
        offer(language.switch_theme(), Rc::new(move || Msg::SetTheme(next_theme)));
        offer(language.switch_language(), Rc::new(move || Msg::SetLanguage(next_language)));
        offer(language.all_keys(), Rc::new(|| Msg::Key(Key::Sheet)));
        actions
    }
}
