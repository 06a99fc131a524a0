//! One browser: one task, one `select!`, from `hello` to the close.

mod outgoing;

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use warren_protocol::{
    BrokerState, ClientMessage, ErrorCode, FailReason, Failure, Limits, Outcome, PROTOCOL_VERSION,
    Publish, QueueCount, ServerMessage, StopReason, Tags, close, limits,
};

use crate::{
    broker::{Broker, Consumer, ConsumerEvent, Published, Wish},
    guard::Guard,
    socket::{Input, Socket},
};
use outgoing::Outgoing;

/// How long a client may take for its `hello`.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a client is pinged and looked after.
const CHECK_PERIOD: Duration = Duration::from_secs(5);

/// Deliveries are held back while more bytes than this wait for the socket.
const MAX_WAITING: usize = 1024 * 1024;

/// How long a client may take, when the relay stops, to settle what it has received.
const SETTLE_TIME: Duration = Duration::from_secs(2);

/// How long, after the close frame, settles that were under way are still taken.
const CLOSING_TIME: Duration = Duration::from_secs(2);

/// What all sessions share.
pub(crate) struct Shared {
    pub(crate) broker: Broker,
    pub(crate) guard: Guard,
    pub(crate) queues: Vec<String>,
    pub(crate) limits: Limits,
}

impl Shared {
    /// The queue that a client means, if it may use it.
    fn queue(&self, name: Option<&str>) -> Result<String, String> {
        match name {
            None => self.queues.first().cloned().ok_or_else(|| "there is no queue".to_owned()),
            Some(name) if self.queues.iter().any(|known| known == name) => Ok(name.to_owned()),
            Some(name) => Err(format!(
                "this relay was not started with queue {name:?}; it has {}",
                self.queues.join(", ")
            )),
        }
    }
}

/// Serves one client until it leaves, must leave, or `stop`. Answers what is outstanding before
/// it closes because of `stop`.
pub(crate) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    io: S,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let mut socket = Socket::new(io, limits::max_frame_bytes(shared.limits.max_body_bytes)).await;
    let greeted = tokio::select! {
        greeted = timeout(HELLO_TIMEOUT, greet(&mut socket, &shared)) => greeted,
        () = stop.cancelled() => return socket.close(close::GOING_AWAY, "the relay stops").await,
    };
    match greeted {
        Ok(Ok(())) => Session::new(socket, shared).run(stop).await,
        Ok(Err(Some((code, reason)))) => socket.close(code, reason).await,
        Ok(Err(None)) => {}
        Err(_) => socket.close(close::POLICY, "no hello within 10 seconds").await,
    }
}

/// Waits for `hello` and answers it, or tells with which code to close.
async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut Socket<S>,
    shared: &Shared,
) -> Result<(), Option<(u16, &'static str)>> {
    let frame = loop {
        match socket.next().await {
            Input::Frame(frame) => break frame,
            Input::Flushed => {}
            Input::TooBig => return Err(Some((close::TOO_BIG, "the frame is too large"))),
            Input::Closed => return Err(None),
        }
    };
    let Ok(ClientMessage::Hello { protocol, token, binary }) = ClientMessage::from_json(&frame)
    else {
        return Err(Some((close::POLICY, "the first frame must be a hello")));
    };
    if protocol != PROTOCOL_VERSION {
        return Err(Some((close::UNSUPPORTED_VERSION, "this relay speaks protocol 1")));
    }
    if !shared.guard.allows_token(token.as_deref()) {
        return Err(Some((close::POLICY, "the token is missing or wrong")));
    }
    if binary {
        socket.write_binary();
    }
    Ok(())
}

struct Session<S> {
    socket: Socket<S>,
    shared: Arc<Shared>,
    broker_state: watch::Receiver<BrokerState>,
    queue_counts: watch::Receiver<Option<Vec<QueueCount>>>,
    /// Made by the first `receive`.
    consumer: Option<Consumer>,
    /// The last tag that was written to the socket: nothing above it can be settled.
    last_tag: u64,
    outgoing: Outgoing,
    drain: Drain,
}

/// How far a session is with stopping.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Drain {
    /// The relay runs.
    No,
    /// The relay stops: nothing new is taken. Until then the client may settle what it has been
    /// sent, so that it is not delivered to another one as well.
    Settles(Instant),
    /// Nothing is waited for but confirms.
    Confirms,
}

impl Drain {
    async fn settle_time_is_over(self) {
        match self {
            Self::Settles(until) => sleep_until(until).await,
            Self::No | Self::Confirms => std::future::pending().await,
        }
    }
}

/// Whether a session goes on.
enum Next {
    GoOn,
    /// The connection is gone, or too broken to say so.
    Leave,
    Close(u16, &'static str),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    fn new(socket: Socket<S>, shared: Arc<Shared>) -> Self {
        Self {
            socket,
            broker_state: shared.broker.state(),
            queue_counts: shared.broker.queue_counts(),
            consumer: None,
            last_tag: 0,
            outgoing: Outgoing::new(Arc::clone(&shared)),
            drain: Drain::No,
            shared,
        }
    }

    async fn run(mut self, stop: CancellationToken) {
        self.welcome();
        let next = self.serve(stop).await;
        if let Next::Close(code, reason) = next {
            self.socket.start_close(code, reason);
            self.settle_until_closed().await;
        }
        if let Some(consumer) = self.consumer {
            consumer.leave().await;
        }
        if let Next::Close(..) = next {
            self.socket.linger().await;
        }
    }

    fn welcome(&mut self) {
        self.send(&ServerMessage::Welcome {
            protocol: PROTOCOL_VERSION,
            relay: env!("CARGO_PKG_VERSION").to_owned(),
            queues: self.shared.queues.clone(),
            limits: self.shared.limits,
        });
        let state = self.broker_state.borrow_and_update().clone();
        self.send(&ServerMessage::Broker { state });
    }

    async fn serve(&mut self, stop: CancellationToken) -> Next {
        let mut checks = interval(CHECK_PERIOD);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if self.drain == Drain::Confirms && self.outgoing.is_idle() {
                return Next::Close(close::GOING_AWAY, "the relay stops");
            }
            let room = self.socket.waiting() < MAX_WAITING;
            tokio::select! {
                input = self.socket.next() => match self.input(input).await {
                    Next::GoOn => {}
                    end => return end,
                },
                answers = self.outgoing.answered() => self.published(answers),
                event = next_event(&mut self.consumer), if room => self.consumer_event(event),
                Ok(()) = self.broker_state.changed() => {
                    let state = self.broker_state.borrow_and_update().clone();
                    self.send(&ServerMessage::Broker { state });
                }
                Ok(()) = self.queue_counts.changed() => {
                    let queues = self.queue_counts.borrow_and_update().clone();
                    if let Some(queues) = queues {
                        self.send(&ServerMessage::Queues { queues });
                    }
                }
                _ = checks.tick() => {
                    if self.socket.is_dead() {
                        debug!("the client is gone or takes nothing");
                        return Next::Leave;
                    }
                    self.socket.ping();
                }
                () = stop.cancelled(), if self.drain == Drain::No => match &self.consumer {
                    Some(consumer) => {
                        self.drain = Drain::Settles(Instant::now() + SETTLE_TIME);
                        consumer.drain().await;
                    }
                    None => self.drain = Drain::Confirms,
                },
                () = self.drain.settle_time_is_over() => self.drain = Drain::Confirms,
            }
        }
    }

    fn send(&mut self, message: &ServerMessage) {
        self.socket.queue(message.to_json());
    }

    fn error(&mut self, code: ErrorCode, message: impl Into<String>) {
        self.send(&ServerMessage::Error { code, message: message.into() });
    }

    async fn input(&mut self, input: Input) -> Next {
        match input {
            Input::Flushed => {}
            Input::Closed => return Next::Leave,
            Input::TooBig => return Next::Close(close::TOO_BIG, "the frame is too large"),
            Input::Frame(frame) => match ClientMessage::from_json(&frame) {
                Ok(message) => self.message(message).await,
                Err(error) => {
                    self.error(ErrorCode::BadMessage, format!("cannot read the frame: {error}"));
                }
            },
        }
        Next::GoOn
    }

    async fn message(&mut self, message: ClientMessage) {
        match message {
            ClientMessage::Hello { .. } => {
                self.error(ErrorCode::BadMessage, "hello was said already");
            }
            ClientMessage::Publish { messages } => self.publish(messages),
            ClientMessage::Receive { queue, ack, prefetch } => {
                self.receive(queue, ack, prefetch).await;
            }
            ClientMessage::Pause => match &self.consumer {
                Some(consumer) => consumer.pause().await,
                None => {
                    self.send(&ServerMessage::Stopped { reason: StopReason::Paused, detail: None })
                }
            },
            ClientMessage::Settle { outcome, which } => self.settle(outcome, which).await,
        }
    }

    fn publish(&mut self, messages: Vec<Publish>) {
        let stopping = |message: Publish| Failure {
            id: message.id,
            reason: FailReason::BrokerDown,
            detail: Some("the relay stops".to_owned()),
            retry: true,
        };
        let failed: Vec<Failure> = messages
            .into_iter()
            .filter_map(|message| match self.drain {
                Drain::No => self.outgoing.admit(message).err(),
                Drain::Settles(_) | Drain::Confirms => Some(stopping(message)),
            })
            .collect();
        if !failed.is_empty() {
            self.send(&ServerMessage::Published { confirmed: Vec::new(), failed });
        }
    }

    async fn receive(
        &mut self,
        queue: Option<String>,
        ack: warren_protocol::AckMode,
        prefetch: Option<u16>,
    ) {
        if self.drain != Drain::No {
            return;
        }
        let queue = match self.shared.queue(queue.as_deref()) {
            Ok(queue) => queue,
            Err(words) => return self.error(ErrorCode::UnknownQueue, words),
        };
        if prefetch == Some(0) {
            return self.error(ErrorCode::BadMessage, "prefetch must be at least 1");
        }
        let prefetch =
            prefetch.unwrap_or(limits::DEFAULT_PREFETCH).min(self.shared.limits.max_prefetch);
        let consumer = self.consumer.get_or_insert_with(|| self.shared.broker.consumer());
        consumer.receive(Wish { queue, ack, prefetch }).await;
    }

    async fn settle(&mut self, outcome: Outcome, which: Tags) {
        let highest = match &which {
            Tags::UpTo(tag) => *tag,
            Tags::Tags(tags) => tags.iter().copied().max().unwrap_or(0),
        };
        match &self.consumer {
            Some(consumer) if highest <= self.last_tag => consumer.settle(outcome, which).await,
            _ => self.unknown_tag(highest),
        }
    }

    fn unknown_tag(&mut self, tag: u64) {
        let words = format!("delivery tag {tag} was never given out, or is settled already");
        self.error(ErrorCode::UnknownTag, words);
    }

    fn published(&mut self, answers: Vec<Published>) {
        let (mut confirmed, mut failed) = (Vec::new(), Vec::new());
        for Published { id, result, .. } in answers {
            match result {
                Ok(()) => confirmed.push(id),
                Err(failure) => failed.push(failure),
            }
        }
        self.send(&ServerMessage::Published { confirmed, failed });
    }

    fn consumer_event(&mut self, event: ConsumerEvent) {
        match event {
            ConsumerEvent::Receiving(Wish { queue, ack, prefetch }) => {
                self.send(&ServerMessage::Receiving { queue, ack, prefetch });
            }
            ConsumerEvent::Stopped(reason, detail) => {
                self.send(&ServerMessage::Stopped { reason, detail });
            }
            ConsumerEvent::Deliveries(messages) => {
                if let Some(last) = messages.last() {
                    self.last_tag = last.tag;
                }
                self.send(&ServerMessage::Deliveries { messages });
            }
            ConsumerEvent::Stale(which) => self.send(&ServerMessage::Stale { which }),
            ConsumerEvent::UnknownTag(tag) => self.unknown_tag(tag),
            ConsumerEvent::Drained => self.drain = Drain::Confirms,
        }
    }

    /// After the close frame: what the client had settled before it saw that counts.
    async fn settle_until_closed(&mut self) {
        let until = Instant::now() + CLOSING_TIME;
        while let Ok(input) = timeout_at(until, self.socket.next()).await {
            match input {
                Input::Frame(frame) => {
                    if let Ok(ClientMessage::Settle { outcome, which }) =
                        ClientMessage::from_json(&frame)
                    {
                        self.settle(outcome, which).await;
                    }
                }
                Input::Flushed => {}
                Input::Closed | Input::TooBig => break,
            }
        }
    }
}

async fn next_event(consumer: &mut Option<Consumer>) -> ConsumerEvent {
    match consumer {
        Some(consumer) => consumer.event().await,
        None => std::future::pending().await,
    }
}
