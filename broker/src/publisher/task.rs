//! The publisher's task: does what [`Confirms`] says, on a channel that is opened when it is needed.

mod answers;

use std::{task::Poll, time::Duration};

use futures_util::{
    StreamExt as _,
    future::{BoxFuture, OptionFuture},
    poll,
    stream::FuturesUnordered,
};
use lapin::{
    Confirmation,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    types::ShortString,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};
use warren_protocol::{Detail, Failure};

use answers::take_answers;

use super::{Prepared, Published, Publisher, key};
use crate::{
    Broker,
    coalesce::Coalesce,
    confirms::{Command, Confirms, Input, Lost},
    connection::{CallError, Channel, Ended},
    explain::{max_message_size, reply},
    pool::ChannelPermit,
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
    permit: Option<ChannelPermit>,
    opening: Option<BoxFuture<'static, Result<Channel, CallError>>>,
    channel: Option<Channel>,
    blocked: Option<watch::Receiver<Option<String>>>,
    confirms: FuturesUnordered<BoxFuture<'static, Resolved>>,
    busy_at: Instant,
    /// Until when, and why, the broker takes nothing from the relay's user.
    forbidden: Option<(Instant, Detail)>,
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
        permit: None,
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
            // A permit outlives a channel that is lost.
            let is_idle = self.permit.is_some() && self.opening.is_none() && self.core.is_idle();
            tokio::select! {
                batch = self.batches.recv(), if self.ensuring.is_none() => match batch {
                    Some(batch) => self.ensure_queues(batch).await,
                    None => break,
                },
                Some(batch) = OptionFuture::from(self.ensuring.as_mut()) => {
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
                Some(opened) = OptionFuture::from(self.opening.as_mut()) => {
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
        if let Some((until, detail)) = &self.forbidden
            && Instant::now() < *until
        {
            let detail = detail.clone();
            return self.refuse(batch, Lost::Forbidden(detail)).await;
        }
        let permit = self.permit.get_or_insert_with(|| self.broker.publish_pool.acquire());
        let connection = match permit.connection() {
            Ok(connection) => connection,
            Err(detail) => return self.refuse(batch, Lost::Connection(detail)).await,
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
                let permit = self.permit.get_or_insert_with(|| self.broker.publish_pool.acquire());
                self.opening = Some(Box::pin(open(permit.link())));
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
                channel.basic_publish(exchange, queue, options, body.as_bytes(), properties).await;
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
                let permit = self.permit.as_ref().map(ChannelPermit::elsewhere);
                self.permit = permit;
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
            CallError::Ended(ended) => Lost::Connection(ended.detail),
            CallError::NoChannelLeft(detail) | CallError::Refused(detail) => {
                Lost::NoChannel(detail)
            }
            CallError::Channel { code: Some(reply::ACCESS_REFUSED), words } => {
                let detail = Detail::PublishForbidden { words };
                self.forbidden = Some((Instant::now() + FORBIDDEN, detail.clone()));
                Lost::Forbidden(detail)
            }
            CallError::Channel { code, words } => {
                let max = max_message_size(&words);
                let detail = Detail::ChannelClosed { words };
                match (code, max) {
                    (Some(_), Some(max)) => Lost::OverSize { max, detail },
                    (Some(_), None) => Lost::OverMessage(detail),
                    (None, _) => Lost::Connection(detail),
                }
            }
        };
        self.apply(Input::Lost(why)).await;
    }

    /// Gives the channel and its permit back.
    async fn leave(&mut self) {
        self.blocked = None;
        if let Some(channel) = self.channel.take() {
            channel.close().await;
        }
        self.permit = None;
    }
}

/// Opens a channel in confirm mode, as soon as the connection is there.
async fn open(mut link: watch::Receiver<Link>) -> Result<Channel, CallError> {
    let connection = up(&mut link).await.map_err(CallError::Ended)?;
    let channel = connection.open_channel().await?;
    let confirm_mode = channel.raw().confirm_select(ConfirmSelectOptions::default());
    channel.call(confirm_mode).await?;
    Ok(channel)
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
