//! The consumers of a subscription: started, replaced by one with another prefetch, ended, refused.

use warren_protocol::{Detail, ReceiveMode, StopReason, StreamFrom};

use super::{Command, ConsumeError, Notice, Phase, Subscription};

impl Subscription {
    /// Starts a consumer with the prefetch that fits.
    pub(super) fn consume(&mut self, commands: &mut Vec<Command>) {
        let Phase::Open(open) = &mut self.phase else { return };
        if open.starting.is_some() {
            return;
        }
        self.next_consumer += 1;
        open.starting = Some(self.next_consumer);
        let prefetch = match open.stream {
            Some(true) => self.prefetch.of_stream(),
            // The consumer that it replaces has the others.
            Some(false) | None => {
                let held = u16::try_from(self.tags.unsettled()).unwrap_or(u16::MAX);
                self.prefetch.fitting().saturating_sub(held).max(1)
            }
        };
        // RabbitMQ refuses a priority in a stream, where nobody is kept waiting.
        let low_priority = open.mode == ReceiveMode::Look && open.stream != Some(true);
        // A queue that was a stream may be another one by now: with a place in it, which RabbitMQ refuses
        // elsewhere, no consumer takes for a stream's what can be lost.
        let at_end = (open.stream == Some(true)).then_some(StreamFrom::Next);
        let (consumer, from) = (self.next_consumer, self.place().or(at_end));
        commands.push(Command::Consume { consumer, prefetch, low_priority, from });
    }

    /// Where in a stream the next consumer begins.
    pub(super) fn place(&self) -> Option<StreamFrom> {
        let wanted = self.wanted.as_ref().and_then(|wanted| wanted.from);
        self.next_offset.map(StreamFrom::Offset).or(wanted)
    }

    pub(super) fn consuming(&mut self, consumer: u64, prefetch: u16, commands: &mut Vec<Command>) {
        let Phase::Open(open) = &mut self.phase else { return };
        if open.starting != Some(consumer) {
            return;
        }
        open.starting = None;
        let Some(wanted) = &self.wanted else {
            open.cancelled.push(consumer);
            return commands.push(Command::Cancel { consumer });
        };
        if open.running.is_none() {
            open.running = Some((consumer, prefetch));
            self.stopped = None;
            let stream = open.stream == Some(true);
            open.must_shrink = prefetch > wanted.prefetch;
            if open.mode == ReceiveMode::Look {
                commands.push(Command::TimeLook);
            }
            return commands.push(Command::Emit(Notice::Receiving(wanted.clone(), stream)));
        }
        // Somebody else may have come meanwhile.
        open.successor = Some((consumer, prefetch));
        open.counting = true;
        commands.push(Command::Count);
    }

    /// Looks whether the prefetch is right.
    pub(super) fn adapt(&mut self, commands: &mut Vec<Command>) {
        let Phase::Open(open) = &mut self.phase else { return };
        let Some((_, current)) = open.running else { return };
        let busy = open.counting || open.starting.is_some() || open.successor.is_some();
        // A stream gives a further delivery for each that is acknowledged, whatever the prefetch.
        if busy || open.stream == Some(true) {
            return;
        }
        if open.must_shrink || self.prefetch.is_wrong(current) {
            open.counting = true;
            commands.push(Command::Count);
        }
    }

    pub(super) fn counted(&mut self, only_ours: bool, commands: &mut Vec<Command>) {
        let Phase::Open(open) = &mut self.phase else { return };
        if !std::mem::take(&mut open.counting) {
            return;
        }
        let must_shrink = open.must_shrink;
        let (Some((old, current)), successor) = (open.running, open.successor.take()) else {
            return;
        };
        if let Some((consumer, prefetch)) = successor {
            // One of the two goes; which, costs nobody anything.
            let leaves = if only_ours || must_shrink {
                open.running = Some((consumer, prefetch));
                open.must_shrink = false;
                self.prefetch.changed(prefetch);
                old
            } else {
                self.prefetch.denied();
                consumer
            };
            open.cancelled.push(leaves);
            return commands.push(Command::Cancel { consumer: leaves });
        }
        if must_shrink || (only_ours && self.prefetch.is_wrong(current)) {
            self.consume(commands);
        } else {
            self.prefetch.denied();
        }
    }

    pub(super) fn stream_checked(&mut self, stream: bool, commands: &mut Vec<Command>) {
        let Phase::Open(open) = &mut self.phase else { return };
        open.stream = Some(stream);
        if stream {
            // Nothing was passed on yet; a stream's consumer has another prefetch.
            self.next_offset = open.first_offset;
            self.close(commands);
            self.open(commands);
        }
    }

    /// A consumer is at its end, by our own cancel or because its queue is gone.
    pub(super) fn ended(&mut self, consumer: u64, commands: &mut Vec<Command>) {
        let Phase::Open(open) = &mut self.phase else { return };
        if let Some(at) = open.cancelled.iter().position(|cancelled| *cancelled == consumer) {
            open.cancelled.swap_remove(at);
            return;
        }
        let is = |known: Option<(u64, u16)>| known.is_some_and(|(known, _)| known == consumer);
        if is(open.running) {
            open.running = None;
        } else if is(open.successor) {
            open.successor = None;
        } else {
            return;
        }
        let detail = Detail::QueueDeleted { queue: open.queue.clone() };
        self.close(commands);
        let reason = StopReason::QueueDeleted;
        self.retry(ConsumeError { reason, detail, forgets_place: false }, commands);
    }

    /// Pauses a look that still holds what it has shown; in a stream it holds nothing.
    pub(super) fn look_over(&mut self, seconds: u64, commands: &mut Vec<Command>) {
        match &self.phase {
            Phase::Open(open) if open.mode == ReceiveMode::Look && open.stream != Some(true) => {}
            _ => return,
        }
        self.wanted = None;
        self.close(commands);
        let detail = Some(Detail::LookOver { seconds });
        commands.push(Command::Emit(Notice::Stopped(StopReason::Paused, detail)));
    }

    /// The channel is gone, or there is none.
    pub(super) fn failed(&mut self, error: ConsumeError, commands: &mut Vec<Command>) {
        if matches!(self.phase, Phase::Idle | Phase::Waiting) {
            return;
        }
        if error.forgets_place {
            self.next_offset = None;
        }
        let lost = self.tags.unsettled();
        self.tags.lose_channel();
        self.channel += 1;
        let phase = std::mem::take(&mut self.phase);
        // It is not what has been asked for since.
        if let (Phase::Opening { queue }, Some(wanted)) = (&phase, &self.wanted)
            && *queue != wanted.queue
        {
            return self.open(commands);
        }
        if self.wanted.is_none() && lost > 0 {
            // Also who has paused has to know that what is unsettled will come again.
            let ConsumeError { reason, detail, .. } = error;
            return commands.push(Command::Emit(Notice::Stopped(reason, Some(detail))));
        }
        self.retry(error, commands);
    }

    /// Tells why nothing comes, and tries again later.
    pub(super) fn retry(&mut self, error: ConsumeError, commands: &mut Vec<Command>) {
        if self.wanted.is_none() {
            return;
        }
        self.phase = Phase::Waiting;
        if self.stopped.as_ref() != Some(&error) {
            let ConsumeError { reason, detail, .. } = error.clone();
            commands.push(Command::Emit(Notice::Stopped(reason, Some(detail))));
            self.stopped = Some(error);
        }
        commands.push(Command::RetryLater);
    }
}
