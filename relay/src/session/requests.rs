//! What a client asks for, message by message.

use tokio::io::{AsyncRead, AsyncWrite};
use warren_protocol::{
    ClientMessage, Detail, FailReason, Failure, Publish, ServerMessage, StopReason,
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
}
