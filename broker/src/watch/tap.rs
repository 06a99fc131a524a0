//! The tap's task: keeps the tap for as long as somebody watches, finds out whether tracing is on, and
//! hands on what comes.

use std::{collections::BTreeSet, mem, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _};
use lapin::message::Delivery;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};
use tracing::debug;
use warren_protocol::{Body, Detail, StopReason};

use super::{
    channel::{self, TapChannel},
    hub::{Hub, Told},
    probe::Probe,
    trace::Trace,
};
use crate::{
    backoff::{Backoff, QUEUE},
    connection::{CallError, Connection},
    metrics::Metrics,
    pool::Pool,
    supervisor::{self, up},
};

/// How often it is looked whether tracing is on and whether something was missed, while somebody
/// watches.
const PERIOD: Duration = Duration::from_secs(1);

/// The most events that are taken before something else has its turn.
const BATCH: usize = 512;

pub(super) struct Tap {
    hub: Arc<Hub>,
    pool: Arc<Pool>,
    metrics: Arc<Metrics>,
}

impl Tap {
    pub(super) fn new(hub: Arc<Hub>, pool: Arc<Pool>, metrics: &Arc<Metrics>) -> Self {
        Self { hub, pool, metrics: Arc::clone(metrics) }
    }

    pub(super) async fn run(self) {
        loop {
            while self.hub.is_empty() {
                self.hub.changed().await;
            }
            self.while_watched().await;
        }
    }

    /// Keeps the connection until nobody watches.
    async fn while_watched(&self) {
        let permit = self.pool.acquire();
        let mut link = permit.link();
        let mut backoff = Backoff::new(QUEUE);
        while !self.hub.is_empty() {
            let stopped = match up(&mut link).await {
                Ok(connection) => match self.tap(&connection, &mut backoff).await {
                    Ok(()) => return,
                    Err(error) => {
                        let url = connection.url();
                        channel::stopped(error, url.user(), url.vhost())
                    }
                },
                Err(ended) => channel::stopped(CallError::Ended(ended), "", ""),
            };
            debug!(?stopped, "the tap is gone");
            let waited = async {
                tokio::select! {
                    () = sleep(backoff.failed()) => {}
                    () = supervisor::comes_up(Some(permit.link())) => {}
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
            channel,
            consumer,
            bound: BTreeSet::new(),
            probe: Probe::default(),
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
    channel: TapChannel,
    consumer: lapin::Consumer,
    /// The queues whose deliveries come.
    bound: BTreeSet<String>,
    probe: Probe,
    vhost: String,
}

impl Open<'_> {
    async fn run(mut self, mut ticks: Interval) -> Result<(), CallError> {
        self.follow().await?;
        loop {
            tokio::select! {
                () = self.hub.changed() => {
                    if self.hub.is_empty() {
                        self.channel.close().await;
                        return Ok(());
                    }
                    self.follow().await?;
                }
                delivery = self.consumer.next() => self.take(delivery).await?,
                _ = ticks.tick() => self.look().await?,
            }
        }
    }

    /// Binds what is watched now, and tells how it is.
    async fn follow(&mut self) -> Result<(), CallError> {
        let wanted = self.hub.queues();
        for queue in wanted.difference(&self.bound) {
            self.channel.bind_queue(queue).await?;
        }
        let before = mem::replace(&mut self.bound, wanted);
        for queue in before.difference(&self.bound) {
            self.channel.unbind_queue(queue).await?;
        }
        self.tell();
        Ok(())
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

    async fn look(&mut self) -> Result<(), CallError> {
        let dropped = self.channel.take_dropped().await?;
        if dropped > 0 {
            self.metrics.watch_missed.inc_by(dropped);
            self.hub.missed(dropped);
        }
        match self.probe.look() {
            Some(number) => self.channel.probe(number).await,
            None => Ok(()),
        }
    }

    /// Takes an event and all others that are there, as far as a batch goes.
    async fn take(&mut self, first: Option<lapin::Result<Delivery>>) -> Result<(), CallError> {
        let (mut batch, mut next) = (Vec::new(), Some(first));
        while let Some(delivery) = next {
            match delivery {
                Some(Ok(delivery)) => batch.push(delivery),
                Some(Err(error)) => return Err(self.channel.judge(&error).await),
                None => {
                    let words = "the tap was deleted".to_owned();
                    return Err(CallError::Channel { code: None, words });
                }
            }
            next = if batch.len() < BATCH { self.consumer.next().now_or_never() } else { None };
        }
        let Some(last) = batch.last().map(|delivery| delivery.delivery_tag) else { return Ok(()) };
        self.hand_on(batch);
        self.channel.ack(last).await
    }

    fn hand_on(&mut self, batch: Vec<Delivery>) {
        let was = self.probe.is_on();
        let bytes = batch.iter().map(|delivery| delivery.data.len()).sum();
        let memory = self.channel.take_intake(bytes).map(Arc::new);
        let (mut observed, mut missed) = (0, 0);
        for mut delivery in batch {
            if let Some(number) = self.channel.probe_number(&delivery) {
                self.probe.came(number);
                continue;
            }
            let body = mem::take(&mut delivery.data);
            let Some(trace) = Trace::of(&delivery) else { continue };
            self.probe.trace();
            let watched = trace.queues.iter().any(|queue| self.hub.watches(queue));
            let Some(memory) = memory.as_ref().filter(|_| watched) else { continue };
            let (mut event, overhead) = trace.observed();
            let bytes = body.len() + overhead;
            event.body = Body::from(body);
            observed += 1;
            missed += self.hub.give(&event, &trace.queues, bytes, memory);
        }
        self.metrics.observed.inc_by(observed);
        self.metrics.watch_missed.inc_by(missed);
        if self.probe.is_on() != was {
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
