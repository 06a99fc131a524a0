//! The tap's task: keeps the tap for as long as somebody watches, finds out whether tracing is on, and
//! hands on what comes.

use std::{collections::BTreeSet, mem, sync::Arc, time::Duration};

use futures_util::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, OptionFuture},
};
use lapin::message::Delivery;
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior, interval, sleep},
};
use tracing::debug;
use warren_protocol::{Detail, StopReason};

use super::{
    channel::{self, TapChannel},
    hub::{Event, Hub, Told},
    probe::Probe,
    trace::Trace,
};
use crate::{
    Broker,
    backoff::{Backoff, QUEUE},
    connection::{CallError, Connection},
    metrics::Metrics,
    pool::Pool,
    supervisor::{Link, comes_up, up},
};

/// How often it is looked whether tracing is on and whether something was missed, while somebody
/// watches.
const PERIOD: Duration = Duration::from_secs(1);

/// The most events that are taken before something else has its turn.
const BATCH: usize = 512;

pub(super) struct Tap {
    hub: Arc<Hub>,
    pool: Arc<Pool>,
    /// Tells when the broker is there again.
    control: watch::Receiver<Link>,
    metrics: Arc<Metrics>,
}

impl Tap {
    pub(super) fn new(hub: Arc<Hub>, pool: Arc<Pool>, broker: &Broker) -> Self {
        let (control, metrics) = (broker.control.clone(), Arc::clone(&broker.metrics));
        Self { hub, pool, control, metrics }
    }

    pub(super) async fn run(self) {
        loop {
            while self.hub.is_empty() {
                self.hub.changed().await;
            }
            self.while_watched().await;
        }
    }

    /// Keeps a tap until nobody watches.
    async fn while_watched(&self) {
        let mut backoff = Backoff::new(QUEUE);
        while !self.hub.is_empty() {
            // Each tap has a connection of its own, which takes its queues with it.
            let permit = self.pool.acquire();
            let stopped = match up(&mut permit.link()).await {
                Ok(connection) => match self.tap(&connection, &mut backoff).await {
                    Ok(()) => return,
                    Err(error) => {
                        let url = connection.url();
                        channel::stopped(error, url.user(), url.vhost())
                    }
                },
                Err(ended) => channel::stopped(CallError::Ended(ended), "", ""),
            };
            drop(permit);
            debug!(?stopped, "the tap is gone");
            let waited = async {
                tokio::select! {
                    () = sleep(backoff.failed()) => {}
                    () = comes_up(Some(self.control.clone())) => {}
                }
            };
            tokio::select! {
                () = waited => {}
                () = self.tell_newcomers(&stopped) => return,
            }
        }
    }

    /// Tells all who watch, and who comes, until nobody is left.
    async fn tell_newcomers(&self, told: &Told) {
        while !self.hub.is_empty() {
            self.hub.tell_all(told);
            self.hub.changed().await;
        }
    }

    /// Keeps the tap until nobody watches.
    async fn tap(
        &self,
        connection: &Arc<Connection>,
        backoff: &mut Backoff,
    ) -> Result<(), CallError> {
        let name = format!("warren.watch.{:032x}", fastrand::u128(..));
        let (channel, consumer) = TapChannel::open(connection, name).await?;
        backoff.works();
        let vhost = connection.url().vhost().to_owned();
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let tap = Open {
            hub: &self.hub,
            metrics: &self.metrics,
            channel: Arc::new(channel),
            consumer,
            bound: BTreeSet::new(),
            probe: Probe::default(),
            calling: None,
            vhost,
        };
        tokio::select! {
            done = tap.run(ticks) => done,
            ended = connection.ended() => Err(CallError::Ended(ended)),
        }
    }
}

/// A tap that is there.
struct Open<'a> {
    hub: &'a Hub,
    metrics: &'a Metrics,
    channel: Arc<TapChannel>,
    consumer: lapin::Consumer,
    /// The queues whose deliveries come.
    bound: BTreeSet<String>,
    probe: Probe,
    /// What the broker is asked. Its answer stands behind the events that are on their way, which have to
    /// be taken meanwhile.
    calling: Option<BoxFuture<'static, Result<Answer, CallError>>>,
    vhost: String,
}

enum Answer {
    /// The deliveries of these queues come now.
    Bound(BTreeSet<String>),
    /// So many events were dropped, and a probe is sent where one was due.
    Looked { dropped: u64 },
}

impl Open<'_> {
    async fn run(mut self, mut ticks: Interval) -> Result<(), CallError> {
        let (mut follow, mut look) = (true, false);
        loop {
            if self.calling.is_none() && mem::take(&mut follow) {
                self.follow();
            }
            if self.calling.is_none() && mem::take(&mut look) {
                self.look();
            }
            tokio::select! {
                () = self.hub.changed() => {
                    if self.hub.is_empty() {
                        return Ok(());
                    }
                    follow = true;
                }
                delivery = self.consumer.next() => self.take(delivery).await?,
                _ = ticks.tick() => look = true,
                Some(answer) = OptionFuture::from(self.calling.as_mut()) => {
                    self.calling = None;
                    self.answered(answer?);
                }
            }
        }
    }

    /// Binds what is watched now.
    fn follow(&mut self) {
        let (channel, before, wanted) =
            (Arc::clone(&self.channel), self.bound.clone(), self.hub.queues());
        self.calling = Some(Box::pin(async move {
            for queue in wanted.difference(&before) {
                channel.bind_queue(queue).await?;
            }
            for queue in before.difference(&wanted) {
                channel.unbind_queue(queue).await?;
            }
            Ok(Answer::Bound(wanted))
        }));
    }

    /// Asks what was missed, and whether tracing is on.
    fn look(&mut self) {
        let (channel, probe) = (Arc::clone(&self.channel), self.probe.look());
        self.calling = Some(Box::pin(async move {
            let dropped = channel.take_dropped().await?;
            if let Some(number) = probe {
                channel.probe(number).await?;
            }
            Ok(Answer::Looked { dropped })
        }));
    }

    fn answered(&mut self, answer: Answer) {
        match answer {
            Answer::Bound(queues) => {
                self.bound = queues;
                self.tell();
            }
            Answer::Looked { dropped: 0 } => {}
            Answer::Looked { dropped } => {
                self.metrics.watch_missed.inc_by(dropped);
                self.hub.missed(dropped);
            }
        }
    }

    /// Tells those whose queue is bound whether tracing is on.
    fn tell(&self) {
        let told = match self.probe.is_on() {
            Some(true) => Told::Watching,
            Some(false) => Told::Stopped(StopReason::NotTraced, not_traced(&self.vhost)),
            None => return,
        };
        for queue in &self.bound {
            self.hub.tell(queue, &told);
        }
    }

    /// Takes an event and all others that are there, as far as a batch goes.
    async fn take(&mut self, first: Option<lapin::Result<Delivery>>) -> Result<(), CallError> {
        let (mut last, mut taken, mut next) = (None, 0, Some(first));
        while let Some(delivery) = next {
            match delivery {
                Some(Ok(delivery)) => {
                    last = Some(delivery.delivery_tag);
                    taken += 1;
                    self.hand_on(delivery);
                }
                Some(Err(error)) => return Err(self.channel.judge(&error).await),
                None => {
                    let words = "the tap was deleted".to_owned();
                    return Err(CallError::Channel { code: None, words });
                }
            }
            next = if taken < BATCH { self.consumer.next().now_or_never() } else { None };
        }
        match last {
            Some(last) => self.channel.ack(last).await,
            None => Ok(()),
        }
    }

    fn hand_on(&mut self, mut delivery: Delivery) {
        let body = mem::take(&mut delivery.data);
        // What nobody watches is given back at once.
        let memory = self.channel.take_intake(body.len());
        let was_on = self.probe.is_on();
        if let Some(number) = self.channel.probe_number(&delivery) {
            self.probe.came(number);
        } else if let Some(trace) = Trace::of(&delivery) {
            self.probe.trace();
            if was_on != Some(true) {
                self.tell();
            }
            if trace.queues.iter().any(|queue| self.hub.watches(queue)) {
                self.metrics.observed.inc();
                let missed = self.hub.give(Event::new(&trace, body, memory));
                self.metrics.watch_missed.inc_by(missed);
            }
            return;
        }
        if self.probe.is_on() != was_on {
            self.tell();
        }
    }
}

/// What says that, and what to do.
fn not_traced(vhost: &str) -> Detail {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let quoted = match vhost.chars().all(plain) {
        true => vhost.to_owned(),
        false => format!("'{}'", vhost.replace('\'', r"'\''")),
    };
    let command = format!("rabbitmqctl trace_on -p {quoted}");
    Detail::NotTraced { vhost: vhost.to_owned(), command }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_pasted_into_a_shell() {
        for (vhost, quoted) in [("/", "/"), ("test-1", "test-1"), ("a b'c", r"'a b'\''c'")] {
            let Detail::NotTraced { command, .. } = not_traced(vhost) else { panic!() };
            assert_eq!(command, format!("rabbitmqctl trace_on -p {quoted}"));
        }
    }
}
