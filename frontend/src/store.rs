//! The page's state and everything that changes it. Pure: time comes in with the actions, and
//! what is to be written to the relay is pulled out with [`State::outgoing`], as much as the
//! link has room for.

mod action;
mod connection;
mod modes;
mod moving;
mod notice;
mod offered;
mod receive_words;
mod receiving;
mod replaying;
mod sending;

use std::{
    collections::{HashMap, VecDeque},
    rc::Rc,
};

use warren_protocol::{ClientMessage, Detail, StreamFrom};

use crate::{
    connection::session::Known,
    receive::{
        deaths::death,
        filter,
        inbox::{Inbox, Message},
        mode::Choices,
        moving::Run,
    },
    send::{
        outbox::{Outbox, Refusal, ownership::Offer},
        repeat::Repeat,
        replay::{Replay, Stopped},
    },
    ui::rates::Rates,
};

use receiving::{Announced, Cleared};

pub use action::Action;
pub use connection::Connection;
pub use moving::{Moving, Obstacle, Phase};
pub use notice::{Announcement, Notice, Said};
pub use receiving::{ANNOUNCE_MS, CLEARED_MS};

/// See the module.
#[derive(Default)]
pub struct State {
    /// How the page stands with the relay, with all that goes when the link does.
    pub connection: Connection,
    /// What stays of a session.
    known: Known,
    /// Why the relay asked for another token, while the one that was entered is tried.
    locked_before: Option<String>,
    /// Messages of the relay that could not be read.
    unreadable: u64,
    /// What the relay has said of the token.
    token_detail: Option<Detail>,
    /// The queue that was chosen to send to; it may be one that the relay does not offer.
    chosen_to_send: Option<String>,
    /// The queue that was chosen to receive from, likewise.
    chosen_to_receive: Option<String>,
    /// What was chosen for each queue.
    choices: Choices,
    /// The user wants to look at the current queue, whatever that may cost.
    look_anyway: bool,
    /// Where in the current queue to begin, until that is asked for.
    begin: Option<StreamFrom>,
    /// Where in each stream to go on in another session.
    next_offsets: HashMap<String, u64>,
    /// What was sent.
    pub outbox: Outbox,
    /// Messages of an earlier life of this tab that are not sent unasked.
    pub offered: Option<Offer>,
    /// A message that is sent many times, until the next one.
    pub repeat: Option<Repeat>,
    /// Received messages that are to be sent again, and where to.
    copies: VecDeque<(Option<Rc<str>>, Rc<Message>)>,
    /// An exported file that is sent again, until what became of it was read.
    pub replay: Option<Replay>,
    /// What was received.
    pub inbox: Inbox,
    /// Messages that are moved to another queue, or were last.
    move_run: Option<Run>,
    /// How many were moved since the page was opened.
    moved: u64,
    /// What the names of copies are made of whose originals have none: a UUID of this page.
    pub copy_ids: String,
    /// Why the last send was refused.
    pub refusal: Option<Refusal>,
    /// How many messages went each second.
    pub rates: Rates,
    /// Something that the user has to know, until it is dismissed.
    pub notice: Option<Notice>,
    /// Unconfirmed messages of the outbox that a reload of the tab would lose.
    unsaved: usize,
    /// The filter as it is typed.
    pub filter_text: String,
    /// What is wrong with it; the list shows what the last right one lets through.
    pub filter_mistake: Option<filter::Mistake>,
    /// A summary of what arrived, for screen readers.
    pub announcement: Announcement,
    announced: Announced,
    cleared: Option<Cleared>,
    /// The time of the last action, in milliseconds since 1970-01-01 UTC.
    pub now_ms: f64,
}

impl State {
    /// The state of a page that was just opened, where `choices` were made before.
    #[must_use]
    pub fn new(choices: Choices) -> Self {
        Self { choices, ..Self::default() }
    }

    /// Brings the state up to date with `action`, which happened at `now_ms`.
    pub fn apply(&mut self, action: Action, now_ms: f64) {
        self.now_ms = now_ms;
        match action {
            Action::Tick => {
                self.announce();
                let confirmed = self.outbox.totals().confirmed;
                self.rates.tick(confirmed + self.moved, self.inbox.counters().arrived(), now_ms);
            }
            Action::Send { message, message_id } => self.send(message, message_id),
            Action::StartRepeat(message, plan) => self.start_repeat(message, plan),
            Action::StopRepeat => self.stop_repeat(),
            Action::RestoreRepeat(saved) => self.restore_run(&saved),
            Action::StartReplay(plan, found) => self.start_replay(plan, &found),
            Action::ReplayPiece(piece) => self.with_replay(|replay| replay.push(&piece)),
            Action::ReplayEnd { readable } => self.with_replay(|replay| replay.finish(readable)),
            Action::StopReplay => self.with_replay(|replay| replay.stop(Stopped::ByUser)),
            Action::CloseReplay => self.replay = None,
            Action::SendAgain { key, message_id } => {
                self.refusal = self.outbox.send_again(key, message_id, now_ms).err();
            }
            Action::Choose(mode) => self.choose(mode),
            Action::SetPaused(paused) => self.set_paused(paused),
            Action::LookAnyway => self.look_anyway = true,
            Action::Begin(from) => self.begin = Some(from),
            Action::BeginAnywhere => self.begin_anywhere(),
            Action::SetAck(ack) => self.set_ack(ack),
            // What is refused must not be shown as done.
            Action::Settle { outcome, .. } if !self.outcomes().contains(&outcome) => {}
            Action::Settle { number, outcome } => self.inbox.settle(number, outcome),
            Action::Select(select) => self.inbox.select(select),
            Action::SettleSelected(outcome) if !self.outcomes().contains(&outcome) => {}
            Action::SettleSelected(outcome) => self.inbox.settle_selected(outcome),
            Action::SendSelected => self.send_selected(),
            Action::SettleAll if self.outcomes().is_empty() => {}
            Action::SettleAll => self.inbox.settle_all(),
            Action::SelectDeaths(wanted) => {
                self.inbox.keep_selected(|message| death(message).as_ref() == Some(&wanted));
            }
            Action::StartMove { rows, target } => self.start_move(rows, target),
            Action::StartMoveAll { target, count } => self.start_move_all(target, count),
            Action::StopMove => self.stop_move(),
            Action::DismissMove => self.dismiss_move(),
            Action::SendTo(queue) => self.chosen_to_send = Some(queue),
            Action::ReceiveFrom(queue) => self.receive_from(queue),
            Action::Filter(text) => self.set_filter_text(text),
            Action::FilterTimes(between) => self.set_filter_times(between),
            Action::Search(work) => self.inbox.search(work),
            Action::Clear => self.clear(),
            Action::DismissNotice => self.notice = None,
            Action::Restore(lines) => self.restore(&lines, now_ms),
            Action::Offer(offer) => self.offer(offer),
            Action::SendOffered => self.send_offered(),
            Action::DiscardOffered => self.offered = None,
            Action::GiveAway => self.give_away(),
            Action::Saved { left_out } => self.unsaved = left_out,
            Action::Connection(event) => self.on_connection(event),
        }
        if self.receives_by_hand() {
            // At once: what still comes by an earlier word is not to be acknowledged either.
            self.inbox.set_by_hand(true);
        }
        self.settle_repeat();
        self.settle_move();
        self.settle_replay();
    }

    /// The next message to write to the relay, if any; to be called while the link has room.
    pub fn outgoing(&mut self, now_ms: f64) -> Option<ClientMessage> {
        if self.connection.session()?.deliveries.is_out_of_step() {
            return None;
        }
        self.inbox
            .take_settle()
            .or_else(|| self.subscribe())
            .or_else(|| self.publish_copies(now_ms))
            .or_else(|| self.publish(now_ms))
    }
}
