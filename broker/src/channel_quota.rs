//! How many channels the broker allows its user, where that is fewer than are wanted.
//!
//! RabbitMQ ends the whole connection on which a channel beyond `max-channels` is opened. So once
//! that has happened, no more are opened than there were then, and whether the limit was raised is
//! tried on a connection of its own.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use warren_protocol::Detail;

use crate::{
    BrokerUrl,
    connection::{Connection, Ended},
};

/// How long a limit is believed before it is tried.
const BELIEVED: Duration = Duration::from_secs(60);

/// What fails within this time after a limit was met fails because of that.
const NOTED: Duration = Duration::from_secs(5);

/// Channels of all connections of this process.
#[derive(Debug, Default)]
pub(crate) struct ChannelQuota(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    open: usize,
    limit: Option<Limit>,
}

#[derive(Debug)]
struct Limit {
    channels: usize,
    /// As the broker says it.
    detail: Detail,
    since: Instant,
}

/// One channel that is open or being opened.
#[derive(Debug)]
pub(crate) struct ChannelPermit(Arc<ChannelQuota>);

impl Drop for ChannelPermit {
    fn drop(&mut self) {
        self.0.lock().open -= 1;
    }
}

impl ChannelQuota {
    /// Takes a place for a channel, or says why there is none.
    pub(crate) async fn take(self: &Arc<Self>, url: &BrokerUrl) -> Result<ChannelPermit, Detail> {
        let (detail, try_now) = match self.try_take() {
            Ok(permit) => return Ok(permit),
            Err(full) => full,
        };
        if !try_now {
            return Err(detail);
        }
        // Its quota is its own, so that it finds no limit but the broker's.
        let trial = Arc::new(Connection::open(url, &Arc::default(), "trial", None).await?);
        let opened = Box::pin(trial.open_channel()).await;
        trial.close().await;
        opened.map_err(|_| detail)?;
        let mut state = self.lock();
        state.limit = None;
        state.open += 1;
        Ok(ChannelPermit(Arc::clone(self)))
    }

    /// The second value tells whether the limit is old enough to be tried.
    fn try_take(self: &Arc<Self>) -> Result<ChannelPermit, (Detail, bool)> {
        let mut state = self.lock();
        let open = state.open;
        if let Some(limit) = state.limit.as_mut().filter(|limit| open >= limit.channels) {
            let try_now = limit.since.elapsed() >= BELIEVED;
            if try_now {
                limit.since = Instant::now();
            }
            return Err((limit.detail.clone(), try_now));
        }
        state.open += 1;
        Ok(ChannelPermit(Arc::clone(self)))
    }

    /// The connection has `ended` when the channel of `permit` was opened. Several may have been on
    /// their way: what is noted first counts, since they are fewer with each that is noted.
    pub(crate) fn note(&self, permit: ChannelPermit, ended: &Ended) {
        let mut state = self.lock();
        let is_new = state.limit.as_ref().is_none_or(|limit| limit.since.elapsed() >= NOTED);
        if is_new && let Some(limit) = channel_limit(ended) {
            let channels = limit.min(state.open.saturating_sub(1)).max(1);
            let detail = ended.detail.clone();
            state.limit = Some(Limit { channels, detail, since: Instant::now() });
        }
        drop(state);
        drop(permit);
    }

    /// Held for a moment only, never across an await.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number in RabbitMQ's "number of channels opened for user 'u' has reached the maximum allowed
/// user limit of (8)", in 4.2 without brackets, or as the user's own limit of a connection.
pub(crate) fn channel_limit(ended: &Ended) -> Option<usize> {
    let Detail::LimitReached { words, .. } = &ended.detail else { return None };
    let (_, limit) = words.split_once("number of channels opened")?.1.rsplit_once("limit of ")?;
    limit.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit_reached(words: &str) -> Ended {
        let address = "localhost:5672".to_owned();
        Ended::because(Detail::LimitReached { address, words: words.to_owned() })
    }

    #[test]
    fn the_limit_is_the_number_in_the_brokers_words() {
        for (words, limit) in [
            (
                "NOT_ALLOWED - number of channels opened for user 'guest' has \
                 reached the maximum allowed user limit of (8)",
                Some(8),
            ),
            (
                "NOT_ALLOWED - number of channels opened for user 'guest' has reached the maximum \
                 allowed user limit of 12",
                Some(12),
            ),
            ("connection limit (4) is reached", None),
        ] {
            assert_eq!(channel_limit(&limit_reached(words)), limit, "{words}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_was_met_is_kept_until_it_is_tried() {
        let quota = Arc::<ChannelQuota>::default();
        let permits: Vec<_> = (0..3).map(|_| quota.try_take().unwrap()).collect();
        let [fourth, fifth] = [(), ()].map(|()| quota.try_take().unwrap());
        let ended = limit_reached(
            "number of channels opened for user 'guest' has reached the maximum allowed user limit \
             of (3)",
        );
        quota.note(fourth, &ended);
        quota.note(fifth, &ended);
        assert_eq!(quota.try_take().unwrap_err(), (ended.detail, false));
        drop(permits.into_iter().next());
        let third = quota.try_take();
        assert!(third.is_ok());
        let full: Vec<_> = std::iter::from_fn(|| quota.try_take().ok()).collect();
        tokio::time::advance(BELIEVED).await;
        assert!(quota.try_take().unwrap_err().1);
        assert!(!quota.try_take().unwrap_err().1, "one tries, not all");
        drop(full);
    }

    #[test]
    fn an_ordinary_loss_is_no_limit() {
        let quota = Arc::<ChannelQuota>::default();
        let permit = quota.try_take().unwrap();
        quota.note(permit, &Ended::because(Detail::NotConnected));
        assert!(quota.try_take().is_ok());
    }
}
