//! Where a session is in a stream queue, to go on there after a pause or an outage. Pure.
//!
//! RabbitMQ gives each message of a stream a header with its offset, but any publisher can give
//! one to a message of another queue, where the broker refuses to consume from an offset.

/// See the module; for the queue that was chosen last.
#[derive(Debug, Default)]
pub(super) struct Stream {
    queue: String,
    /// Of the last delivery.
    offset: Option<i64>,
    /// It is no stream: what its messages say of offsets means nothing.
    refused: bool,
}

impl Stream {
    /// This queue is consumed from now on.
    pub(super) fn choose(&mut self, queue: &str) {
        if self.queue != queue {
            *self = Self { queue: queue.to_owned(), ..Self::default() };
        }
    }

    /// A delivery had this offset.
    pub(super) fn delivered(&mut self, offset: i64) {
        self.offset = (!self.refused).then_some(offset);
    }

    /// The offset to consume from; none where the queue's own start is right.
    pub(super) fn next(&self) -> Option<i64> {
        self.offset.map(|offset| offset.saturating_add(1))
    }

    /// The broker has refused to consume, perhaps from [`Self::next`].
    pub(super) fn is_refused(&mut self) {
        self.refused |= self.offset.take().is_some();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_goes_on_after_a_pause_and_another_queue_starts_anew() {
        let mut stream = Stream::default();
        stream.choose("log");
        assert_eq!(stream.next(), None);
        stream.delivered(7);
        stream.choose("log");
        assert_eq!(stream.next(), Some(8));
        stream.choose("hello");
        assert_eq!(stream.next(), None);
    }

    #[test]
    fn offsets_of_a_queue_that_is_no_stream_mean_nothing() {
        let mut stream = Stream::default();
        stream.choose("hello");
        // Refused for another reason.
        stream.is_refused();
        stream.delivered(i64::MAX);
        assert_eq!(stream.next(), Some(i64::MAX));
        stream.is_refused();
        stream.delivered(7);
        assert_eq!(stream.next(), None);
    }
}
