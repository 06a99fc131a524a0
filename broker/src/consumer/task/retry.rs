//! When a consumer that was refused may be let in: its queue's counts say so, or its connection comes back.

use tokio::{sync::watch, time::sleep};
use warren_protocol::{QueueCount, QueueStatus};

use super::Task;
use crate::{pool::ChannelPermit, supervisor::comes_up};

impl Task {
    /// Tries again after a while, or as soon as the queue's counts or its connection change.
    pub(super) fn retry_later(&mut self) {
        let delay = self.backoff.failed();
        let mut counts = self.broker.queues.counts();
        let queue = self.queue.clone();
        let link = self.permit.as_ref().map(ChannelPermit::link);
        self.retrying = Some(Box::pin(async move {
            tokio::select! {
                () = sleep(delay) => {}
                () = may_work(&mut counts, &queue) => {}
                () = comes_up(link) => {}
            }
        }));
    }
}

/// Waits until the counts say that `queue` may let us in now.
async fn may_work(counts: &mut watch::Receiver<Option<Vec<QueueCount>>>, queue: &str) {
    let before = status(&counts.borrow_and_update(), queue);
    while counts.changed().await.is_ok() {
        if better(before.as_ref(), status(&counts.borrow_and_update(), queue)) {
            return;
        }
    }
    std::future::pending().await
}

fn status(counts: &Option<Vec<QueueCount>>, queue: &str) -> Option<QueueStatus> {
    let counts = counts.as_ref()?;
    counts.iter().find(|count| count.name == queue).map(|count| count.status.clone())
}

/// Whether a queue that could not be consumed from may let us in now: it is there again, or one of
/// its consumers, who may have had it alone, is gone.
fn better(before: Option<&QueueStatus>, now: Option<QueueStatus>) -> bool {
    match (before, now) {
        (Some(QueueStatus::Unreadable { .. }), Some(QueueStatus::Counts { .. })) => true,
        (
            Some(QueueStatus::Counts { consumers: before, .. }),
            Some(QueueStatus::Counts { consumers: now, .. }),
        ) => now < *before,
        _ => false,
    }
}
