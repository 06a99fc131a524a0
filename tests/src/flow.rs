//! Uniquely numbered messages that flow through a relay while something breaks.
//!
//! The pages here are the page without a browser: its own state machine decides what is sent,
//! retried and settled (`page.rs`). What became of every message is recorded by its number, and
//! judged at the end ([`Report`]).

mod link;
mod page;
mod record;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use tokio::sync::watch;

use crate::{amqp::Amqp, fault::Random, wait};
use record::Record;
pub use record::Report;

/// Messages of a flow, at least. It goes on, slowly, for as long as the fault lasts.
pub const FLOW: u64 = 20_000;

/// The page waits 30 s at most between two tries to reach its relay, and so does the relay for
/// its broker; then all that is left has to arrive.
const FINISH: Duration = Duration::from_secs(120);

/// What a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It sends and does not receive.
    Sends,
    /// It receives and does not send.
    Receives,
    /// It does both.
    Both,
}

/// How far a flow is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Progress {
    accepted: u64,
    confirmed: u64,
    failed: u64,
    received: u64,
}

/// What the pages of a flow share.
#[derive(Debug)]
struct Shared {
    record: Mutex<Record>,
    progress: watch::Sender<Progress>,
    goal: watch::Sender<Goal>,
}

/// What the pages are to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// Send [`FLOW`] messages, and then on slowly.
    Flow,
    /// Send no more than [`FLOW`].
    Finish,
    /// Leave.
    Leave,
}

impl Shared {
    fn change<T>(&self, change: impl FnOnce(&mut Record) -> T) -> T {
        let mut record = self.record.lock().unwrap();
        let changed = change(&mut record);
        self.progress.send_replace(Progress {
            accepted: record.accepted.len() as u64,
            confirmed: record.confirmed.len() as u64,
            failed: record.failed.len() as u64,
            received: record.received.len() as u64,
        });
        changed
    }
}

/// A flow under way; dropped, its pages leave.
#[derive(Debug)]
pub struct Flow {
    shared: Arc<Shared>,
    /// That of the first page's relay.
    address: String,
    pages: Vec<JoinHandle<()>>,
    /// How many of the broker's states have been waited for.
    states_seen: AtomicUsize,
}

impl Flow {
    /// Messages from one page that receives as well, to it and to a second page, by way of the
    /// relay at `address`.
    #[must_use]
    pub fn start(address: &str) -> Self {
        Self::with(&[(address, Role::Both), (address, Role::Receives)])
    }

    /// Messages between these pages; one of them sends.
    #[must_use]
    pub fn with(pages: &[(&str, Role)]) -> Self {
        let run = Random(u64::from(std::process::id()) << 32 | unique()).number();
        let mut flow = Self::empty_at(pages[0].0, Some(run));
        for (address, role) in pages {
            flow.join(address, *role);
        }
        flow
    }

    /// One page that receives the messages `1`, `2`, … to `count` that something else sends.
    #[must_use]
    pub fn receiving(address: &str, count: u64) -> Self {
        let mut flow = Self::empty_at(address, None);
        flow.shared.change(|record| record.accepted.extend(1..=count));
        flow.join(address, Role::Receives);
        flow
    }

    fn empty_at(address: &str, run: Option<u64>) -> Self {
        let shared = Arc::new(Shared {
            record: Mutex::new(Record { run, ..Record::default() }),
            progress: watch::Sender::new(Progress::default()),
            goal: watch::Sender::new(Goal::Flow),
        });
        let states_seen = AtomicUsize::new(0);
        Self { shared, address: address.to_owned(), pages: Vec::new(), states_seen }
    }

    /// Waits until so many messages are confirmed.
    pub async fn until_confirmed(&self, count: u64) {
        self.until(&format!("{count} messages are confirmed"), |now| now.confirmed >= count).await;
    }

    /// Waits until so many further messages have been received.
    pub async fn until_received_more(&self, more: u64) {
        let enough = self.shared.progress.borrow().received + more;
        self.until(&format!("{more} more messages are received"), |now| now.received >= enough)
            .await;
    }

    /// Waits until a page was told of this state of the broker, after the one that was waited for
    /// last: states may be short, so each is looked at.
    pub async fn until_broker(&self, word: &str) {
        let seen = self.states_seen.load(Ordering::Relaxed);
        let told = async || {
            let record = self.shared.record.lock().unwrap();
            record.states[seen..].iter().position(|state| state.starts_with(word))
        };
        match wait::within(FINISH, told).await {
            Some(at) => self.states_seen.store(seen + at + 1, Ordering::Relaxed),
            None => panic!("the pages never heard that the broker is {word}\n{}", self.seen()),
        }
    }

    /// How many messages the outboxes have taken so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.shared.progress.borrow().accepted
    }

    /// How many messages are confirmed.
    #[must_use]
    pub fn confirmed(&self) -> u64 {
        self.shared.progress.borrow().confirmed
    }

    /// A further page joins.
    pub fn join(&mut self, address: &str, role: Role) {
        let (shared, address) = (Arc::clone(&self.shared), address.to_owned());
        self.pages.push(std::thread::spawn(move || page::run(shared, &address, role)));
    }

    /// Lets the flow come to its end, where messages may be missing as `whole` says; then its
    /// pages leave, and nothing may be left in the queue.
    pub async fn finish(self, amqp: &Amqp, whole: impl Fn(&[u64]) -> bool) -> Report {
        self.shared.goal.send_replace(Goal::Finish);
        let answered =
            |now: &Progress| now.accepted >= FLOW && now.confirmed + now.failed >= now.accepted;
        self.until("every message is answered", answered).await;
        self.arrived(amqp, whole).await
    }

    /// [`Flow::finish`] where something else has sent all.
    pub async fn arrived(mut self, amqp: &Amqp, whole: impl Fn(&[u64]) -> bool) -> Report {
        let arrived = async || {
            let missing = self.shared.record.lock().unwrap().missing();
            whole(&missing).then_some(())
        };
        if wait::within(FINISH, arrived).await.is_none() {
            println!("not everything has arrived after {} s", FINISH.as_secs());
        }
        self.empty(amqp).await;
        Report::from(&*self.shared.record.lock().unwrap())
    }

    /// [`Flow::finish`] where nothing may be missing or failed.
    pub async fn assert_whole(self, amqp: &Amqp) -> Report {
        let report = self.finish(amqp, <[u64]>::is_empty).await;
        report.assert_whole();
        report
    }

    /// Duplicates may come last. What a page has not settled when it leaves goes to the next.
    async fn empty(&mut self, amqp: &Amqp) {
        let empty = async || {
            self.until_ready(amqp, 0).await;
            self.leave().await;
            amqp.until_consumers(0).await;
            if amqp.counts().await == Some((0, 0)) {
                return Some(());
            }
            self.shared.goal.send_replace(Goal::Finish);
            let address = self.address.clone();
            self.join(&address, Role::Receives);
            None
        };
        if wait::within(FINISH, empty).await.is_none() {
            panic!("the queue is never empty\n{}", self.seen());
        }
    }

    /// Waits until so many messages wait in the queue.
    pub async fn until_ready(&self, amqp: &Amqp, ready: u32) {
        let empty = async || amqp.counts().await.filter(|counts| counts.0 == ready);
        if wait::within(FINISH, empty).await.is_none() {
            panic!("the queue never had {ready} messages ready\n{}", self.seen());
        }
    }

    async fn leave(&mut self) {
        self.shared.goal.send_replace(Goal::Leave);
        for page in self.pages.drain(..) {
            tokio::task::spawn_blocking(|| page.join().unwrap()).await.unwrap();
        }
    }

    async fn until(&self, what: &str, holds: impl FnMut(&Progress) -> bool) {
        let mut progress = self.shared.progress.subscribe();
        let found = tokio::time::timeout(FINISH, progress.wait_for(holds)).await;
        if found.is_err() {
            panic!("waited {} s in vain until {what}\n{}", FINISH.as_secs(), self.seen());
        }
    }

    fn seen(&self) -> String {
        let record = self.shared.record.lock().unwrap();
        format!("{:?}\n{:?}", self.shared.progress.borrow(), Report::from(&*record))
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.shared.goal.send_replace(Goal::Leave);
    }
}

fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
