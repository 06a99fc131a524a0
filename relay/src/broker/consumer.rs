//! One session's consumer: its channel, the deliveries, their settling.
//!
//! A task of its own, so that a session keeps reading its socket while the broker is slow to
//! answer. It always consumes with acknowledgements, and it takes a delivery from lapin only
//! when the session has room for it.

mod channel;
mod stream;
mod task;

use std::{collections::VecDeque, sync::Arc};

use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_util::task::TaskTracker;
use warren_protocol::{AckMode, Delivery, Outcome, StopReason, Tags};

use super::{ledger::Ledger, link::Link, queues::Queues, window::Window};
use crate::{gather::Gather, metrics::Metrics};
use stream::Stream;
use task::{Phase, Task};

/// Commands of a session that wait for its consumer.
const COMMANDS: usize = 64;

/// Events that wait for the session. A batch of deliveries counts as one.
const EVENTS: usize = 2;

/// What a session wants to receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) queue: String,
    pub(crate) ack: AckMode,
    pub(crate) prefetch: u16,
}

/// What a consumer tells its session.
#[derive(Debug)]
pub(crate) enum Event {
    Receiving(Wish),
    Stopped(StopReason, Option<String>),
    Deliveries(Vec<Delivery>),
    Stale(Tags),
    /// A tag that is settled already or was never issued.
    UnknownTag(u64),
    /// After [`Consumer::drain`]: nothing is delivered any more, and all that was is settled.
    Drained,
}

enum Command {
    Receive(Wish),
    Pause,
    Drain,
    Settle(Outcome, Tags),
}

/// The session's handle. To drop it gives everything unsettled back to the queue.
pub(crate) struct Consumer {
    commands: mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

impl Consumer {
    pub(crate) async fn receive(&self, wish: Wish) {
        self.command(Command::Receive(wish)).await;
    }

    pub(crate) async fn pause(&self) {
        self.command(Command::Pause).await;
    }

    /// Pauses, for good; [`Event::Drained`] follows when the session has settled everything.
    pub(crate) async fn drain(&self) {
        self.command(Command::Drain).await;
    }

    pub(crate) async fn settle(&self, outcome: Outcome, which: Tags) {
        self.command(Command::Settle(outcome, which)).await;
    }

    /// The task outlives its handle's sender, so a command is lost only if it has panicked.
    async fn command(&self, command: Command) {
        let _ = self.commands.send(command).await;
    }

    /// The next event. Cancel-safe.
    pub(crate) async fn event(&mut self) -> Event {
        match self.events.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }

    /// Gives everything unsettled back to the queue and waits until the broker knows.
    pub(crate) async fn leave(self) {
        let Self { commands, events, task } = self;
        drop((commands, events));
        // It ends with an error only if it has panicked, which the runtime has reported.
        let _ = task.await;
    }
}

pub(super) fn start(
    tasks: &TaskTracker,
    link: watch::Receiver<Option<Arc<Link>>>,
    queues: Queues,
    max_window: u16,
    metrics: Arc<Metrics>,
) -> Consumer {
    let (commands, command_inbox) = mpsc::channel(COMMANDS);
    let (event_outbox, events) = mpsc::channel(EVENTS);
    let task = Task {
        link,
        queues,
        max_window,
        events: event_outbox,
        pending: VecDeque::new(),
        wish: None,
        phase: Phase::Idle,
        ledger: Ledger::default(),
        window: Window::new(max_window),
        stream: Stream::default(),
        gather: Gather::default(),
        draining: false,
        unsettled: metrics.unsettled(),
        metrics,
    };
    Consumer { commands, events, task: tasks.spawn(task.run(command_inbox)) }
}
