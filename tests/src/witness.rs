//! A witness of another queue's trouble: one session that receives from a queue of its own, with
//! messages flowing to it steadily, and one that publishes them. It must notice nothing.
//!
//! It runs in a thread of its own, so that what a test does beside it does not count as delay.

use std::{
    collections::BTreeMap,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use lapin::{BasicProperties, options::QueueDeclareOptions, types::FieldTable};
use tokio::{
    sync::oneshot,
    time::{MissedTickBehavior, interval, timeout},
};
use warren_protocol::{AckMode, Body, Outcome, Properties, ServerMessage};

use crate::{amqp::Amqp, client::Client, metrics::Scrape, relay::Relay, wait::LIMIT};

/// The witness's queue. The relay has to be started with it.
pub const WITNESS: &str = "witness";

/// Each of its messages is confirmed within this time, whatever happens to other queues.
pub const CONFIRMED_WITHIN: Duration = Duration::from_secs(2);

/// So often it sends a message.
const PACE: Duration = Duration::from_millis(20);

/// It sends as many more when it is told to finish: some trouble comes late.
const AFTERMATH: u64 = 50;

/// Of messages that were not confirmed, as many are named.
const SOME: usize = 5;

const RECONNECTS: &str = "warren_broker_reconnects_total";

/// A witness under way.
#[derive(Debug)]
pub struct Witness {
    stop: Option<oneshot::Sender<()>>,
    /// None once it is over.
    thread: Option<JoinHandle<Seen>>,
    reconnects: f64,
}

/// Who publishes what the witness receives.
#[derive(Debug, Clone)]
enum Source {
    /// A second session with the same relay.
    Session,
    /// A client of the broker at this address.
    Amqp(String),
}

/// What a witness has seen.
#[derive(Debug, Default)]
struct Seen {
    sent: u64,
    /// When those that are not answered yet were sent.
    waiting: BTreeMap<u64, Instant>,
    slowest: Duration,
    received: BTreeMap<String, usize>,
    complaints: Vec<String>,
}

impl Witness {
    /// Declares its queue.
    pub async fn declare(amqp: &Amqp) {
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        amqp.declare_queue(WITNESS, options, FieldTable::default()).await;
    }

    /// Starts a witness at a relay that is ready, and waits until messages flow.
    pub async fn start(relay: &Relay) -> Self {
        Self::start_with(relay, Source::Session).await
    }

    /// [`Witness::start`] where sessions cannot publish: a client of the broker at `amqp_url` does.
    pub async fn start_fed(relay: &Relay, amqp_url: &str) -> Self {
        Self::start_with(relay, Source::Amqp(amqp_url.to_owned())).await
    }

    async fn start_with(relay: &Relay, source: Source) -> Self {
        let reconnects = reconnects(relay).await;
        let (stop, stopped) = oneshot::channel();
        let (started, is_started) = oneshot::channel();
        let address = relay.address.clone();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(watch(&address, source, stopped, started))
        });
        let witness = Self { stop: Some(stop), thread: Some(thread), reconnects };
        let flows = timeout(LIMIT, is_started).await;
        assert!(matches!(flows, Ok(Ok(()))), "messages never flowed to the witness");
        witness
    }

    /// Ends it, and asserts that it has noticed nothing.
    ///
    /// # Panics
    /// When it has: says what.
    pub async fn finish(mut self, relay: &Relay) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        // Others of this test's runtime go on meanwhile: a proxy may be among them.
        let end = self.thread.take().map(|thread| tokio::task::spawn_blocking(|| thread.join()));
        let seen = end.unwrap().await.unwrap().expect("the witness has seen all to the end");
        println!("witness: {} messages, the slowest confirmed in {:?}", seen.sent, seen.slowest);
        assert!(seen.complaints.is_empty(), "the witness has noticed: {:#?}", seen.complaints);
        let now = reconnects(relay).await;
        assert!(now == self.reconnects, "{RECONNECTS} went from {} to {now}", self.reconnects);
    }
}

impl Drop for Witness {
    /// A test that fails says what the witness had noticed until then.
    fn drop(&mut self) {
        drop(self.stop.take());
        let seen = self.thread.take().and_then(|thread| thread.join().ok());
        let noticed = seen.map(|seen| seen.complaints).unwrap_or_default();
        if !noticed.is_empty() {
            println!("the witness has noticed: {noticed:#?}");
        }
    }
}

async fn reconnects(relay: &Relay) -> f64 {
    Scrape::read(&relay.get("/metrics").await.1).get(RECONNECTS)
}

async fn watch(
    address: &str,
    source: Source,
    mut stopped: oneshot::Receiver<()>,
    started: oneshot::Sender<()>,
) -> Seen {
    let mut receiver = Client::start_at(address).await;
    receiver.receive_from(WITNESS, AckMode::Auto, None).await;
    let mut publisher = Client::start_at(address).await;
    let amqp = match &source {
        Source::Session => None,
        Source::Amqp(url) => Some(Amqp::connect(url).await),
    };
    let told_before = [receiver.broker_told, publisher.broker_told];
    let (mut seen, mut started) = (Seen::default(), Some(started));
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut end, mut last) = (None, u64::MAX);
    while !end.is_some_and(|end| seen.is_whole(last) || Instant::now() > end) {
        tokio::select! {
            finish = &mut stopped, if end.is_none() => {
                if finish.is_err() {
                    // A test has failed, and waits for nobody.
                    return seen.with_sessions([&receiver, &publisher], told_before);
                }
                last = seen.sent + AFTERMATH;
                end = Some(Instant::now() + LIMIT);
            }
            () = receiver.read() => {}
            () = publisher.read() => {}
            _ = pace.tick() => {
                if seen.sent < last {
                    seen.send(&mut publisher, amqp.as_ref()).await;
                }
            }
        }
        seen.note_answers(&mut publisher);
        seen.note_deliveries(&mut receiver).await;
        if seen.received.len() > 1
            && let Some(started) = started.take()
        {
            started.send(()).ok();
        }
    }
    seen.judge();
    seen.with_sessions([&receiver, &publisher], told_before)
}

impl Seen {
    async fn send(&mut self, publisher: &mut Client, amqp: Option<&Amqp>) {
        self.sent += 1;
        let (id, sent_at) = (self.sent, Instant::now());
        let message_id = id.to_string();
        match amqp {
            Some(amqp) => {
                let properties = BasicProperties::default().with_message_id(message_id.into());
                amqp.publish_to(WITNESS, b"witness", properties).await;
                self.slowest = self.slowest.max(sent_at.elapsed());
            }
            None => {
                self.waiting.insert(id, sent_at);
                let body = Body::from("witness");
                let message_id = Some(message_id);
                let properties = Properties { message_id, ..Properties::default() };
                publisher.publish_to(WITNESS, id, body, properties).await;
            }
        }
    }

    fn note_answers(&mut self, publisher: &mut Client) {
        for (id, answer) in std::mem::take(&mut publisher.answers) {
            let took = self.waiting.remove(&id).map_or(Duration::ZERO, |at| at.elapsed());
            self.slowest = self.slowest.max(took);
            if let Err(failure) = answer
                && self.complaints.len() < SOME
            {
                self.complaints.push(format!("message {id} was not confirmed: {failure:?}"));
            }
        }
    }

    async fn note_deliveries(&mut self, receiver: &mut Client) {
        for delivery in std::mem::take(&mut receiver.deliveries) {
            receiver.settle_up_to(Outcome::Ack, delivery.tag).await;
            *self
                .received
                .entry(delivery.properties.message_id.unwrap_or_default())
                .or_default() += 1;
        }
    }

    /// Whether all `count` messages are confirmed and received.
    fn is_whole(&self, count: u64) -> bool {
        self.sent == count && self.waiting.is_empty() && self.received.len() as u64 == count
    }

    /// What of it must not be.
    fn judge(&mut self) {
        let missing = (1..=self.sent).filter(|id| !self.received.contains_key(&id.to_string()));
        let missing: Vec<u64> = missing.collect();
        let twice: Vec<&String> =
            self.received.iter().filter(|(_, times)| **times > 1).map(|(id, _)| id).collect();
        let unanswered: Vec<&u64> = self.waiting.keys().collect();
        let mut complaints = Vec::new();
        for (what, none) in [
            (format!("never received: {missing:?}"), missing.is_empty()),
            (format!("received twice: {twice:?}"), twice.is_empty()),
            (format!("never answered: {unanswered:?}"), unanswered.is_empty()),
            (
                format!("a message took {:?} to be confirmed", self.slowest),
                self.slowest <= CONFIRMED_WITHIN,
            ),
        ] {
            if !none {
                complaints.push(what);
            }
        }
        self.complaints.extend(complaints);
    }

    fn with_sessions(mut self, sessions: [&Client; 2], told_before: [usize; 2]) -> Self {
        for (client, before) in sessions.into_iter().zip(told_before) {
            self.judge_session(client, before);
        }
        self
    }

    fn judge_session(&mut self, client: &Client, told_before: usize) {
        if client.broker_told != told_before {
            self.complaints
                .push(format!("the broker's state changed, at last to {:?}", client.broker));
        }
        let harmless = |event: &&ServerMessage| {
            !matches!(event, ServerMessage::Welcome { .. } | ServerMessage::Receiving { .. })
        };
        self.complaints
            .extend(client.events.iter().filter(harmless).map(|event| format!("{event:?}")));
    }
}
