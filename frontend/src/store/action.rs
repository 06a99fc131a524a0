//! What can happen to the page.

use std::rc::Rc;

use warren_protocol::{AckMode, Outcome, StreamFrom};

use crate::{
    connection::event::Event,
    receive::{deaths::Death, mode::Mode, selection::Select},
    send::{draft::Prepared, outbox::ownership::Offer, repeat::Plan, replay},
};

/// Everything that happens to the page.
#[derive(Debug, Clone)]
pub enum Action {
    /// Time passes; expected about once per second.
    Tick,
    /// A message is to be sent.
    Send {
        /// The message.
        message: Prepared,
        /// A new UUID, for a message that has no name.
        message_id: String,
    },
    /// A message is to be sent many times; see [`State::make`](super::State::make).
    StartRepeat(Prepared, Plan),
    /// The repeat makes no more.
    StopRepeat,
    /// What [`State::save_run`](super::State::save_run) gave in an earlier life of this tab.
    RestoreRepeat(String),
    /// An exported file, in which this was found, is sent again.
    StartReplay(replay::Plan, Rc<replay::Found>),
    /// The next piece of the file.
    ReplayPiece(Vec<u8>),
    /// The file has ended, or else could not be read any further.
    ReplayEnd {
        /// Whether it could be read.
        readable: bool,
    },
    /// The replay makes no more.
    StopReplay,
    /// What became of the replay has been read.
    CloseReplay,
    /// A message of the "Sent" list is to be sent again.
    SendAgain {
        /// Its row.
        key: u64,
        /// A new UUID, for a message that did not fail.
        message_id: String,
    },
    /// What to do with the current queue.
    Choose(Mode),
    /// Whether to wait with it: the buttons "Pause" and "Resume".
    SetPaused(bool),
    /// A look that waits for it is to start all the same.
    LookAnyway,
    /// Where in the current queue, a stream, to begin.
    Begin(StreamFrom),
    /// The current queue is no stream: a place in it is not asked for any more.
    BeginAnywhere,
    /// Who acknowledges what arrives from now on.
    SetAck(AckMode),
    /// The user settles a received message.
    Settle {
        /// Its row.
        number: u64,
        /// What becomes of it.
        outcome: Outcome,
    },
    /// The user acknowledges every received message that is open.
    SettleAll,
    /// The user selects rows.
    Select(Select),
    /// Of what is selected, the user keeps the messages that died so.
    SelectDeaths(Death),
    /// The user settles every selected message that is open.
    SettleSelected(Outcome),
    /// The user sends every selected message again; see [`State::make`](super::State::make).
    SendSelected,
    /// Move these rows to another queue.
    StartMove {
        /// Their numbers.
        rows: Vec<u64>,
        /// The queue.
        target: String,
    },
    /// Move what the filter shows of what is open and of what comes.
    StartMoveAll {
        /// The queue.
        target: String,
        /// How many messages to look at; see [`State::move_all_count`](super::State::move_all_count).
        count: u64,
    },
    /// The move begins no more.
    StopMove,
    /// What a move did that is over has been read.
    DismissMove,
    /// Show only received messages that have this text in them.
    Filter(String),
    /// Show only those that arrived in this range, in milliseconds since 1970-01-01 UTC; at all times
    /// where none.
    FilterTimes(Option<(f64, f64)>),
    /// Look for them, for about as long as so many bytes take.
    Search(usize),
    /// The queue to send to.
    SendTo(String),
    /// The queue to receive from.
    ReceiveFrom(String),
    /// Empty the view of received messages.
    Clear,
    /// The notice has been read.
    DismissNotice,
    /// What [`Outbox::save`](crate::send::outbox::Outbox::save) gave in an earlier life of this
    /// tab, once it is known that it is this tab's.
    Restore(String),
    /// Messages of an earlier life of this tab wait for the user to say what becomes of them.
    Offer(Offer),
    /// They are to be sent.
    SendOffered,
    /// They are to be forgotten.
    DiscardOffered,
    /// What is unconfirmed is another tab's.
    GiveAway,
    /// How many unconfirmed messages of the outbox a reload of the tab would lose.
    Saved {
        /// Zero is well.
        left_out: usize,
    },
    /// Something happened to the link.
    Connection(Event),
}
