//! What a client asks for, message by message.

use tokio::io::{AsyncRead, AsyncWrite};
use warren_broker::Receive;
use warren_protocol::{
    AckMode, ClientMessage, Detail, ErrorCode, FailReason, Failure, Outcome, Publish, ReceiveMode,
    ServerMessage, StopReason, StreamFrom, Tags, limits,
};

use super::{Drain, Session};

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) async fn message(&mut self, message: ClientMessage) {
        match message {
            ClientMessage::Hello { .. } => {
                self.bad_message("duplicate hello");
            }
            ClientMessage::Publish { messages } => self.publish(messages),
            ClientMessage::Receive { queue, mode, ack, prefetch, from } => {
                self.receive(queue, mode, ack, prefetch, from).await;
            }
            ClientMessage::Watch { queue } => self.watch(queue).await,
            ClientMessage::Pause => {
                self.watcher = None;
                match &self.consumer {
                    Some(consumer) => consumer.pause().await,
                    None => {
                        let reason = StopReason::Paused;
                        self.send(ServerMessage::Stopped { reason, detail: None });
                    }
                }
            }
            ClientMessage::Settle { outcome, tags } => self.settle(outcome, tags).await,
        }
    }

    fn publish(&mut self, messages: Vec<Publish>) {
        let max = self.shared.limits.client.max_batch;
        if messages.len() > max {
            let words =
                format!("{} messages in one publish, at most {max} are taken", messages.len());
            return self.bad_message(words);
        }
        let stopping = |message: Publish| Failure {
            id: message.id,
            reason: FailReason::BrokerDown,
            detail: Some(Detail::RelayStops),
            retry: true,
        };
        if let Some(memory) = self.socket.message_memory() {
            self.outgoing.take_over(memory);
        }
        let failed: Vec<Failure> = messages
            .into_iter()
            .filter_map(|message| match self.drain {
                Drain::No => self.outgoing.admit(message).err(),
                Drain::Settles(_) | Drain::Confirms => Some(stopping(message)),
            })
            .collect();
        self.outgoing.publish();
        for failure in &failed {
            self.shared.broker.metrics().failed(failure.reason);
        }
        if !failed.is_empty() {
            self.send(ServerMessage::Published { confirmed: Vec::new(), failed });
        }
    }

    async fn receive(
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

    async fn watch(&mut self, queue: Option<String>) {
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
    pub(super) async fn read_stream(&mut self) {
        let Some(watcher) = self.watcher.take().filter(|_| self.drain == Drain::No) else { return };
        let (queue, ack) = (watcher.queue().to_owned(), AckMode::Auto);
        let prefetch = limits::DEFAULT_PREFETCH.min(self.shared.limits.client.max_prefetch);
        let (mode, from) = (ReceiveMode::Look, Some(StreamFrom::Next));
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
}
