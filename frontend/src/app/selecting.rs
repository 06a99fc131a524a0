//! What the page does with the selection, and what its bar shows.

use std::rc::Rc;

use warren_protocol::Outcome;

use super::{App, core::Core, drawing::Redraw, keys::Offered, receiving::Msg};
use crate::{
    receive::{
        list_view,
        mode::Mode,
        move_view::{MoveOffer, MoveProgress},
        received_list::LIST_ID,
        selection::Select,
        selection_bar::{Ask, Asked, Selected},
    },
    store::{Action, Obstacle, Phase, State},
    ui::{browser, language::Language, viewport::Rows as _},
};

/// Groups of dead letters that are named at most.
const MAX_GROUPS: usize = 5;

impl App {
    pub(super) fn select(&mut self, core: &mut Core, select: Select, now_ms: f64) {
        core.state.apply(Action::Select(select), now_ms);
        // It was asked about fewer, or others.
        if self.list_view.asks().is_some() {
            self.list_view.on(list_view::Event::Ask(None), &core.state.inbox);
        }
        // The button that was pressed may go.
        if matches!(select, Select::All | Select::Nothing) {
            browser::focus(LIST_ID);
        }
    }

    pub(super) fn move_selected(
        &mut self,
        core: &mut Core,
        target: String,
        all: Option<u64>,
        now_ms: f64,
    ) {
        let rows = core.state.inbox.selected_open_numbers().collect();
        let action = match all {
            Some(count) => Action::StartMoveAll { target, count },
            None => Action::StartMove { rows, target },
        };
        core.state.apply(action, now_ms);
        self.list_view.on(list_view::Event::Ask(None), &core.state.inbox);
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

    /// Words what is asked in another language.
    pub(super) fn ask_again(&mut self, state: &State) {
        if let Some(ask) = self.list_view.asks().map(|asked| asked.ask.clone()) {
            let asked = self.asked(state, ask);
            self.list_view.on(list_view::Event::Ask(Some(asked)), &state.inbox);
        }
    }

    /// What is asked before something is done with the selection as it is now.
    pub(super) fn asked(&self, state: &State, ask: Ask) -> Asked {
        let (language, inbox) = (self.language, &state.inbox);
        let (count, open) = (inbox.selection().len(), inbox.selected_open() as u64);
        let (mut lines, mut all) = (Vec::new(), None);
        let question = match &ask {
            Ask::Reject => {
                let queue = inbox.selected_queue();
                language.reject_question(open, queue.as_deref().unwrap_or(language.their_queues()))
            }
            Ask::SendAgain => {
                let queue = state.send_queue().unwrap_or_default();
                language.send_again_question(&language.messages(count), queue)
            }
            Ask::Move(target) => {
                let rows: Vec<u64> = inbox.selected_open_numbers().collect();
                lines.extend(died(state, &rows, language));
                lines.extend(state.copies_words(&rows, language));
                let from = state.current_queue().unwrap_or_default();
                let waiting = state.move_all_count();
                // The queue has more than fits the window.
                if count == inbox.len() as u64 && waiting > open {
                    all = Some((language.move_all(waiting, from, inbox.is_filtered()), waiting));
                }
                language.move_question(&language.messages(open), from, target)
            }
        };
        Asked { ask, question, lines, all }
    }

    /// What the bar shows; none while nothing is selected.
    pub(super) fn selected(&self, state: &State) -> Option<Selected> {
        let inbox = &state.inbox;
        let count = inbox.selection().len();
        if count == 0 {
            return None;
        }
        let hint = state.move_obstacle().filter(|obstacle| {
            matches!(obstacle, Obstacle::Mode(Some(Mode::Look)) | Obstacle::Automatic)
        });
        Some(Selected {
            count,
            open: inbox.selected_open() as u64,
            shown: inbox.len() as u64,
            outcomes: state.outcomes(),
            may_send: state.may_send(),
            moves: move_offer(state),
            hint: hint.map(|obstacle| obstacle.words(self.language)),
            asks: self.list_view.asks().cloned(),
        })
    }

    /// What the palette offers for the selection.
    pub(super) fn selection_actions(&self, state: &State) -> Vec<Offered> {
        let (language, inbox) = (self.language, &state.inbox);
        let mut actions = Vec::new();
        let mut offer = |name: &str, msg: Rc<dyn Fn() -> Msg>| {
            let msg = Rc::new(move || super::Msg::Receive(msg()));
            actions.push(Offered { name: name.to_owned(), msg });
        };
        if state.is_moving() {
            offer(language.stop_move(), Rc::new(|| Msg::StopMove));
        }
        if inbox.selection().is_empty() {
            return actions;
        }
        for target in move_offer(state).into_iter().flat_map(|offer| offer.targets) {
            let name = language.move_selection(&target);
            offer(&name, Rc::new(move || Msg::Ask(Some(Ask::Move(target.clone())))));
        }
        if inbox.selected_open() > 0 {
            for outcome in state.outcomes().iter().copied() {
                let name = match outcome {
                    Outcome::Ack => language.ack_selection(),
                    Outcome::Requeue => language.requeue_selection(),
                    Outcome::Reject => language.reject_selection(),
                };
                let msg = move || match outcome {
                    Outcome::Reject => Msg::Ask(Some(Ask::Reject)),
                    Outcome::Ack | Outcome::Requeue => Msg::SettleSelected(outcome),
                };
                offer(name, Rc::new(msg));
            }
        }
        if state.may_send() {
            offer(language.send_selection(), Rc::new(|| Msg::Ask(Some(Ask::SendAgain))));
        }
        let export = || Msg::ListView(list_view::Event::ExportSelected);
        offer(language.export_selection(), Rc::new(export));
        offer(language.clear_selection(), Rc::new(|| Msg::Select(Select::Nothing)));
        actions
    }
}

/// Where what is selected can be moved to.
fn move_offer(state: &State) -> Option<MoveOffer> {
    let first = state.inbox.selected_open_numbers().next()?;
    state.move_obstacle().is_none().then(|| MoveOffer {
        targets: state.move_targets().map(str::to_owned).collect(),
        suggested: state.suggested_target(&[first]).map(str::to_owned),
    })
}

/// Why and where these rows died, in words, where some did.
fn died(state: &State, rows: &[u64], language: Language) -> Option<String> {
    let deaths = state.deaths(rows);
    let dead: u64 = deaths.iter().map(|death| death.count).sum();
    let named = deaths.iter().take(MAX_GROUPS);
    let mut groups: Vec<String> =
        named.map(|death| language.death_group(death.count, &death.reason, &death.queue)).collect();
    let more: u64 = deaths.iter().skip(MAX_GROUPS).map(|death| death.count).sum();
    let others = rows.len() as u64 - dead;
    groups.extend((more > 0).then(|| language.other_groups(more)));
    groups.extend((others > 0).then(|| language.not_dead(others)));
    (dead > 0).then(|| groups.join(language.list_separator()))
}

/// How far a move is, where there is or was one.
pub(super) fn moving(state: &State, language: Language) -> Option<MoveProgress> {
    let moving = state.moving(language)?;
    let done = moving.total - moving.left.min(moving.total) - moving.in_flight.min(moving.total);
    Some(MoveProgress {
        numbers: moving.numbers,
        notes: moving.notes,
        part: done as f64 / moving.total.max(1) as f64,
        stops: moving.phase == Phase::Running,
        over: moving.phase == Phase::Finished,
    })
}
