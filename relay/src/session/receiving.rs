//! A session's receiving: asked for, settled, and what its consumer tells.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use warren_broker::{Consumer, ConsumerEvent, Receive};
use warren_protocol::{
    AckMode, Detail, ErrorCode, Outcome, ReceiveMode, ServerMessage, StreamFrom, Tags, limits,
};

use super::{Drain, Session};

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) async fn receive(
        &mut self,
        queue: Option<String>,
        mode: ReceiveMode,
        ack: AckMode,
        prefetch: Option<u16>,
        from: Option<StreamFrom>,
    ) {
        if self.drain != Drain::No {
            return;
        }
        let rights = self.client.grant.rights;
        match mode {
            ReceiveMode::Take if !rights.receive => {
                return self.refuse(ErrorCode::NotAllowed, Detail::MayNotReceive);
            }
            ReceiveMode::Look if !rights.look => {
                return self.refuse(ErrorCode::NotAllowed, Detail::MayNotLook);
            }
            ReceiveMode::Take | ReceiveMode::Look => {}
        }
        let queue = match self.client.grant.queue(queue.as_deref()) {
            Ok(queue) => queue,
            Err(detail) => return self.refuse(ErrorCode::UnknownQueue, detail),
        };
        if prefetch == Some(0) {
            return self.bad_message("prefetch must be at least 1");
        }
        let prefetch = prefetch
            .unwrap_or(limits::DEFAULT_PREFETCH)
            .min(self.shared.limits.client.max_prefetch);
        self.watcher = None;
        let look_time = self.shared.limits.look_time;
        let consumer = self.consumer.get_or_insert_with(|| self.shared.broker.consumer(look_time));
        consumer.receive(Receive { queue, mode, ack, prefetch, from }).await;
    }

    pub(super) async fn settle(&mut self, outcome: Outcome, tags: Tags) {
        let highest = match &tags {
            Tags::UpTo(tag) => *tag,
            Tags::List(list) => list.iter().copied().max().unwrap_or(0),
        };
        match &self.consumer {
            Some(consumer) if highest <= self.last_tag => consumer.settle(outcome, tags).await,
            _ => self.unknown_tag(highest),
        }
    }

    pub(super) fn unknown_tag(&mut self, tag: u64) {
        self.refuse(ErrorCode::UnknownTag, Detail::UnknownTag { tag });
    }

    pub(super) fn consumer_event(&mut self, event: ConsumerEvent) {
        match event {
            ConsumerEvent::Receiving(Receive { queue, mode, ack, prefetch, .. }, stream) => {
                self.send(ServerMessage::Receiving { queue, mode, ack, prefetch, stream });
            }
            ConsumerEvent::Stopped(reason, detail) => {
                self.send(ServerMessage::Stopped { reason, detail });
            }
            ConsumerEvent::Deliveries(messages, memory) => {
                if let Some(last) = messages.last() {
                    self.last_tag = last.tag;
                }
                self.socket.queue(ServerMessage::Deliveries { messages });
                self.unwritten.extend(memory.map(Arc::new));
            }
            ConsumerEvent::Stale(tags) => self.send(ServerMessage::Stale { tags }),
            ConsumerEvent::UnknownTag(tag) => self.unknown_tag(tag),
            ConsumerEvent::NotSupported(outcome) => {
                self.refuse(ErrorCode::NotSupported, Detail::StreamKeeps { outcome });
            }
            ConsumerEvent::NotInLook(outcome) => {
                self.refuse(ErrorCode::NotAllowed, Detail::LookTakesNothing { outcome });
            }
            ConsumerEvent::Drained => self.drain = Drain::Confirms,
        }
    }
}

/// The consumer's next event; none ever without one. Cancel-safe.
pub(super) async fn next_event(consumer: &mut Option<Consumer>) -> ConsumerEvent {
    match consumer {
        Some(consumer) => consumer.event().await,
        None => std::future::pending().await,
    }
}
