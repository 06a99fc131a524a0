//! The consumer's task: does what the subscription says, and passes deliveries on.

mod batch;
mod operations;
mod retry;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, OptionFuture};
use tokio::{sync::mpsc, time::sleep};
use warren_protocol::{StopReason, Tags};

use super::{
    Event, Order,
    deliveries::{Deliveries, Next},
    operation::{self, CountedConsumer, Done, Operation, consume_error},
};
use crate::{
    Broker,
    backoff::{Backoff, QUEUE},
    coalesce::Coalesce,
    connection::{CallError, Channel, Ended},
    declare::Counts,
    metrics::GaugeGuard,
    pool::ChannelPermit,
    subscription::{Command, Input, Notice, Subscription},
};

/// Operations that wait, beyond which the session's orders wait as well.
const MAX_OPERATIONS: usize = 64;

pub(super) struct Task {
    broker: Broker,
    core: Subscription,
    events: mpsc::Sender<Event>,
    /// Events that wait for room in `events`; deliveries are taken only while it is empty, so it
    /// holds a few answers at most.
    pending: VecDeque<Event>,
    /// The queue that is received from or was last, and a permit for its connection.
    queue: String,
    permit: Option<ChannelPermit>,
    opening: Option<BoxFuture<'static, (u64, Result<Channel, CallError>)>>,
    /// The channel, with its number.
    channel: Option<(u64, Arc<Channel>)>,
    deliveries: Deliveries,
    operations: VecDeque<(Arc<Channel>, u64, Operation)>,
    operating: Option<BoxFuture<'static, (Arc<Channel>, u64, Done)>>,
    counting: Option<BoxFuture<'static, Input>>,
    retrying: Option<BoxFuture<'static, ()>>,
    /// How long a look may last, and the end of this one.
    look_time: Duration,
    look_ends: Option<BoxFuture<'static, Input>>,
    backoff: Backoff,
    coalesce: Coalesce,
    /// A delivery waits to know whether it is of a stream.
    asks_first: bool,
    /// This consumer's part of the gauge.
    unsettled: GaugeGuard,
}

/// What has happened, in [`Task::run`].
enum Wake {
    Order(Option<Order>),
    Opened(u64, Result<Channel, CallError>),
    Operated(Arc<Channel>, u64, Done),
    Input(Input),
    Next(Next),
    Ended(Ended),
    Nothing,
}

impl Task {
    pub(super) fn new(broker: Broker, look_time: Duration, events: mpsc::Sender<Event>) -> Self {
        let share = broker.budget.outbound().share();
        Self {
            core: Subscription::new(broker.max_prefetch, share),
            events,
            pending: VecDeque::new(),
            queue: String::new(),
            permit: None,
            opening: None,
            channel: None,
            deliveries: Deliveries::default(),
            operations: VecDeque::new(),
            operating: None,
            counting: None,
            retrying: None,
            look_time,
            look_ends: None,
            backoff: Backoff::new(QUEUE),
            coalesce: Coalesce::default(),
            asks_first: false,
            unsettled: broker.metrics.unsettled(),
            broker,
        }
    }

    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        loop {
            let takes_orders = self.operations.len() < MAX_OPERATIONS;
            let takes_deliveries =
                self.pending.is_empty() && !self.coalesce.is_on() && !self.asks_first;
            let happened = tokio::select! {
                order = orders.recv(), if takes_orders => Wake::Order(order),
                Some((channel, opened)) = OptionFuture::from(self.opening.as_mut()) => {
                    self.opening = None;
                    Wake::Opened(channel, opened)
                }
                Some((channel, number, done)) = OptionFuture::from(self.operating.as_mut()) => {
                    self.operating = None;
                    Wake::Operated(channel, number, done)
                }
                Some(counted) = OptionFuture::from(self.counting.as_mut()) => {
                    self.counting = None;
                    Wake::Input(counted)
                }
                Some(over) = OptionFuture::from(self.look_ends.as_mut()) => {
                    self.look_ends = None;
                    Wake::Input(over)
                }
                Some(()) = OptionFuture::from(self.retrying.as_mut()) => {
                    self.retrying = None;
                    Wake::Input(Input::RetryNow)
                }
                ended = ended(&self.channel) => Wake::Ended(ended),
                next = self.deliveries.next(), if takes_deliveries => Wake::Next(next),
                () = self.coalesce.elapsed(), if self.coalesce.is_on() => Wake::Nothing,
                permit = self.events.reserve(), if !self.pending.is_empty() => {
                    if let (Ok(permit), Some(event)) = (permit, self.pending.pop_front()) {
                        permit.send(event);
                    }
                    Wake::Nothing
                }
            };
            match happened {
                Wake::Order(Some(order)) => self.order(order),
                Wake::Order(None) => return self.leave().await,
                Wake::Opened(channel, opened) => self.opened(channel, opened),
                Wake::Operated(channel, number, done) => {
                    self.operated(channel, number, done);
                }
                Wake::Input(input) => self.apply(input),
                Wake::Next(next) => self.received(next).await,
                Wake::Ended(ended) => self.lose(CallError::Ended(ended)),
                Wake::Nothing => {}
            }
            self.start_operation();
            self.unsettled.set(self.core.unsettled());
        }
    }

    fn order(&mut self, order: Order) {
        let input = match order {
            Order::Receive(wanted) => Input::Receive(wanted),
            Order::Pause => Input::Pause,
            Order::Drain => Input::Drain,
            Order::Settle(outcome, which) => Input::Settle(outcome, which),
        };
        self.apply(input);
    }

    fn apply(&mut self, input: Input) {
        for command in self.core.on(input) {
            self.execute(command);
        }
    }

    fn execute(&mut self, command: Command) {
        match command {
            Command::Open { channel, queue } => self.open(channel, queue),
            Command::Consume { consumer, prefetch, low_priority, from } => {
                let queue = self.queue.clone();
                let counted = CountedConsumer::new(&self.broker.queues, &queue);
                self.operate(Operation::Consume {
                    consumer,
                    queue,
                    prefetch,
                    low_priority,
                    from,
                    counted,
                });
            }
            Command::Cancel { consumer } => self.operate(Operation::Cancel { consumer }),
            Command::Settle { outcome, tags, which, count } => {
                self.operate(Operation::Settle { outcome, tags, which, count });
            }
            Command::Count => self.count(),
            Command::Close { give_back } => {
                self.opening = None;
                let permit = self.permit.take();
                self.operate(Operation::Close { give_back, permit });
                self.drop_channel();
            }
            Command::RetryLater => self.retry_later(),
            Command::TimeLook => self.time_look(),
            Command::Emit(notice) => self.emit(notice),
        }
    }

    fn open(&mut self, number: u64, queue: String) {
        self.retrying = None;
        if self.queue != queue {
            self.permit = None;
            self.queue.clone_from(&queue);
            self.backoff.reset();
        }
        let permit = self.permit.get_or_insert_with(|| self.broker.queue_permit(&queue));
        let opening = operation::open(queue, self.broker.queues.clone(), permit.link());
        self.opening = Some(Box::pin(async move { (number, opening.await) }));
    }

    fn opened(&mut self, number: u64, opened: Result<Channel, CallError>) {
        match opened {
            Ok(channel) => {
                self.channel = Some((number, Arc::new(channel)));
                let known = self.broker.queues.known();
                let stream = known.is_stream(&self.queue);
                let mean_bytes = known.mean_bytes(&self.queue);
                self.apply(Input::Opened { channel: number, stream, mean_bytes });
            }
            Err(CallError::NoChannelLeft(_)) => {
                self.permit = self.permit.as_ref().map(ChannelPermit::elsewhere);
                self.open(number, self.queue.clone());
            }
            Err(error) => self.failed(number, error),
        }
    }

    fn count(&mut self) {
        let Some((channel, _)) = self.channel else { return };
        let (queues, queue) = (self.broker.queues.clone(), self.queue.clone());
        self.counting = Some(Box::pin(async move {
            let counted = queues.count(&queue).await;
            let ours = queues.known().consumers(&queue);
            // One consumer, where there are several of ours: a quorum queue counts only the active
            // one where others stand by, and not even somebody else's.
            let stand_by = |consumers| consumers <= 1 && ours > 1;
            let only_ours = counted
                .is_ok_and(|Counts { consumers, .. }| consumers <= ours && !stand_by(consumers));
            Input::Counted { channel, only_ours }
        }));
    }

    fn not_settled(&mut self, which: Tags) {
        self.apply(Input::NotSettled(which));
    }

    /// The channel is gone, and what waits for it; where it is still there, it is closed: its consumers
    /// would go on, with nobody behind them.
    fn lose(&mut self, error: CallError) {
        let Some((number, channel)) = &self.channel else { return };
        let (number, open) = (*number, channel.is_open().then(|| Arc::clone(channel)));
        self.drop_channel();
        let waiting = std::mem::take(&mut self.operations);
        for (channel, of, operation) in waiting {
            match operation {
                Operation::Settle { which, .. } if of == number => self.not_settled(which),
                _ if of == number => {}
                operation => self.operations.push_back((channel, of, operation)),
            }
        }
        if let Some(channel) = open {
            let close = Operation::Close { give_back: false, permit: None };
            self.operations.push_back((channel, number, close));
        }
        self.failed(number, error);
    }

    fn failed(&mut self, channel: u64, error: CallError) {
        let error = consume_error(&self.queue, error);
        self.apply(Input::Failed { channel, error });
    }

    fn drop_channel(&mut self) {
        let deliveries = std::mem::take(&mut self.deliveries);
        if let Some((_, channel)) = self.channel.take() {
            self.broker.tasks.spawn(deliveries.discard(channel));
        }
        self.counting = None;
        self.look_ends = None;
        self.asks_first = false;
    }

    /// RabbitMQ closes the channel of who holds messages for too long (`consumer_timeout`, 30 minutes),
    /// which it counts against them in a quorum queue. A look gives them back before.
    fn time_look(&mut self) {
        let Some((channel, _)) = self.channel else { return };
        let time = self.look_time;
        self.look_ends = Some(Box::pin(async move {
            sleep(time).await;
            let seconds = time.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX);
            Input::LookOver { channel, seconds }
        }));
    }

    fn emit(&mut self, notice: Notice) {
        self.pending.push_back(match notice {
            Notice::Receiving(wanted, stream) => Event::Receiving(wanted, stream),
            Notice::Stopped(reason, detail) => {
                if reason == StopReason::QueueDeleted {
                    self.broker.queues.known().forget(&self.queue);
                }
                Event::Stopped(reason, detail)
            }
            Notice::Stale(which) => {
                self.broker.metrics.stale_settles.inc();
                Event::Stale(which)
            }
            Notice::UnknownTag(tag) => Event::UnknownTag(tag),
            Notice::NotSupported(outcome) => Event::NotSupported(outcome),
            Notice::NotInLook(outcome) => Event::NotInLook(outcome),
            Notice::Drained => Event::Drained,
        });
    }

    /// The session is gone: gives back all that is unsettled, and waits until the broker knows.
    async fn leave(mut self) {
        // Nobody takes them any more, and their memory may be what leaving waits for.
        self.pending.clear();
        self.apply(Input::Leave);
        loop {
            self.start_operation();
            let Some(operating) = self.operating.take() else { return };
            if let (of, _, Done::Consuming { consumer, stream, counted, .. }) = operating.await {
                self.discard(of, consumer, stream, counted);
            }
        }
    }
}

async fn ended(channel: &Option<(u64, Arc<Channel>)>) -> Ended {
    match channel {
        Some((_, channel)) => channel.connection().ended().await,
        None => std::future::pending().await,
    }
}
