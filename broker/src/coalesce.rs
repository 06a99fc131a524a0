//! After a frame of several messages the next is made a moment later, so that it has more in it:
//! what a frame costs the page, the browser and the relay hardly depends on how much is in it.
//! A message that comes alone never waits.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How long to wait for each message of the window that bounds what can be on its way: so the wait
/// alone allows 250,000 messages a second. Tokio's timer rounds it up to a millisecond, which a
/// window below 250 has to bear. Measured: with a window of 2,000, 8 ms let 15 % more small messages
/// through a page than 3 ms; with one of 500 they let 20 % fewer through a client that does nothing
/// else.
const PER_MESSAGE: Duration = Duration::from_micros(4);

/// The most, which nobody sees: half an animation frame.
const LONGEST: Duration = Duration::from_millis(8);

/// Until when messages coalesce, if they do.
#[derive(Debug, Default)]
pub(crate) struct Coalesce(Option<Instant>);

impl Coalesce {
    /// A frame of so many messages was made; 0 where the next has to follow at once. `window` bounds
    /// how many can come before the client answers.
    pub(crate) fn note(&mut self, messages: usize, window: usize) {
        self.0 = (messages > 1).then(|| Instant::now() + moment(window));
    }

    /// Whether the next frame has to wait for [`Self::elapsed`].
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Waits until the next frame may be made. Cancel-safe.
    pub(crate) async fn elapsed(&mut self) {
        if let Some(until) = self.0 {
            sleep_until(until).await;
            self.0 = None;
        }
    }
}

fn moment(window: usize) -> Duration {
    u32::try_from(window).map_or(LONGEST, |window| PER_MESSAGE.saturating_mul(window).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_is_as_long_as_the_window_allows() {
        let windows = [0, 1, 500, 2_000, 5_000, usize::MAX].map(moment);
        assert_eq!(windows.map(|moment| moment.as_micros()), [0, 4, 2_000, 8_000, 8_000, 8_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_frame_of_several_is_followed_by_a_wait() {
        let mut coalesce = Coalesce::default();
        for (messages, waits) in [(1, false), (2, true), (0, false)] {
            coalesce.note(messages, 500);
            assert_eq!(coalesce.is_on(), waits, "after {messages}");
        }
        coalesce.note(2, 500);
        let start = Instant::now();
        coalesce.elapsed().await;
        assert!(!coalesce.is_on());
        // Tokio's timer has milliseconds.
        assert_eq!(start.elapsed().as_millis(), 2);
    }
}
