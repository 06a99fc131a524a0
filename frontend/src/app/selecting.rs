//! What the page does with the selection, and what its bar shows.

use std::rc::Rc;

use warren_protocol::Outcome;

use super::{App, core::Core, drawing::Redraw, keys::Offered, receiving::Msg};
use crate::{
    receive::{
        list_view,
        received_list::LIST_ID,
        selection::Select,
        selection_bar::{Ask, Selected},
    },
    store::{Action, State},
    ui::{browser, viewport::Rows as _},
};

impl App {
    pub(super) fn select(&mut self, core: &mut Core, select: Select, now_ms: f64) {
        core.state.apply(Action::Select(select), now_ms);
        // The button that was pressed may go.
        if matches!(select, Select::All | Select::Nothing) {
            browser::focus(LIST_ID);
        }
    }

    /// Escape takes away what was asked, then the selection, then closes the message in full.
    pub(super) fn escape(&mut self, core: &mut Core, now_ms: f64) -> Redraw {
        let event = match (self.list_view.asks(), core.state.inbox.selection().is_empty()) {
            (Some(_), _) => list_view::Event::Ask(None),
            (None, true) => list_view::Event::Close,
            (None, false) => {
                self.select(core, Select::Nothing, now_ms);
                return Redraw::NextFrame;
            }
        };
        self.on_receive(core, Msg::ListView(event), now_ms)
    }

    /// What the bar shows; none while nothing is selected.
    pub(super) fn selected(&self, state: &State) -> Option<Selected> {
        let (language, inbox) = (self.language, &state.inbox);
        let count = inbox.selection().len();
        if count == 0 {
            return None;
        }
        let open = inbox.selected_open() as u64;
        let asks = self.list_view.asks().map(|ask| {
            let question = match ask {
                Ask::Reject => {
                    let queue = inbox.selected_queue();
                    let queue = queue.as_deref().unwrap_or(language.their_queues());
                    language.reject_question(open, queue)
                }
                Ask::SendAgain => {
                    let queue = state.send_queue().unwrap_or_default();
                    language.send_again_question(&language.messages(count), queue)
                }
            };
            (ask.clone(), question)
        });
        Some(Selected {
            count,
            open,
            shown: inbox.len() as u64,
            outcomes: state.outcomes(),
            may_send: state.may_send(),
            asks,
        })
    }

    /// What the palette offers for the selection.
    pub(super) fn selection_actions(&self, state: &State) -> Vec<Offered> {
        let (language, inbox) = (self.language, &state.inbox);
        let mut actions = Vec::new();
        if inbox.selection().is_empty() {
            return actions;
        }
        let mut offer = |name: &str, msg: fn() -> Msg| {
            actions.push(Offered {
                name: name.to_owned(),
                msg: Rc::new(move || super::Msg::Receive(msg())),
            });
        };
        if inbox.selected_open() > 0 {
            for outcome in state.outcomes() {
                match outcome {
                    Outcome::Ack => {
                        offer(language.ack_selection(), || Msg::SettleSelected(Outcome::Ack));
                    }
                    Outcome::Requeue => offer(language.requeue_selection(), || {
                        Msg::SettleSelected(Outcome::Requeue)
                    }),
                    Outcome::Reject => {
                        offer(language.reject_selection(), || ask(Ask::Reject));
                    }
                }
            }
        }
        if state.may_send() {
            offer(language.send_selection(), || ask(Ask::SendAgain));
        }
        offer(language.export_selection(), || Msg::ListView(list_view::Event::ExportSelected));
        offer(language.clear_selection(), || Msg::Select(Select::Nothing));
        actions
    }
}

fn ask(ask: Ask) -> Msg {
    Msg::ListView(list_view::Event::Ask(Some(ask)))
}
