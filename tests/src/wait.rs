//! Waiting for a named condition, with a limit.

use std::time::{Duration, Instant};

/// How long a test waits for anything, unless it says otherwise. Generous: a machine that builds
/// beside the tests is slow, and a test that passes does not wait for it.
pub const LIMIT: Duration = Duration::from_secs(20);

/// Asks `holds` until it gives something, for at most [`LIMIT`].
///
/// # Panics
/// When it does not; `what` names the condition, and `seen` tells what there was instead.
pub async fn until<T>(
    what: &str,
    seen: impl Fn() -> String,
    mut holds: impl AsyncFnMut() -> Option<T>,
) -> T {
    match within(LIMIT, &mut holds).await {
        Some(found) => found,
        None => panic!("waited {} s in vain until {what}\n{}", LIMIT.as_secs(), seen()),
    }
}

/// Asks `holds` until it gives something, for at most `limit`; nothing if it does not.
pub async fn within<T>(limit: Duration, mut holds: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = holds().await {
            return Some(found);
        }
        if start.elapsed() > limit {
            return None;
        }
        // Not a wait for something to have happened, only for the next look.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
