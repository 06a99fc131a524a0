//! After a frame of several messages the next is made a moment later, so that it has more in it:
//! what a frame costs the page, the browser and the relay hardly depends on how much is in it.
//! A message that comes alone never waits.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The moment. Nobody sees it; with 10 KiB a frame is full by then, and with fewer bytes a window of
/// a client's own choice keeps messages coming.
const MOMENT: Duration = Duration::from_millis(3);

/// Until when messages gather, if they do.
#[derive(Debug, Default)]
pub(crate) struct Gather(Option<Instant>);

impl Gather {
    /// A frame of so many messages was made; 0 where the next has to follow at once.
    pub(crate) fn made(&mut self, messages: usize) {
        self.0 = (messages > 1).then(|| Instant::now() + MOMENT);
    }

    /// Whether the next frame has to wait for [`Self::over`].
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Waits until the next frame may be made. Cancel-safe.
    pub(crate) async fn over(&mut self) {
        if let Some(until) = self.0 {
            sleep_until(until).await;
            self.0 = None;
        }
    }
}
