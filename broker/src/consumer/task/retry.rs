//! When a consumer that was refused may be let in: its queue's counts say so, or its connection comes back.

use tokio::sync::watch;
use warren_protocol::{QueueCount, QueueStatus};

/// Waits until the counts say that `queue` may let us in now.
pub(super) async fn may_work(counts: &mut watch::Receiver<Option<Vec<QueueCount>>>, queue: &str) {
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
