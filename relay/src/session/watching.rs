//! A session's watch: asked for, told, and a stream's, which is read.

use tokio::io::{AsyncRead, AsyncWrite};
use warren_broker::{Receive, WatchEvent, Watcher};
use warren_protocol::{AckMode, Detail, ErrorCode, ReceiveMode, ServerMessage, StreamFrom, limits};

use super::{Drain, Session};

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) async fn watch(&mut self, queue: Option<String>) {
        if self.drain != Drain::No {
            return;
        }
        if !self.client.grant.rights.watch {
            return self.refuse(ErrorCode::NotAllowed, Detail::MayNotWatch);
        }
        let queue = match self.client.grant.queue(queue.as_deref()) {
            Ok(queue) => queue,
            Err(detail) => return self.refuse(ErrorCode::UnknownQueue, detail),
        };
        if let Some(consumer) = &self.consumer {
            consumer.pause().await;
        }
        let visible = self.client.grant.queues.clone();
        self.watcher = Some(self.shared.broker.watch(queue, visible));
    }

    /// The watched queue is a stream, which is read from now on: that shows everything and takes
    /// nothing.
    async fn read_stream(&mut self) {
        let Some(watcher) = self.watcher.take().filter(|_| self.drain == Drain::No) else { return };
        let (queue, ack) = (watcher.queue().to_owned(), AckMode::Auto);
        let prefetch = limits::DEFAULT_PREFETCH.min(self.shared.limits.client.max_prefetch);
        let (mode, from) = (ReceiveMode::Look, Some(StreamFrom::Next));
        let look_time = self.shared.limits.look_time;
        let consumer = self.consumer.get_or_insert_with(|| self.shared.broker.consumer(look_time));
        consumer.receive(Receive { queue, mode, ack, prefetch, from }).await;
    }

    pub(super) async fn watch_event(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Watching => {
                if let Some(watcher) = &self.watcher {
                    let queue = watcher.queue().to_owned();
                    self.send(ServerMessage::Watching { queue });
                }
            }
            WatchEvent::Stopped(reason, detail) => {
                self.send(ServerMessage::Stopped { reason, detail: Some(detail) });
            }
            WatchEvent::Observed { events, missed, memory } => {
                self.socket.queue(ServerMessage::Observed { events, missed });
                self.unwritten.extend(memory);
            }
            WatchEvent::Stream => self.read_stream().await,
        }
    }
}

/// The watcher's next event; none ever without one. Cancel-safe.
pub(super) async fn next_watch_event(watcher: &mut Option<Watcher>) -> WatchEvent {
    match watcher {
        Some(watcher) => watcher.event().await,
        None => std::future::pending().await,
    }
}
