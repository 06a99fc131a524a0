//! One browser: one task, one `select!`, from `hello` to the close.

mod end;
mod handshake;
mod outgoing;
mod receiving;
mod requests;
#[cfg(test)]
mod tests;
mod watching;

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Duration};

use futures_util::future::OptionFuture;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use warren_protocol::{
    BrokerState, ClientMessage, Detail, ErrorCode, PROTOCOL_VERSION, QueueCount, ServerMessage,
};

use warren_broker::{Broker, Consumer, Published, Taken, Watcher, metrics::GaugeGuard};

use crate::{
    access::{Admission, Tokens, WrongTokens},
    config::SessionLimits,
    metrics::Metrics,
    rejection::Rejections,
    socket::{Input, Socket},
};
pub(crate) use end::End;
pub(crate) use handshake::note_wrong_token;
use handshake::{Client, let_in};
use outgoing::Outgoing;
use receiving::next_event;
use watching::next_watch_event;

/// How often a client is pinged and told the counts, at least: pages take a longer silence for a
/// dead link. With thousands of idle pages this is most of what the relay does.
const SPEAK_PERIOD: Duration = Duration::from_secs(10);

/// Deliveries are held back while more bytes than this wait for the socket.
const MAX_WAITING: usize = 1024 * 1024;

/// A client that lets more bytes of answers wait than this, or has asked for so many while
/// deliveries are held back, asks without reading.
const MAX_WAITING_ANSWERS: usize = 4 * 1024 * 1024;

/// What an event takes that waits, in bytes, beside what it says.
const EVENT_OVERHEAD: usize = 64;

/// How long a client may take, when the relay stops, to settle what it has received.
const SETTLE_TIME: Duration = Duration::from_secs(2);

/// How long, after the close frame, settles that were under way are still taken.
const CLOSING_TIME: Duration = Duration::from_secs(2);

/// What all sessions share.
pub(crate) struct Shared {
    pub(crate) broker: Broker,
    pub(crate) tokens: watch::Receiver<Tokens>,
    pub(crate) wrong_tokens: WrongTokens,
    pub(crate) limits: SessionLimits,
    /// See [`crate::config::Config`].
    pub(crate) receive_at_once: bool,
    pub(crate) admission: Admission,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) rejections: Rejections,
}

/// Serves the client at `address` until it leaves, must leave, or `stop`. Answers what is
/// outstanding before it closes because of `stop`.
pub(crate) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    io: S,
    address: IpAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    if let Some((socket, client)) = let_in(io, address, &shared, &stop).await {
        Session::new(socket, client, shared).run(stop).await;
    }
}

struct Session<S> {
    socket: Socket<S>,
    shared: Arc<Shared>,
    client: Client,
    broker_state: watch::Receiver<BrokerState>,
    queue_counts: watch::Receiver<Option<Vec<QueueCount>>>,
    /// Made by the first `receive`.
    consumer: Option<Consumer>,
    /// Bytes of what the consumer was asked since its events are held back: about as many wait
    /// there.
    queued_command_bytes: usize,
    /// Made by `watch`.
    watcher: Option<Watcher>,
    /// The memory of deliveries and events that wait for the socket.
    unwritten: Vec<Arc<Taken>>,
    /// The last tag that was written to the socket: nothing above it can be settled.
    last_tag: u64,
    outgoing: Outgoing,
    drain: Drain,
    /// Its part of the gauge.
    _counted: GaugeGuard,
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

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    fn new(socket: Socket<S>, client: Client, shared: Arc<Shared>) -> Self {
        Self {
            socket,
            broker_state: shared.broker.state(),
            queue_counts: shared.broker.queue_counts(),
            consumer: None,
            queued_command_bytes: 0,
            watcher: None,
            unwritten: Vec::new(),
            last_tag: 0,
            outgoing: Outgoing::new(client.grant.clone(), Arc::clone(&shared)),
            client,
            drain: Drain::No,
            _counted: shared.metrics.session(),
            shared,
        }
    }

    async fn run(mut self, stop: CancellationToken) {
        self.welcome();
        let Err(end) = self.serve(stop).await;
        self.shared.metrics.session_ended(end);
        let close = end.close();
        if let Some((code, reason)) = close {
            self.socket.start_close(code, reason);
            self.settle_until_closed().await;
        }
        let (socket, unwritten, consumer) = (self.socket, self.unwritten, self.consumer);
        // Beside each other: leaving may need the memory that waits for the socket.
        let closing = async move {
            if close.is_some() {
                socket.linger().await;
            }
            drop(unwritten);
        };
        let leaving = async move {
            if let Some(consumer) = consumer {
                consumer.leave().await;
            }
        };
        tokio::join!(closing, leaving);
    }

    fn welcome(&mut self) {
        self.send(ServerMessage::Welcome {
            protocol: PROTOCOL_VERSION,
            relay: env!("CARGO_PKG_VERSION").to_owned(),
            queues: self.client.grant.queues.clone(),
            rights: self.client.grant.rights,
            limits: self.shared.limits.client,
            receive_at_once: self.shared.receive_at_once,
        });
        let state = self.broker_state.borrow_and_update().clone();
        self.send(ServerMessage::Broker(state));
    }

    async fn serve(&mut self, stop: CancellationToken) -> Result<Infallible, End> {
        let mut ticks = interval(SPEAK_PERIOD.min(self.shared.limits.idle_timeout * 3 / 4));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if self.drain == Drain::Confirms && self.outgoing.is_idle() {
                return Err(End::RelayStops);
            }
            let room = self.socket.waiting() < MAX_WAITING;
            if room {
                self.queued_command_bytes = 0;
            }
            if self.socket.waiting_answers() + self.queued_command_bytes > MAX_WAITING_ANSWERS {
                return Err(End::NotReading);
            }
            let dead_at = self.socket.dead_at();
            // What is read may be an order to the consumer, which must not keep us waiting.
            let reads = self.consumer.as_ref().is_none_or(Consumer::is_ready);
            let ready = self.consumer.as_ref().map(Consumer::ready);
            tokio::select! {
                Some(()) = OptionFuture::from(ready), if !reads => {}
                input = self.socket.next(reads) => self.input(input).await?,
                answers = self.outgoing.answered() => self.published(answers),
                event = next_event(&mut self.consumer), if room => self.consumer_event(event),
                event = next_watch_event(&mut self.watcher), if room => {
                    self.watch_event(event).await;
                }
                Ok(()) = self.broker_state.changed() => {
                    let state = self.broker_state.borrow_and_update().clone();
                    self.send(ServerMessage::Broker(state));
                }
                Ok(()) = self.queue_counts.changed() => self.tell_counts(),
                Ok(()) = self.client.tokens.changed() => self.token_changed()?,
                _ = ticks.tick() => {
                    // A page sees no pings, and lives by the counts.
                    self.tell_counts();
                    self.socket.ping();
                }
                () = sleep_until(dead_at) => {
                    // What it sent may wait to be read, where this task was busy for long.
                    match self.socket.poll_once() {
                        Some(input) => self.input(input).await?,
                        // It may have taken something meanwhile.
                        None if self.socket.dead_at() <= Instant::now() => {
                            debug!("the client is gone or takes nothing");
                            return Err(End::Unresponsive);
                        }
                        None => {}
                    }
                }
                () = stop.cancelled(), if self.drain == Drain::No => {
                    self.watcher = None;
                    match &self.consumer {
                        Some(consumer) => {
                            self.drain = Drain::Settles(Instant::now() + SETTLE_TIME);
                            consumer.drain().await;
                        }
                        None => self.drain = Drain::Confirms,
                    }
                }
                () = self.drain.settle_time_is_over() => self.drain = Drain::Confirms,
            }
        }
    }

    fn send(&mut self, message: ServerMessage) {
        self.socket.queue_answer(message);
    }

    /// Tells the counts of the queues that this client may see, where they are known.
    fn tell_counts(&mut self) {
        let counts = self.queue_counts.borrow_and_update().clone();
        if let Some(mut queues) = counts {
            queues.retain(|count| self.client.grant.queues.contains(&count.name));
            self.send(ServerMessage::Queues { queues });
        }
    }

    /// The tokens were read again.
    fn token_changed(&mut self) -> Result<(), End> {
        let grant = self.client.tokens.borrow_and_update().grant(self.client.digest.as_ref());
        match grant {
            Some(grant) if grant == self.client.grant => Ok(()),
            Some(_) => Err(End::TokenChanged),
            None => {
                self.refuse(ErrorCode::NotAllowed, Detail::TokenWithdrawn);
                Err(End::TokenRevoked)
            }
        }
    }

    fn bad_message(&mut self, message: impl Into<String>) {
        let (code, message) = (ErrorCode::BadMessage, message.into());
        self.send(ServerMessage::Error { code, message, detail: None });
    }

    fn refuse(&mut self, code: ErrorCode, detail: Detail) {
        let message = detail.to_string();
        self.send(ServerMessage::Error { code, message, detail: Some(detail) });
    }

    async fn input(&mut self, input: Input) -> Result<(), End> {
        match input {
            Input::Flushed => self.unwritten.clear(),
            Input::Control => {}
            Input::Closed => return Err(End::Left),
            Input::TooBig => return Err(End::TooBig),
            Input::Message { message: Ok(message), bytes } => {
                if !matches!(message, ClientMessage::Publish { .. }) {
                    self.queued_command_bytes += bytes + EVENT_OVERHEAD;
                }
                self.message(message).await;
            }
            Input::Message { message: Err(error), .. } => {
                self.bad_message(format!("cannot read the message: {error}"));
            }
        }
        Ok(())
    }

    fn published(&mut self, answers: Vec<Published>) {
        let (mut confirmed, mut failed) = (Vec::new(), Vec::new());
        for Published { id, result, .. } in answers {
            match result {
                Ok(()) => confirmed.push(id),
                Err(failure) => failed.push(failure),
            }
        }
        self.send(ServerMessage::Published { confirmed, failed });
    }

    /// After the close frame: what the client had settled before it saw that counts.
    async fn settle_until_closed(&mut self) {
        let until = Instant::now() + CLOSING_TIME;
        while let Ok(input) = timeout_at(until, self.socket.next(true)).await {
            match input {
                Input::Message { message: Ok(ClientMessage::Settle { outcome, tags }), .. } => {
                    self.settle(outcome, tags).await;
                }
                Input::Message { .. } | Input::Flushed | Input::Control => {}
                Input::Closed | Input::TooBig => break,
            }
        }
    }
}
