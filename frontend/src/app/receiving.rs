//! The part of the app that wires the Receive panel: what its controls do, and looking for what
//! the filter lets through, a few milliseconds at a time.

use yew::prelude::*;

use super::{App, Msg, RECEIVE_QUEUE_KEY, core::Core};
use crate::{
    browser::{self, Timeout},
    reader,
    store::Action,
    view::receive::Handlers,
};

/// How long to look for what the filter lets through in one go, in milliseconds, and how many
/// bytes to look at before looking at the clock.
const SEARCH_MS: f64 = 5.0;
const SEARCH_WORK: usize = 64 * 1024;

pub(super) fn handlers(scope: &html::Scope<App>) -> Handlers {
    let reader = scope.callback(Msg::Reader);
    Handlers {
        receiving: scope.callback(Msg::SetReceiving),
        queue: scope.callback(Msg::ReceiveFrom),
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
        copy: reader.reform(|(number, form)| reader::Event::Copy(number, form)),
        save: reader.reform(reader::Event::Save),
        again: scope.callback(Msg::Again),
        export: reader.reform(|()| reader::Event::Export),
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
