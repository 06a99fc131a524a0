//! The part of the app that wires the Receive panel: what its controls do, and looking for what
//! the filter lets through, a few milliseconds at a time.

use yew::prelude::*;

use super::{App, Msg, RECEIVE_QUEUE_KEY, core::Core};
use crate::{
    receive::{list_view, panel::Handlers},
    store::Action,
    ui::browser::{self, Timeout},
};

/// How long to look for what the filter lets through in one go, in milliseconds, and how many
/// bytes to look at before looking at the clock.
const SEARCH_MS: f64 = 5.0;
const SEARCH_WORK: usize = 64 * 1024;

pub(super) fn handlers(scope: &html::Scope<App>) -> Handlers {
    let list = scope.callback(Msg::ListView);
    Handlers {
        receiving: scope.callback(Msg::SetReceiving),
        queue: scope.callback(Msg::ReceiveFrom),
        ack: scope.callback(Msg::SetAck),
        settle: scope.callback(|(number, outcome)| Msg::Settle(number, outcome)),
        settle_all: scope.callback(|()| Msg::SettleAll),
        filter: scope.callback(Msg::Filter),
        clear: scope.callback(|()| Msg::Clear),
        scrolled: list.reform(list_view::Event::Scrolled),
        follow: list.reform(|()| list_view::Event::Follow),
        choose: list.reform(list_view::Event::Choose),
        step: list.reform(list_view::Event::Step),
        open: list.reform(|()| list_view::Event::Open),
        close: list.reform(|()| list_view::Event::Close),
        copy: list.reform(|(number, form)| list_view::Event::Copy(number, form)),
        save: list.reform(list_view::Event::Save),
        again: scope.callback(Msg::Again),
        export: list.reform(|()| list_view::Event::Export),
    }
}

impl App {
    /// Looks for what the filter lets through, and goes on later where the time was not enough:
    /// nothing else has to wait for it.
    pub(super) fn search(&mut self, ctx: &Context<Self>, core: &mut Core, now_ms: f64) {
        let since_ms = browser::now_ms();
        while core.state.inbox.is_searching() && self.searching.is_none() {
            core.state.apply(Action::Search(SEARCH_WORK), now_ms);
            if browser::now_ms() - since_ms >= SEARCH_MS {
                let go_on = ctx.link().callback(|()| Msg::Search);
                self.searching = Timeout::new(0.0, move || go_on.emit(()));
                return;
            }
        }
    }
}

pub(super) fn receive_from(core: &mut Core, queue: String, now_ms: f64) {
    browser::remember(browser::session_storage(), RECEIVE_QUEUE_KEY, &queue);
    core.state.apply(Action::ReceiveFrom(queue), now_ms);
}
