//! The consumer's task: from a wish to deliveries, through outages, until its session leaves.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture};
use lapin::{
    Error,
    options::{BasicAckOptions, BasicCancelOptions, BasicNackOptions},
};
use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};
use warren_protocol::{Body, Delivery, Outcome, StopReason, Tags};

use super::{
    Command, Event, Wish,
    channel::{self, Cancelled, Live, Trouble, consume, requeue},
    stream::Stream,
};
use crate::{
    broker::{convert, ledger::Ledger, link::Link, queues::Queues, window::Window},
    gather::Gather,
    metrics::{Metrics, Share},
};

/// The most deliveries and bytes in a batch; one larger delivery is a batch of its own.
const BATCH: usize = 512;
const BATCH_BYTES: usize = 256 * 1024;

/// The tag of every unsettled delivery of a channel (AMQP 0-9-1, basic.nack).
const ALL: u64 = 0;

/// How long to wait before trying again what the broker has refused.
const RETRY: Duration = Duration::from_secs(2);

pub(super) struct Task {
    pub(super) link: watch::Receiver<Option<Arc<Link>>>,
    pub(super) queues: Queues,
    pub(super) max_window: u16,
    pub(super) events: mpsc::Sender<Event>,
    /// Events that wait for room in `events`; deliveries are taken only while it is empty, so it
    /// holds a few answers at most.
    pub(super) pending: VecDeque<Event>,
    pub(super) wish: Option<Wish>,
    pub(super) phase: Phase,
    pub(super) ledger: Ledger,
    pub(super) window: Window,
    pub(super) stream: Stream,
    /// For the deliveries.
    pub(super) gather: Gather,
    /// The session stops, and waits to hear that nothing is unsettled.
    pub(super) draining: bool,
    pub(super) metrics: Arc<Metrics>,
    /// This consumer's part of the gauge.
    pub(super) unsettled: Share,
}

/// How far the channel is.
pub(super) enum Phase {
    /// No channel, and nothing to be done: no wish, or no connection.
    Idle,
    /// A channel is being opened.
    Opening(BoxFuture<'static, Result<Live, Trouble>>),
    /// A channel is there, consuming or paused.
    Live(Box<Live>),
    /// Refused; to be tried again.
    Waiting(BoxFuture<'static, ()>),
}

/// What has happened, in [`Task::run`].
enum Happened {
    Command(Option<Command>),
    Opened(Result<Live, Trouble>),
    Delivered(Option<Result<lapin::message::Delivery, Error>>),
    LinkChanged,
    RetryNow,
    Told,
    Gathered,
}

impl Task {
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            let room = self.pending.is_empty() && !self.gather.is_on();
            let happened = tokio::select! {
                command = commands.recv() => Happened::Command(command),
                happened = self.phase.next(room) => happened,
                () = self.gather.over(), if self.gather.is_on() => Happened::Gathered,
                permit = self.events.reserve(), if !self.pending.is_empty() => {
                    if let (Ok(permit), Some(event)) = (permit, self.pending.pop_front()) {
                        permit.send(event);
                    }
                    Happened::Told
                }
                Ok(()) = self.link.changed() => Happened::LinkChanged,
            };
            match happened {
                Happened::Command(Some(command)) => self.obey(command).await,
                Happened::Command(None) => return self.leave().await,
                Happened::Opened(Ok(live)) => self.opened(live).await,
                Happened::Opened(Err(trouble)) => self.troubled(trouble),
                Happened::Delivered(delivery) => self.delivered(delivery).await,
                Happened::LinkChanged => self.link_changed(),
                Happened::RetryNow => self.open(),
                Happened::Told | Happened::Gathered => {}
            }
            self.tell_if_drained();
            self.unsettled.set(self.ledger.unsettled());
        }
    }

    fn tell(&mut self, event: Event) {
        self.pending.push_back(event);
    }

    /// Says so once when nothing is delivered any more and all that was is settled.
    fn tell_if_drained(&mut self) {
        let delivering = matches!(&self.phase, Phase::Live(live) if live.consumer.is_some());
        if self.draining && !delivering && self.ledger.unsettled() == 0 {
            self.draining = false;
            self.tell(Event::Drained);
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Receive(wish) => self.receive(wish).await,
            Command::Pause => self.pause().await,
            Command::Drain => {
                self.pause().await;
                self.draining = true;
            }
            Command::Settle(outcome, which) => self.settle(outcome, which).await,
        }
    }

    async fn receive(&mut self, wish: Wish) {
        let before = self.wish.replace(wish.clone());
        self.stream.choose(&wish.queue);
        if before.as_ref().is_none_or(|before| before.prefetch != wish.prefetch) {
            self.window = Window::new(wish.prefetch.min(self.max_window));
        }
        match &mut self.phase {
            Phase::Opening(_) => {}
            Phase::Idle | Phase::Waiting(_) => self.open(),
            Phase::Live(live) if live.consumer.is_none() => self.consume().await,
            Phase::Live(live) => {
                let only_ack_differs =
                    live.wish.queue == wish.queue && live.wish.prefetch == wish.prefetch;
                if only_ack_differs && live.cancelled.is_none() {
                    live.wish = wish.clone();
                    self.tell(Event::Receiving(wish));
                } else {
                    // After a pause the session has to hear that it receives again.
                    let goes_on =
                        live.wish.queue == wish.queue && live.cancelled != Some(Cancelled::ToStop);
                    let why = if goes_on { Cancelled::ToResume } else { Cancelled::ToStop };
                    self.cancel(why).await;
                }
            }
        }
    }

    async fn pause(&mut self) {
        self.wish = None;
        match &self.phase {
            Phase::Live(_) => self.cancel(Cancelled::ToStop).await,
            Phase::Waiting(_) => self.phase = Phase::Idle,
            Phase::Idle | Phase::Opening(_) => {}
        }
        self.tell(Event::Stopped(StopReason::Paused, None));
    }

    /// Starts to open a channel, where there is a wish and a connection.
    fn open(&mut self) {
        let link = self.link.borrow_and_update().clone();
        self.phase = match (&self.wish, link) {
            (Some(wish), Some(link)) => {
                Phase::Opening(Box::pin(channel::open(link, self.queues.clone(), wish.clone())))
            }
            _ => Phase::Idle,
        };
    }

    async fn opened(&mut self, live: Live) {
        self.phase = Phase::Live(Box::new(live));
        self.consume().await;
    }

    /// Starts to consume on the channel that is there, as the wish says now.
    async fn consume(&mut self) {
        let (Phase::Live(live), Some(wish)) = (&mut self.phase, self.wish.clone()) else {
            return;
        };
        if live.wish.queue != wish.queue {
            // Another queue may have to be declared first. As in `leave`, a lost channel must not
            // count.
            if self.ledger.unsettled() > 0 {
                requeue(&live.channel, ALL, true).await;
            }
            self.lose_channel();
            self.open();
            return;
        }
        let resumed = live.cancelled.take() == Some(Cancelled::ToResume) && live.wish == wish;
        match consume(&live.channel, &wish, self.window.current(), self.stream.next()).await {
            Ok(consumer) => {
                live.consumer = Some(consumer);
                live.wish = wish.clone();
                if !resumed {
                    self.tell(Event::Receiving(wish));
                }
            }
            Err(error) => {
                if error.is_amqp_soft_error() {
                    self.stream.is_refused();
                }
                let trouble = Trouble::of(&error, &live.link);
                self.troubled(trouble);
            }
        }
    }

    async fn cancel(&mut self, why: Cancelled) {
        let Phase::Live(live) = &mut self.phase else {
            return;
        };
        let Some(consumer) = &live.consumer else {
            return;
        };
        if live.cancelled.replace(why).is_some() {
            return;
        }
        let tag = consumer.tag();
        // Where the channel is gone, the consumer's stream says so.
        let _ = live.channel.basic_cancel(tag, BasicCancelOptions::default()).await;
    }

    async fn delivered(&mut self, first: Option<Result<lapin::message::Delivery, Error>>) {
        let Phase::Live(live) = &mut self.phase else {
            return;
        };
        let mut next = first;
        let mut batch = Vec::new();
        let mut bytes = 0;
        let ended = loop {
            match next {
                Some(Ok(delivery)) if live.cancelled == Some(Cancelled::ToStop) => {
                    requeue(&live.channel, delivery.delivery_tag, false).await;
                }
                Some(Ok(delivery)) => {
                    bytes += delivery.data.len();
                    self.window.observe(delivery.data.len());
                    if let Some(offset) = convert::stream_offset(&delivery.properties) {
                        self.stream.delivered(offset);
                    }
                    let tag = self.ledger.issue(delivery.delivery_tag);
                    batch.push(into_delivery(tag, delivery));
                }
                ended => break Some(ended),
            }
            if batch.len() >= BATCH || bytes >= BATCH_BYTES {
                break None;
            }
            let Some(consumer) = &mut live.consumer else {
                break None;
            };
            match consumer.next().now_or_never() {
                Some(ready) => next = ready,
                None => break None,
            }
        };
        let full = batch.len() >= BATCH || bytes >= BATCH_BYTES;
        let window = usize::from(self.window.current());
        self.gather.made(if full { 0 } else { batch.len() }, window);
        if !batch.is_empty() {
            self.metrics.delivered(batch.len(), bytes);
            self.tell(Event::Deliveries(batch));
        }
        match ended {
            None if self.window.adapt() => self.cancel(Cancelled::ToResume).await,
            None | Some(Some(Ok(_))) => {}
            Some(Some(Err(error))) => self.consumer_failed(&error),
            Some(None) => self.consumer_ended().await,
        }
    }

    /// The consumer's stream is over: by our own cancel, or because the queue is gone.
    async fn consumer_ended(&mut self) {
        let Phase::Live(live) = &mut self.phase else {
            return;
        };
        live.consumer = None;
        match live.cancelled {
            Some(_) if self.wish.is_some() => self.consume().await,
            Some(_) => live.cancelled = None,
            None => {
                let words = format!("queue {} was deleted", live.wish.queue);
                self.tell(Event::Stopped(StopReason::QueueDeleted, Some(words)));
                self.lose_channel();
                self.open();
            }
        }
    }

    fn consumer_failed(&mut self, error: &Error) {
        let Phase::Live(live) = &self.phase else {
            return;
        };
        let trouble = Trouble::of(error, &live.link);
        self.troubled(trouble);
    }

    /// Waits for the next connection, or for a while, and tries again.
    fn troubled(&mut self, trouble: Trouble) {
        self.lose_channel();
        if self.wish.is_some() {
            self.phase = Phase::Waiting(Box::pin(sleep(RETRY)));
            self.tell(Event::Stopped(trouble.reason, Some(trouble.words)));
        }
    }

    fn link_changed(&mut self) {
        let same = match (&self.phase, &*self.link.borrow_and_update()) {
            (Phase::Live(live), Some(link)) => Arc::ptr_eq(&live.link, link),
            _ => false,
        };
        if same {
            return;
        }
        if matches!(self.phase, Phase::Live(_)) {
            let words = "the connection to RabbitMQ was lost".to_owned();
            self.troubled(Trouble { reason: StopReason::BrokerDown, words });
        }
        self.open();
    }

    fn lose_channel(&mut self) {
        self.ledger.lose_channel();
        self.phase = Phase::Idle;
    }

    async fn settle(&mut self, outcome: Outcome, which: Tags) {
        let before = self.ledger.unsettled();
        let settlement = match self.ledger.settle(&which) {
            Ok(settlement) => settlement,
            Err(tag) => return self.tell(Event::UnknownTag(tag)),
        };
        if let Some(stale) = settlement.stale {
            self.stale(stale);
        }
        let Phase::Live(live) = &self.phase else {
            return;
        };
        for (tag, multiple) in settlement.commands {
            let settled = match outcome {
                Outcome::Ack => live.channel.basic_ack(tag, BasicAckOptions { multiple }).await,
                Outcome::Requeue | Outcome::Reject => {
                    let requeue = outcome == Outcome::Requeue;
                    live.channel.basic_nack(tag, BasicNackOptions { multiple, requeue }).await
                }
            };
            if let Err(error) = settled {
                // The channel is gone, and nobody has heard of it yet: while nothing is consumed
                // nobody listens.
                let trouble = Trouble::of(&error, &live.link);
                self.stale(which);
                return self.troubled(trouble);
            }
        }
        self.metrics.settled(outcome, before - self.ledger.unsettled());
    }

    /// The broker delivers these again.
    fn stale(&mut self, which: Tags) {
        self.metrics.stale_settles.inc();
        self.tell(Event::Stale(which));
    }

    /// The session is gone: gives back all that is unsettled. By `basic.nack`, since RabbitMQ
    /// counts a lost channel towards a quorum queue's delivery limit.
    async fn leave(mut self) {
        // A channel that is still being opened has delivered nothing, and closes when it is dropped.
        self.cancel(Cancelled::ToStop).await;
        let Phase::Live(live) = &mut self.phase else {
            return;
        };
        let mut held = self.ledger.unsettled() > 0;
        while let Some(consumer) = &mut live.consumer {
            match consumer.next().await {
                Some(Ok(_)) => held = true,
                Some(Err(_)) | None => live.consumer = None,
            }
        }
        if held {
            requeue(&live.channel, ALL, true).await;
        }
        let _ = live.channel.close(200, "OK".into()).await;
    }
}

impl Phase {
    /// What happens next. Cancel-safe. Deliveries are taken only where there is `room`.
    async fn next(&mut self, room: bool) -> Happened {
        match self {
            Self::Opening(opening) => Happened::Opened(opening.await),
            Self::Waiting(waiting) => {
                waiting.await;
                Happened::RetryNow
            }
            Self::Live(live) => match &mut live.consumer {
                Some(consumer) if room => Happened::Delivered(consumer.next().await),
                _ => std::future::pending().await,
            },
            Self::Idle => std::future::pending().await,
        }
    }
}

fn into_delivery(tag: u64, delivery: lapin::message::Delivery) -> Delivery {
    Delivery {
        tag,
        properties: convert::from_amqp(&delivery.properties),
        redelivered: delivery.redelivered,
        exchange: delivery.exchange.into(),
        routing_key: delivery.routing_key.into(),
        body: Body::from_bytes(delivery.data),
    }
}
