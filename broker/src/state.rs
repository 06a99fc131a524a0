//! How the relay stands with the broker, from the connections that everything needs: control and
//! publish.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};
use warren_protocol::{BrokerState, Detail};

use crate::{connection::Ended, metrics::Metrics, supervisor::Link, transport::Server};

/// Starts the task that keeps the state up to date.
pub(crate) fn follow(
    tasks: &TaskTracker,
    control: watch::Receiver<Link>,
    publish: watch::Receiver<Link>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) -> watch::Receiver<BrokerState> {
    let (sender, state) = watch::channel(BrokerState::Connecting { detail: None });
    tasks.spawn(async move {
        tokio::select! {
            () = run(control, publish, &sender, &metrics) => {}
            () = stop.cancelled() => {}
        }
    });
    state
}

async fn run(
    mut control: watch::Receiver<Link>,
    mut publish: watch::Receiver<Link>,
    state: &watch::Sender<BrokerState>,
    metrics: &Metrics,
) {
    let mut was_up = false;
    loop {
        let mut blocked = match &*publish.borrow_and_update() {
            Link::Up(connection) => Some(connection.blocked()),
            Link::Connecting { .. } | Link::Down { .. } => None,
        };
        let reason = blocked.as_mut().and_then(|blocked| blocked.borrow_and_update().clone());
        let now = combine(&control.borrow_and_update(), &publish.borrow(), reason);
        let is_up = matches!(now, BrokerState::Up { .. } | BrokerState::Blocked { .. });
        if is_up && !was_up {
            metrics.connected();
        }
        was_up = is_up;
        tell(state, now, &publish);
        tokio::select! {
            Ok(()) = control.changed() => {}
            Ok(()) = publish.changed() => {}
            Some(()) = changed(&mut blocked) => {}
            else => return,
        }
    }
}

/// Tells pages and operators.
fn tell(state: &watch::Sender<BrokerState>, now: BrokerState, publish: &watch::Receiver<Link>) {
    let before = state.borrow().clone();
    if before == now {
        return;
    }
    match (&before, &now) {
        (BrokerState::Blocked { .. }, BrokerState::Up { .. }) => {
            info!("the broker takes messages again")
        }
        (_, BrokerState::Up { .. }) => {
            if let Link::Up(connection) = &*publish.borrow() {
                info!(broker = %connection.url(), "connected");
            }
        }
        (_, BrokerState::Blocked { detail }) => {
            let reason = detail.as_ref().map(Detail::to_string);
            warn!(reason, "the broker takes no messages")
        }
        // The other of the two connections, or a further try.
        (BrokerState::Down { detail: told, .. }, BrokerState::Down { detail, .. })
        | (BrokerState::Connecting { detail: told }, BrokerState::Down { detail, .. })
            if told == detail => {}
        (_, BrokerState::Down { detail, retry_in_ms }) => {
            let retry_in = retry_in_ms.map(Duration::from_millis);
            let cause = detail.as_ref().map(Detail::to_string);
            warn!(cause, ?retry_in, "not connected");
        }
        (_, BrokerState::Connecting { .. }) => {}
    }
    state.send_replace(now);
}

/// The worse of the two: what one of them lacks, nobody can do.
fn combine(control: &Link, publish: &Link, blocked: Option<String>) -> BrokerState {
    let detail = |cause: &Ended| cause.detail.clone();
    match (control, publish) {
        (Link::Down { cause, retry_at }, _) | (_, Link::Down { cause, retry_at }) => {
            let wait = retry_at.saturating_duration_since(Instant::now()).as_millis();
            let retry_in_ms = Some(wait.try_into().unwrap_or(u64::MAX));
            BrokerState::Down { detail: Some(detail(cause)), retry_in_ms }
        }
        (Link::Connecting { cause }, _) | (_, Link::Connecting { cause }) => {
            BrokerState::Connecting { detail: cause.as_ref().map(detail) }
        }
        (Link::Up(control), Link::Up(_)) => match blocked {
            Some(reason) => BrokerState::Blocked { detail: Some(Detail::broker_says(reason)) },
            None => {
                let Server { product, version } = control.server().clone();
                BrokerState::Up { product, version }
            }
        },
    }
}

async fn changed(blocked: &mut Option<watch::Receiver<Option<String>>>) -> Option<()> {
    match blocked {
        // Its end is told by the connection's link.
        Some(blocked) => match blocked.changed().await {
            Ok(()) => Some(()),
            Err(_) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}
