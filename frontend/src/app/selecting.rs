//! What the page does with the selection, and what its bar shows; and how a single message is moved.

use std::rc::Rc;

use warren_protocol::Outcome;

use super::{App, core::Core, drawing::Redraw, keys::Offered, receiving::Msg};
use crate::{
    receive::{
        deaths::{Death, Deaths},
        list_view,
        mode::Mode,
        move_view::{MoveOffer, MoveProgress, Moved},
        received_list::LIST_ID,
        selection::Select,
        selection_bar::{Ask, Asked, Bar, Selected},
    },
    store::{Action, Obstacle, Phase, State},
    ui::{browser, language::Language, number::grouped, viewport::Rows as _},
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

    pub(super) fn start_move(
        &mut self,
        core: &mut Core,
        target: String,
        moved: Moved,
        now_ms: f64,
    ) {
        let action = match moved {
            Moved::All(count) => Action::StartMoveAll { target, count },
            Moved::Selection | Moved::Row(_) => {
                Action::StartMove { rows: rows_of(&core.state, moved), target }
            }
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

    /// What is asked before something is done with the selection as it is now, or with a message.
    pub(super) fn asked(&self, state: &State, ask: Ask) -> Asked {
        let (language, inbox) = (self.language, &state.inbox);
        let (count, open) = (inbox.selection().len(), inbox.selected_open() as u64);
        let (mut lines, mut groups, mut all) = (Vec::new(), Vec::new(), None);
        let question = match &ask {
            Ask::Reject => {
                let queue = inbox.selected_queue();
                language.reject_question(open, queue.as_deref().unwrap_or(language.their_queues()))
            }
            Ask::SendAgain => {
                let rows: Vec<u64> = inbox.selected().map(|row| row.message.number).collect();
                lines.extend(state.left_out_words(&rows, language));
                lines.push(language.send_again_ids().to_owned());
                let queue = state.send_queue().unwrap_or_default();
                language.send_again_question(&language.messages(count), queue)
            }
            Ask::Move(target, moved) => {
                let rows = rows_of(state, *moved);
                let died = died(state, &rows, language);
                lines.extend(died.words);
                groups = died.groups;
                lines.extend(state.copies_words(&rows, language));
                let from = state.current_queue().unwrap_or_default();
                let waiting = state.move_all_count();
                // The queue has more than fits the window.
                let all_shown = *moved == Moved::Selection && count == inbox.len() as u64;
                if all_shown && waiting > open {
                    all = Some((language.move_all(waiting, from, inbox.is_filtered()), waiting));
                }
                match moved {
                    Moved::Row(number) => {
                        language.move_one_question(&grouped(*number), from, target)
                    }
                    _ => {
                        language.move_question(&language.messages(rows.len() as u64), from, target)
                    }
                }
            }
        };
        Asked { ask, question, groups, lines, all }
    }

    /// What the bar shows.
    pub(super) fn bar(&self, state: &State) -> Bar {
        Bar {
            selected: self.selected(state),
            asks: self.list_view.asks().cloned(),
            moving: moving(state, self.language),
        }
    }

    /// Where the message in full can be moved to.
    pub(super) fn moves_of_details(&self, state: &State) -> Option<MoveOffer> {
        let number = self.list_view.details()?.0.message.number;
        move_offer(state, || state.inbox.open_message(number).map(|_| number).into_iter().collect())
    }

    /// What can be done with the selection; none while nothing is selected.
    fn selected(&self, state: &State) -> Option<Selected> {
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
            moves: move_selection(state),
            hint: hint.map(|obstacle| obstacle.words(self.language)),
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
        for target in move_selection(state).into_iter().flat_map(|offer| offer.targets) {
            let name = language.move_selection(&target);
            offer(
                &name,
                Rc::new(move || Msg::Ask(Some(Ask::Move(target.clone(), Moved::Selection)))),
            );
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
fn move_selection(state: &State) -> Option<MoveOffer> {
    move_offer(state, || state.inbox.selected_open_numbers().collect())
}

/// Where these rows can be moved to, where there are any.
fn move_offer(state: &State, rows: impl FnOnce() -> Vec<u64>) -> Option<MoveOffer> {
    if state.move_obstacle().is_some() {
        return None;
    }
    let rows = rows();
    (!rows.is_empty()).then(|| MoveOffer {
        targets: state.move_targets().map(str::to_owned).collect(),
        suggested: state.suggested_target(&rows).map(str::to_owned),
    })
}

/// The rows to be moved, where they are known before.
fn rows_of(state: &State, moved: Moved) -> Vec<u64> {
    match moved {
        Moved::Selection => state.inbox.selected_open_numbers().collect(),
        Moved::Row(number) => vec![number],
        Moved::All(_) => Vec::new(),
    }
}

/// Why and where rows died.
#[derive(Default)]
struct Died {
    /// Those that died alike, in words, where not all did.
    groups: Vec<(String, Death)>,
    /// What else there is to say, where some died.
    words: Option<String>,
}

fn died(state: &State, rows: &[u64], language: Language) -> Died {
    let deaths = state.deaths(rows);
    let dead: u64 = deaths.iter().map(|deaths| deaths.count).sum();
    if dead == 0 {
        return Died::default();
    }
    let named = deaths.iter().take(MAX_GROUPS).map(|Deaths { death, count }| {
        (language.death_group(*count, &death.reason, &death.queue), death.clone())
    });
    let groups: Vec<_> = named.collect();
    let more: u64 = deaths.iter().skip(MAX_GROUPS).map(|deaths| deaths.count).sum();
    let others = rows.len() as u64 - dead;
    if groups.len() == 1 && others == 0 {
        return Died {
            groups: Vec::new(),
            words: groups.into_iter().next().map(|(words, _)| words),
        };
    }
    let mut words = Vec::new();
    words.extend((more > 0).then(|| language.other_groups(more)));
    words.extend((others > 0).then(|| language.not_dead(others)));
    let words = (!words.is_empty()).then(|| words.join(language.list_separator()));
    Died { groups, words }
}

/// How far a move is, where there is or was one.
fn moving(state: &State, language: Language) -> Option<MoveProgress> {
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
