//! One session's receiving: a channel on its queue's connection, the deliveries, their settling.
//!
//! A task of its own, so that a session keeps reading its socket while the broker is slow to
//! answer. It only does what [`Subscription`](crate::subscription::Subscription) says, always
//! consumes with acknowledgements, and takes a delivery from lapin only when the session has room
//! for it.

mod deliveries;
mod operation;
mod task;

use std::time::Duration;

use tokio::{sync::mpsc, task::JoinHandle};
use warren_protocol::{Delivery, Detail, Outcome, StopReason, Tags};

use crate::{Broker, intake::Taken, subscription::Receive};
pub(crate) use operation::is_stream;
use task::Task;

/// Commands of a session that wait for its consumer.
const COMMANDS: usize = 64;

/// Events that wait for the session. A batch of deliveries counts as one.
const EVENTS: usize = 2;

/// What a consumer tells its session.
#[derive(Debug)]
pub enum Event {
    /// Deliveries come from now on; the second value tells whether the queue is a stream.
    Receiving(Receive, bool),
    /// No deliveries from now on, and why.
    Stopped(StopReason, Option<Detail>),
    /// Messages, in the broker's order. Their memory is theirs until the second value is dropped: keep
    /// it until they are written.
    Deliveries(Vec<Delivery>, Option<Taken>),
    /// These could not be settled; the broker delivers them again.
    Stale(Tags),
    /// A tag that is settled already or was never issued.
    UnknownTag(u64),
    /// A stream takes nothing back.
    NotSupported(Outcome),
    /// A look takes nothing.
    NotInLook(Outcome),
    /// After [`Consumer::drain`]: nothing is delivered any more, and all that was is settled.
    Drained,
}

enum Order {
    Receive(Receive),
    Pause,
    Drain,
    Settle(Outcome, Tags),
}

/// The session's handle. To drop it gives everything unsettled back to the queue.
pub struct Consumer {
    orders: mpsc::Sender<Order>,
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

impl Consumer {
    /// Waits until the next order is taken at once. To wait for that before each order keeps a
    /// session from being held up by a slow broker. Cancel-safe.
    pub fn ready(&self) -> impl Future<Output = ()> + use<> {
        let orders = self.orders.clone();
        async move {
            // It fails only where the task has ended, and then no order waits.
            let _ = orders.reserve().await;
        }
    }

    /// Whether the next order is taken at once.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.orders.capacity() > 0
    }

    /// Starts to receive, or changes how.
    pub async fn receive(&self, wanted: Receive) {
        self.order(Order::Receive(wanted)).await;
    }

    /// Stops to receive; what is unsettled stays with the session, but for that of a look.
    pub async fn pause(&self) {
        self.order(Order::Pause).await;
    }

    /// Pauses, for good; [`Event::Drained`] follows when the session has settled everything.
    pub async fn drain(&self) {
        self.order(Order::Drain).await;
    }

    /// Settles deliveries.
    pub async fn settle(&self, outcome: Outcome, which: Tags) {
        self.order(Order::Settle(outcome, which)).await;
    }

    /// The task outlives its handle's sender, so an order is lost only if it has panicked.
    async fn order(&self, order: Order) {
        let _ = self.orders.send(order).await;
    }

    /// The next event. Cancel-safe.
    pub async fn event(&mut self) -> Event {
        match self.events.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }

    /// Gives everything unsettled back to the queue and waits until the broker knows.
    pub async fn leave(self) {
        let Self { orders, events, task } = self;
        drop((orders, events));
        // It ends with an error only if it has panicked, which the runtime has reported.
        let _ = task.await;
    }
}

pub(crate) fn start(broker: &Broker, look_time: Duration) -> Consumer {
    let (orders, inbox) = mpsc::channel(COMMANDS);
    let (outbox, events) = mpsc::channel(EVENTS);
    let task = Task::new(broker.clone(), look_time, outbox);
    Consumer { orders, events, task: broker.tasks.spawn(task.run(inbox)) }
}
