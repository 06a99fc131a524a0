//! What a RabbitMQ node that all tests share writes to its log: lines of one test are told apart by
//! the name of its vhost.

use std::{fs, path::PathBuf};

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
        log.from = log.text().await.len();
        log
    }

    /// The lines since then that have all these words.
    pub async fn lines(&self, words: &[&str]) -> Vec<String> {
        let text = self.text().await;
        let since = text.get(self.from..).unwrap_or_default().lines();
        since
            .filter(|line| words.iter().all(|word| line.contains(word)))
            .map(str::to_owned)
            .collect()
    }

    async fn text(&self) -> String {
        node::ctl_on(self.rabbit, &["eval", FLUSH]).await;
        String::from_utf8_lossy(&fs::read(&self.file).unwrap()).into_owned()
    }
}
