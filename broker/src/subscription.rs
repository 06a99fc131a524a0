//! What one session receives: which consumer runs, which deliveries are whose, what settles what.
//! Pure: [`Subscription::on`] takes what has happened and says what to do; `consumer.rs` does it.
//!
//! **The consumer costs its queue nothing.** To cancel the only consumer of an auto-delete queue
//! deletes it with everything in it, and to cancel the active one of a single-active-consumer queue
//! hands it to somebody else. So a consumer is cancelled only because the user or the session's end
//! asks for it. Another prefetch takes another consumer: it is started before the old one is
//! cancelled, and only while the queue has no consumers but this process's.
//!
//! **A stream is settled by ack alone**: RabbitMQ 3.9 to 3.12 end the connection over a nack (540),
//! and what is not settled stays where it is anyway.
//!
//! **A look takes nothing**: its channel is a look's from its opening to its close, which gives
//! everything back by `basic.nack`. Neither ack nor reject is sent on it, unless it is a stream's.

mod consumers;
mod messages;
mod settle;
#[cfg(test)]
mod tests;

use warren_protocol::{ReceiveMode, StopReason};

use crate::{delivery_tags::DeliveryTags, prefetch::Prefetch};
pub use messages::Receive;
pub(crate) use messages::{ALL, Command, ConsumeError, Delivered, Input, Notice};

#[derive(Debug, Default)]
enum Phase {
    /// Nothing is wanted, or the session is gone.
    #[default]
    Idle,
    /// The broker has refused; [`Input::RetryNow`] follows.
    Waiting,
    Opening {
        queue: String,
    },
    Open(Open),
}

/// A channel that is there.
#[derive(Debug)]
struct Open {
    queue: String,
    mode: ReceiveMode,
    stream: Option<bool>,
    /// The consumer, with its prefetch.
    running: Option<(u64, u16)>,
    /// A consumer that is being started: the first, or one that replaces the running one.
    starting: Option<u64>,
    /// One that runs and shall replace the running one.
    successor: Option<(u64, u16)>,
    /// Consumers whose deliveries are not at their end.
    cancelled: Vec<u64>,
    /// What the first message says of its place, which counts if the queue is a stream.
    first_offset: Option<u64>,
    /// [`Input::Counted`] is to come.
    counting: bool,
    /// The session asks for a smaller prefetch than it has.
    must_shrink: bool,
}

/// The state machine of one receiving session.
#[derive(Debug)]
pub(crate) struct Subscription {
    wanted: Option<Receive>,
    phase: Phase,
    /// The number of the newest channel.
    channel: u64,
    next_consumer: u64,
    tags: DeliveryTags,
    prefetch: Prefetch,
    max_prefetch: u16,
    /// In a stream, behind what the session has had of it.
    next_offset: Option<u64>,
    /// Of which queue the mean and the offset are.
    queue: String,
    /// What was told last, so that each try that fails alike is told once.
    stopped: Option<ConsumeError>,
    draining: bool,
}

impl Subscription {
    /// Nothing is wanted yet. A prefetch is at most `max_prefetch`, and takes `share` bytes.
    pub(crate) fn new(max_prefetch: u16, share: usize) -> Self {
        Self {
            wanted: None,
            phase: Phase::Idle,
            channel: 0,
            next_consumer: 0,
            tags: DeliveryTags::default(),
            prefetch: Prefetch::new(max_prefetch, share),
            max_prefetch,
            next_offset: None,
            queue: String::new(),
            stopped: None,
            draining: false,
        }
    }

    /// How many deliveries wait to be settled.
    pub(crate) fn unsettled(&self) -> usize {
        self.tags.unsettled()
    }

    /// The number of the newest channel.
    pub(crate) fn channel(&self) -> u64 {
        self.channel
    }

    /// The prefetch of the running consumer; it bounds how much can be on its way.
    pub(crate) fn window(&self) -> u16 {
        match &self.phase {
            Phase::Open(Open { running: Some((_, prefetch)), .. }) => *prefetch,
            _ => 1,
        }
    }

    /// Takes a delivery of a channel, and says what becomes of it. `offset` is its place in a
    /// stream, as one of its headers says, which anybody can have written.
    pub(crate) fn delivered(
        &mut self,
        channel: u64,
        delivery_tag: u64,
        bytes: usize,
        offset: Option<u64>,
    ) -> Delivered {
        let Phase::Open(open) = &mut self.phase else { return Delivered::Ignore };
        if channel != self.channel {
            return Delivered::Ignore;
        }
        let stream = match (open.stream, offset) {
            (Some(stream), _) => stream,
            (None, Some(offset)) => {
                open.first_offset = Some(offset);
                return Delivered::AskFirst;
            }
            // Every message of a stream has the header.
            (None, None) => {
                open.stream = Some(false);
                false
            }
        };
        if self.wanted.as_ref().is_none_or(|wanted| wanted.queue != open.queue) {
            return if stream { Delivered::Ignore } else { Delivered::GiveBack };
        }
        self.prefetch.observe(bytes);
        if stream {
            self.next_offset = offset.map(|offset| offset.saturating_add(1));
        }
        Delivered::Pass(self.tags.issue(delivery_tag))
    }

    /// Takes what has happened, and says what to do, in this order.
    pub(crate) fn on(&mut self, input: Input) -> Vec<Command> {
        let mut commands = Vec::new();
        match input {
            Input::Receive(wanted) => self.receive(wanted, &mut commands),
            Input::Pause => self.pause(&mut commands),
            Input::Drain => {
                self.pause(&mut commands);
                self.draining = true;
            }
            Input::Leave => {
                self.wanted = None;
                self.draining = false;
                self.close(&mut commands);
            }
            Input::Settle(outcome, which) => self.settle(outcome, &which, &mut commands),
            Input::NotSettled(which) => commands.push(Command::Emit(Notice::Stale(which))),
            Input::RetryNow => {
                if matches!(self.phase, Phase::Waiting) {
                    self.open(&mut commands);
                }
            }
            Input::BatchEnded => self.adapt(&mut commands),
            Input::Opened { channel, .. }
            | Input::Consuming { channel, .. }
            | Input::ConsumerEnded { channel, .. }
            | Input::Counted { channel, .. }
            | Input::StreamChecked { channel, .. }
            | Input::LookOver { channel, .. }
            | Input::Failed { channel, .. }
                if channel != self.channel => {}
            Input::Opened { stream, mean_bytes, .. } => {
                self.opened(stream, mean_bytes, &mut commands);
            }
            Input::Consuming { consumer, prefetch, .. } => {
                self.consuming(consumer, prefetch, &mut commands);
            }
            Input::ConsumerEnded { consumer, .. } => self.ended(consumer, &mut commands),
            Input::Counted { only_ours, .. } => self.counted(only_ours, &mut commands),
            Input::StreamChecked { stream, .. } => self.stream_checked(stream, &mut commands),
            Input::LookOver { seconds, .. } => self.look_over(seconds, &mut commands),
            Input::Failed { error, .. } => self.failed(error, &mut commands),
        }
        self.tell_if_drained(&mut commands);
        commands
    }

    fn receive(&mut self, wanted: Receive, commands: &mut Vec<Command>) {
        self.prefetch.set_max(wanted.prefetch.min(self.max_prefetch));
        let before = self.wanted.replace(wanted.clone());
        if self.queue != wanted.queue || wanted.from.is_some() {
            self.queue.clone_from(&wanted.queue);
            self.next_offset = None;
        }
        match &mut self.phase {
            Phase::Idle => self.open(commands),
            // It opens when it may; what is asked otherwise has its own chance at once.
            Phase::Waiting if before.is_none_or(|before| !before.asks_alike(&wanted)) => {
                self.open(commands);
            }
            Phase::Waiting | Phase::Opening { .. } => {}
            Phase::Open(open)
                if open.queue != wanted.queue
                    || open.mode != wanted.mode
                    || wanted.from.is_some() =>
            {
                self.close(commands);
                self.open(commands);
            }
            Phase::Open(open) => match open.running {
                Some((_, prefetch)) => {
                    let stream = open.stream == Some(true);
                    open.must_shrink = wanted.prefetch < prefetch;
                    commands.push(Command::Emit(Notice::Receiving(wanted, stream)));
                    self.adapt(commands);
                }
                None => self.consume(commands),
            },
        }
    }

    fn pause(&mut self, commands: &mut Vec<Command>) {
        self.wanted = None;
        match &mut self.phase {
            Phase::Waiting => self.phase = Phase::Idle,
            Phase::Open(open) if open.mode == ReceiveMode::Look => self.close(commands),
            Phase::Open(open) => {
                let consumers = [open.running.take(), open.successor.take()];
                for (consumer, _) in consumers.into_iter().flatten() {
                    open.cancelled.push(consumer);
                    commands.push(Command::Cancel { consumer });
                }
            }
            Phase::Idle | Phase::Opening { .. } => {}
        }
        self.stopped = None;
        commands.push(Command::Emit(Notice::Stopped(StopReason::Paused, None)));
    }

    /// Says so once when nothing is delivered any more and all that was is settled.
    fn tell_if_drained(&mut self, commands: &mut Vec<Command>) {
        let delivers = match &self.phase {
            Phase::Open(open) => {
                open.running.is_some() || open.starting.is_some() || !open.cancelled.is_empty()
            }
            Phase::Idle | Phase::Waiting | Phase::Opening { .. } => false,
        };
        if self.draining && !delivers && self.tags.unsettled() == 0 {
            self.draining = false;
            commands.push(Command::Emit(Notice::Drained));
        }
    }

    /// Starts to open a channel for what is wanted.
    fn open(&mut self, commands: &mut Vec<Command>) {
        self.phase = match &self.wanted {
            Some(wanted) => {
                let queue = wanted.queue.clone();
                self.channel += 1;
                commands.push(Command::Open { channel: self.channel, queue: queue.clone() });
                Phase::Opening { queue }
            }
            None => Phase::Idle,
        };
    }

    fn opened(
        &mut self,
        stream: Option<bool>,
        mean_bytes: Option<f64>,
        commands: &mut Vec<Command>,
    ) {
        let Phase::Opening { queue } = &mut self.phase else { return };
        let queue = std::mem::take(queue);
        self.prefetch.set_mean(mean_bytes);
        let wanted = self.wanted.as_ref().filter(|wanted| wanted.queue == queue);
        let mode = wanted.map_or(ReceiveMode::Take, |wanted| wanted.mode);
        let wanted = wanted.is_some();
        // Who names a place in a queue that is no stream is refused by the broker.
        let stream = if self.place().is_some() { Some(true) } else { stream };
        self.phase = Phase::Open(Open {
            queue,
            mode,
            stream,
            running: None,
            starting: None,
            successor: None,
            cancelled: Vec::new(),
            first_offset: None,
            counting: false,
            must_shrink: false,
        });
        if wanted {
            self.consume(commands);
        } else {
            self.close(commands);
            self.open(commands);
        }
    }

    /// Gives the channel up, and what is unsettled back. By `basic.nack`, since RabbitMQ counts a
    /// lost channel towards a quorum queue's delivery limit.
    fn close(&mut self, commands: &mut Vec<Command>) {
        match &mut self.phase {
            Phase::Open(open) => {
                // What is given back must not come again by the same channel.
                let consumers = [open.running.take(), open.successor.take()];
                for (consumer, _) in consumers.into_iter().flatten() {
                    commands.push(Command::Cancel { consumer });
                }
                if let Some(consumer) = open.starting.take() {
                    commands.push(Command::Cancel { consumer });
                }
                commands.push(Command::Close { give_back: open.stream != Some(true) });
                self.tags.lose_channel();
            }
            Phase::Opening { .. } => commands.push(Command::Close { give_back: false }),
            Phase::Idle | Phase::Waiting => {}
        }
        self.channel += 1;
        self.phase = Phase::Idle;
    }
}
