//! One session's publishing: a channel in confirm mode, opened at the first message and closed
//! after a minute without one.
//!
//! A task of its own, so that a session keeps reading its socket while the broker is slow. It only
//! does what [`Confirms`] says. Publishing is pipelined: many messages wait for their confirm.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    task::Poll,
    time::Duration,
};

use futures_util::{
    FutureExt as _, StreamExt as _, future::BoxFuture, poll, stream::FuturesUnordered,
};
use lapin::{
    BasicProperties, Confirmation,
    message::BasicReturnMessage,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    types::ShortString,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};
use warren_protocol::{FailReason, Failure, Publish};

use crate::{
    Broker,
    coalesce::Coalesce,
    confirms::{Accepted, Command, Confirm, Confirms, Input, Key, Lost, failure},
    connection::{CallError, Channel, Ended},
    convert::{self, HeaderLimits, InvalidProperty},
    explain::{max_message_size, reply, reply_code},
    pool::Place,
    supervisor::{Link, up},
};

/// How long a channel is kept without a message to publish.
const IDLE: Duration = Duration::from_secs(60);

/// How long the broker's refusal of everything is believed: each try costs it a channel and a line
/// in its log.
const FORBIDDEN: Duration = Duration::from_secs(2);

/// Most answers in one `published`.
const ANSWERS: usize = 1024;

/// Answers for so many bytes of bodies are not followed by a moment's wait: large messages wait for
/// the room that these have left.
const LARGE: usize = 256 * 1024;

/// A message that has been checked and converted.
pub struct Prepared {
    id: u64,
    queue: ShortString,
    body: Vec<u8>,
    properties: BasicProperties,
    /// What they take on the wire, in bytes, at most.
    properties_bytes: usize,
}

/// What became of one message.
#[derive(Debug)]
pub struct Published {
    /// The session's id of it.
    pub id: u64,
    /// Bytes of its body.
    pub bytes: usize,
    /// Confirmed, or why not.
    pub result: Result<(), Failure>,
}

impl Prepared {
    /// Checks a message for what the broker would close the channel over.
    ///
    /// # Errors
    /// What is wrong with its properties.
    pub fn new(publish: Publish, queue: &str, limits: &HeaderLimits) -> Result<Self, Failure> {
        let id = publish.id;
        let invalid = |error: InvalidProperty| {
            failure(id, FailReason::InvalidProperty, error.to_string(), false)
        };
        let queue = ShortString::try_new(queue)
            .map_err(|_| invalid(InvalidProperty::TooLong("queue".to_owned())))?;
        let (properties, properties_bytes) =
            convert::to_amqp(publish.properties, limits).map_err(invalid)?;
        let body = publish.body.into_bytes();
        Ok(Self { id, queue, body, properties, properties_bytes })
    }

    fn accepted(self) -> Accepted<Self> {
        let key = key(&self.queue, &self.properties, &self.body);
        Accepted { id: self.id, bytes: self.body.len(), key, message: self }
    }
}

fn key(queue: &ShortString, properties: &BasicProperties, body: &[u8]) -> Key {
    let message_id = properties.message_id().as_ref().map(|id| id.as_str().to_owned());
    let body = message_id.is_none().then(|| {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        hasher.finish()
    });
    Key { queue: queue.as_str().to_owned(), message_id, body }
}

/// The session's handle. To drop it ends the task; the session waits for its answers before.
pub struct Publisher {
    batches: mpsc::Sender<Vec<Prepared>>,
    answers: mpsc::Receiver<Vec<Published>>,
}

impl Publisher {
    /// Publishes `messages` in this order, at least one; each is answered once by
    /// [`Self::answered`]. No more than the session's `max_in_flight` may be unanswered.
    pub fn publish(&self, messages: Vec<Prepared>) {
        // There is room for `max_in_flight` batches, and the task outlives its handle: so this
        // fails only where the task has panicked, which the runtime has reported.
        let _ = self.batches.try_send(messages);
    }

    /// The next answers. Cancel-safe.
    pub async fn answered(&mut self) -> Vec<Published> {
        match self.answers.recv().await {
            Some(answers) => answers,
            None => std::future::pending().await,
        }
    }
}

/// A message's number, when it was published, and what became of it.
type Resolved = (u64, Instant, lapin::Result<Confirmation>);

struct Task {
    broker: Broker,
    batches: mpsc::Receiver<Vec<Prepared>>,
    answers: mpsc::Sender<Vec<Published>>,
    core: Confirms<Prepared>,
    /// Answers that wait for the session to take them; no more than its `max_in_flight`.
    answered: Vec<Published>,
    coalesce: Coalesce,
    /// A batch whose queue is made sure of first.
    ensuring: Option<BoxFuture<'static, Vec<Prepared>>>,
    /// Taken with the first message, given back with the channel.
    place: Option<Place>,
    opening: Option<BoxFuture<'static, Result<Channel, CallError>>>,
    channel: Option<Channel>,
    blocked: Option<watch::Receiver<Option<String>>>,
    confirms: FuturesUnordered<BoxFuture<'static, Resolved>>,
    busy_at: Instant,
    /// Until when, and why, the broker takes nothing from the relay's user.
    forbidden: Option<(Instant, String)>,
    /// A queue that a message was returned from: the next confirm tells that it is there again.
    returned_from: Option<String>,
}

/// Starts the task.
pub(crate) fn start(broker: &Broker, max_in_flight: usize) -> Publisher {
    // Each batch has a message of its own in flight, so there is always room.
    let (batches, inbox) = mpsc::channel(max_in_flight.max(1));
    let (outbox, answers) = mpsc::channel(1);
    let task = Task {
        broker: broker.clone(),
        batches: inbox,
        answers: outbox,
        core: Confirms::default(),
        answered: Vec::new(),
        coalesce: Coalesce::default(),
        ensuring: None,
        place: None,
        opening: None,
        channel: None,
        blocked: None,
        confirms: FuturesUnordered::new(),
        busy_at: Instant::now(),
        forbidden: None,
        returned_from: None,
    };
    broker.tasks.spawn(task.run());
    Publisher { batches, answers }
}

impl Task {
    async fn run(mut self) {
        let outbox = self.answers.clone();
        loop {
            let may_tell = !self.answered.is_empty() && !self.coalesce.is_on();
            let is_idle = self.channel.is_some() && self.core.is_idle();
            tokio::select! {
                batch = self.batches.recv(), if self.ensuring.is_none() => match batch {
                    Some(batch) => self.ensure_queues(batch).await,
                    None => break,
                },
                Some(batch) = when_some(&mut self.ensuring) => {
                    self.ensuring = None;
                    self.accept(batch).await;
                }
                Some(resolved) = self.confirms.next() => self.resolved(resolved).await,
                permit = outbox.reserve(), if may_tell => match permit {
                    Ok(permit) => permit.send(take_answers(
                        &mut self.answered,
                        self.confirms.len(),
                        &mut self.coalesce,
                    )),
                    Err(_) => break,
                },
                () = self.coalesce.elapsed(), if self.coalesce.is_on() => {}
                Some(opened) = when_some(&mut self.opening) => {
                    self.opening = None;
                    self.opened(opened).await;
                }
                Some(ended) = ended(self.channel.as_ref()) => {
                    self.lose(CallError::Ended(ended)).await;
                }
                Some(flows) = flow(&mut self.blocked) => self.apply(Input::Flow(flows)).await,
                () = sleep_until(self.busy_at + IDLE), if is_idle => {
                    self.core.channel_closed();
                    self.leave().await;
                }
            }
        }
        self.leave().await;
    }

    /// Waits for a queue that Warren may have to declare first.
    async fn ensure_queues(&mut self, batch: Vec<Prepared>) {
        let queues = &self.broker.queues;
        let unsure = |message: &&Prepared| !queues.known().is_there(message.queue.as_str());
        let unsure = batch.iter().find(unsure).filter(|_| queues.declares());
        match unsure.map(|message| message.queue.as_str().to_owned()) {
            Some(queue) => {
                let queues = queues.clone();
                self.ensuring = Some(Box::pin(async move {
                    // Where it is not there, the message comes back and says so.
                    let _ = queues.ensure(&queue).await;
                    batch
                }));
            }
            None => self.accept(batch).await,
        }
    }

    async fn accept(&mut self, batch: Vec<Prepared>) {
        self.busy_at = Instant::now();
        if let Some((until, words)) = &self.forbidden
            && Instant::now() < *until
        {
            let words = words.clone();
            return self.refuse(batch, Lost::Forbidden(words)).await;
        }
        let place = self.place.get_or_insert_with(|| self.broker.publish_pool.place());
        let connection = match place.connection() {
            Ok(connection) => connection,
            Err(words) => return self.refuse(batch, Lost::Connection(words)).await,
        };
        let mut accepted = Vec::with_capacity(batch.len());
        for message in batch {
            match message.check(connection.frame_max(), connection.url().user()) {
                Ok(()) => accepted.push(message.accepted()),
                Err(failure) => self.answer(message.id, message.body.len(), Err(failure)),
            }
        }
        self.apply(Input::Accepted(accepted)).await;
    }

    /// Answers a batch that is not published.
    async fn refuse(&mut self, batch: Vec<Prepared>, why: Lost) {
        let mut aside = Confirms::default();
        aside.on(Input::Accepted(batch.into_iter().map(Prepared::accepted).collect()));
        for command in aside.on(Input::Lost(why)) {
            self.execute(command).await;
        }
    }

    async fn apply(&mut self, input: Input<Prepared>) {
        for command in self.core.on(input) {
            self.execute(command).await;
        }
    }

    async fn execute(&mut self, command: Command<Prepared>) {
        match command {
            Command::Open => {
                let place = self.place.get_or_insert_with(|| self.broker.publish_pool.place());
                self.opening = Some(Box::pin(open(place.link())));
            }
            Command::Publish(number, message) => self.publish(number, message).await,
            Command::Answer { id, bytes, result } => self.answer(id, bytes, result),
            Command::Returned(queue) => {
                self.broker.queues.look_now();
                self.returned_from = Some(queue);
            }
        }
    }

    fn answer(&mut self, id: u64, bytes: usize, result: Result<(), Failure>) {
        if let Err(failure) = &result {
            self.broker.metrics.failed(failure.reason);
        }
        self.answered.push(Published { id, bytes, result });
    }

    async fn publish(&mut self, number: u64, message: Prepared) {
        let Some(channel) = &self.channel else { return };
        let (channel, since) = (channel.raw().clone(), Instant::now());
        let mut publishing: BoxFuture<'static, Resolved> = Box::pin(async move {
            let Prepared { queue, body, properties, .. } = message;
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let exchange = ShortString::default();
            let published =
                channel.basic_publish(exchange, queue, options, &body, properties).await;
            // lapin has copied it, and the confirm may take long.
            drop(body);
            let confirmed = match published {
                Ok(confirm) => confirm.await,
                Err(error) => Err(error),
            };
            (number, since, confirmed)
        });
        // The first poll hands it to lapin: so the order is that of the commands.
        match poll!(&mut publishing) {
            Poll::Pending => self.confirms.push(publishing),
            Poll::Ready(resolved) => self.confirms.push(Box::pin(async { resolved })),
        }
    }

    /// Takes an answer and all others that are ready: [`Confirms`] wants them together.
    async fn resolved(&mut self, first: Resolved) {
        let mut resolved = vec![first];
        while let Some(Some(next)) = self.confirms.next().now_or_never() {
            resolved.push(next);
        }
        let now = Instant::now();
        let mut confirms = Vec::with_capacity(resolved.len());
        let mut lost: Option<lapin::Error> = None;
        for (number, since, confirmation) in resolved {
            match confirmation {
                Ok(confirmation) => {
                    self.broker.metrics.confirm.observe((now - since).as_secs_f64());
                    let acked = confirmation.is_ack();
                    let returned = confirmation.take_message().map(|message| returned(&message));
                    confirms.push(Confirm { number, acked, returned });
                }
                // The one that names the broker's reason, where there is one.
                Err(error) if lost.is_none() || reply_code(&error).is_some() => lost = Some(error),
                Err(_) => {}
            }
        }
        let answered_before = self.answered.len();
        self.apply(Input::Confirmed(confirms)).await;
        self.count_confirmed(answered_before);
        if let (Some(error), Some(channel)) = (lost, &self.channel) {
            let why = channel.connection().judge(&error).await;
            self.lose(why).await;
        }
    }

    fn count_confirmed(&mut self, from: usize) {
        let confirmed = self.answered.iter().skip(from).filter(|answer| answer.result.is_ok());
        let (mut messages, mut bytes) = (0, 0);
        for answer in confirmed {
            messages += 1;
            bytes += answer.bytes as u64;
        }
        self.broker.metrics.confirmed(messages, bytes);
        if messages > 0
            && let Some(queue) = self.returned_from.take()
        {
            self.broker.queues.known().ask_again(&queue);
        }
    }

    async fn opened(&mut self, opened: Result<Channel, CallError>) {
        match opened {
            Ok(channel) => {
                let blocked = channel.connection().blocked();
                let flows = blocked.borrow().is_none();
                self.blocked = Some(blocked);
                self.channel = Some(channel);
                self.core.on(Input::Flow(flows));
                self.apply(Input::Opened).await;
            }
            Err(CallError::NoChannelLeft(_)) => {
                let place = self.place.as_ref().map(Place::elsewhere);
                self.place = place;
                self.execute(Command::Open).await;
            }
            Err(error) => self.lose(error).await,
        }
    }

    async fn lose(&mut self, error: CallError) {
        self.channel = None;
        self.blocked = None;
        // lapin rejects what these wait for by itself.
        self.confirms.clear();
        let why = match error {
            CallError::Ended(ended) => Lost::Connection(ended.words),
            CallError::NoChannelLeft(words) | CallError::QuotaReached(words) => {
                Lost::NoChannel(words)
            }
            CallError::Channel { code: Some(reply::ACCESS_REFUSED), words } => {
                let words = format!("the relay's user may not publish: {words}");
                self.forbidden = Some((Instant::now() + FORBIDDEN, words.clone()));
                Lost::Forbidden(words)
            }
            CallError::Channel { code, words } => {
                let closed = format!("the broker closed the channel: {words}");
                match (code, max_message_size(&words)) {
                    (Some(_), Some(max)) => Lost::OverSize { max, words: closed },
                    (Some(_), None) => Lost::OverMessage(closed),
                    (None, _) => Lost::Connection(closed),
                }
            }
        };
        self.apply(Input::Lost(why)).await;
    }

    /// Gives the channel and its place back.
    async fn leave(&mut self) {
        self.blocked = None;
        if let Some(channel) = self.channel.take() {
            channel.close().await;
        }
        self.place = None;
    }
}

impl Prepared {
    /// Checks what depends on the connection: the broker would end it over a frame that is larger
    /// than agreed, and the channel over another user's name.
    fn check(&self, frame_max: usize, user: &str) -> Result<(), Failure> {
        let invalid = |words: String| failure(self.id, FailReason::InvalidProperty, words, false);
        let max = convert::max_properties(frame_max);
        if self.properties_bytes > max {
            return Err(invalid(format!(
                "properties and headers take {} bytes; with frames of {frame_max} bytes (frame_max) \
                 this broker takes {max}",
                self.properties_bytes
            )));
        }
        let claimed = self.properties.user_id().as_ref().map(ShortString::as_str);
        if claimed.is_some_and(|claimed| claimed != user) {
            let words = "user_id must be the user that the relay connects with";
            return Err(invalid(words.to_owned()));
        }
        Ok(())
    }
}

/// A message that the broker has returned, and why.
fn returned(message: &BasicReturnMessage) -> (Key, String) {
    let delivery = &message.delivery;
    let key = key(&delivery.routing_key, &delivery.properties, &delivery.data);
    (key, format!("{} {}", message.reply_code, message.reply_text))
}

/// Takes answers for one `published`; `in_flight` more messages wait for theirs.
fn take_answers(
    answered: &mut Vec<Published>,
    in_flight: usize,
    coalesce: &mut Coalesce,
) -> Vec<Published> {
    let window = in_flight + answered.len();
    let answers: Vec<Published> = answered.drain(..answered.len().min(ANSWERS)).collect();
    let bytes: usize = answers.iter().map(|answer| answer.bytes).sum();
    coalesce.note(if bytes < LARGE { answers.len() } else { 0 }, window);
    answers
}

/// Opens a channel in confirm mode, as soon as the connection is there.
async fn open(mut link: watch::Receiver<Link>) -> Result<Channel, CallError> {
    let connection = up(&mut link).await.map_err(CallError::Ended)?;
    let channel = connection.open_channel().await?;
    let confirm_mode = channel.raw().confirm_select(ConfirmSelectOptions::default());
    channel.call(confirm_mode).await?;
    Ok(channel)
}

/// What `future` comes to, where there is one. Cancel-safe.
async fn when_some<T>(future: &mut Option<BoxFuture<'static, T>>) -> Option<T> {
    match future {
        Some(future) => Some(future.await),
        None => None,
    }
}

async fn ended(channel: Option<&Channel>) -> Option<Ended> {
    match channel {
        Some(channel) => Some(channel.connection().ended().await),
        None => None,
    }
}

/// Whether messages flow, when that changes.
async fn flow(blocked: &mut Option<watch::Receiver<Option<String>>>) -> Option<bool> {
    let blocked = blocked.as_mut()?;
    blocked.changed().await.ok()?;
    Some(blocked.borrow_and_update().is_none())
}
