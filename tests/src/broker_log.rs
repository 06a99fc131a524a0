//! What a RabbitMQ node that all tests share writes to its log: lines of one test are told apart by
//! the name of its vhost.

use std::{fs, path::PathBuf, time::Duration};

use crate::node::{self, Rabbit};

/// Writes out what the node's log handler has not written yet.
const FLUSH: &str = "[M:filesync(I) || #{id := I, module := M} <- logger:get_handler_config(), \
                     erlang:function_exported(M, filesync, 1)].";

/// The log from some moment on.
#[derive(Debug)]
pub struct BrokerLog {
    rabbit: Rabbit,
    file: PathBuf,
    from: usize,
}

impl BrokerLog {
    /// The log from now on.
    pub async fn from_now(rabbit: Rabbit) -> Self {
        let mut log = Self { rabbit, file: node::log_file(rabbit).await, from: 0 };
        node::ctl_on(rabbit, &["eval", FLUSH]).await;
        log.from = log.text().len();
        log
    }

    /// The lines since then that have all these words.
    pub async fn lines(&self, words: &[&str]) -> Vec<String> {
        node::ctl_on(self.rabbit, &["eval", FLUSH]).await;
        self.written(words)
    }

    /// What lies between the lines since then that have all these words, where they are written
    /// already: the node writes some seconds late.
    ///
    /// # Panics
    /// When a line does not begin with its time.
    #[must_use]
    pub fn pauses(&self, words: &[&str]) -> Vec<Duration> {
        let times: Vec<Duration> =
            self.written(words).iter().map(|line| time_of_day(line).unwrap()).collect();
        // The day may change.
        times.windows(2).map(|pair| pair[1].checked_sub(pair[0]).unwrap_or_default()).collect()
    }

    fn written(&self, words: &[&str]) -> Vec<String> {
        let text = self.text();
        let since = text.get(self.from..).unwrap_or_default().lines();
        since
            .filter(|line| words.iter().all(|word| line.contains(word)))
            .map(str::to_owned)
            .collect()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.file).unwrap()).into_owned()
    }
}

/// When `2026-11-25 09:31:20.123456+00:00 [error] …` was written.
fn time_of_day(line: &str) -> Option<Duration> {
    let (clock, _) = line.split_once(' ')?.1.split_once('+')?;
    let mut parts = clock.split(':');
    let (hours, minutes) = (parts.next()?.parse::<f64>().ok()?, parts.next()?.parse::<f64>().ok()?);
    let seconds: f64 = parts.next()?.parse().ok()?;
    Some(Duration::from_secs_f64(hours * 3_600.0 + minutes * 60.0 + seconds))
}
