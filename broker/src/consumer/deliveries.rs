//! The deliveries of a channel's consumers, in the order in which the broker sent them.
//!
//! Mostly there is one. While one replaces another there are two, and lapin has a queue for each;
//! delivery tags count up by one on a channel (AMQP 0-9-1, basic.deliver), which is the order. It has to
//! be kept: whoever settles a delivery may settle all up to it.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{
    Stream, StreamExt as _,
    stream::{iter, select_all},
};
use lapin::message::Delivery;

use super::operation::CountedConsumer;
use crate::connection::Channel;

/// Deliveries of one channel, merged into their order.
pub(super) struct Deliveries<S = lapin::Consumer, C = CountedConsumer> {
    consumers: Vec<One<S, C>>,
    /// The tag that came last. The next is one higher, be it of a consumer that is still to be added.
    last_tag: u64,
}

struct One<S, C> {
    number: u64,
    stream: S,
    /// Taken from `stream`, and not its turn yet.
    head: Option<Delivery>,
    counted: C,
}

/// What came.
#[expect(clippy::large_enum_variant, reason = "a box would be an allocation for each delivery")]
pub(super) enum Next {
    Delivery(Delivery),
    /// The consumer of this number has no more.
    Ended(u64),
    Failed(lapin::Error),
}

impl<S, C> Default for Deliveries<S, C> {
    fn default() -> Self {
        Self { consumers: Vec::new(), last_tag: 0 }
    }
}

impl<S: Stream<Item = lapin::Result<Delivery>> + Unpin, C> Deliveries<S, C> {
    pub(super) fn add(&mut self, number: u64, stream: S, counted: C) {
        self.consumers.push(One { number, stream, head: None, counted });
    }

    /// Hands a delivery back that was not its turn: the next [`Self::next`] gives it again.
    pub(super) fn put_back(&mut self, delivery: Delivery) {
        if let Some(one) = self.consumers.iter_mut().find(|one| one.head.is_none()) {
            self.last_tag = delivery.delivery_tag - 1;
            one.head = Some(delivery);
        }
    }

    /// Takes what still comes by a channel that is given up, to its end: what stays in lapin would
    /// keep its memory, and what the broker answers stands behind it.
    pub(super) async fn discard(self, channel: Arc<Channel>) {
        let (mut streams, mut counted) = (Vec::new(), Vec::new());
        for one in self.consumers {
            streams.push(iter(one.head.map(Ok)).chain(one.stream));
            counted.push(one.counted);
        }
        // In any order, and with gaps: lapin drops what is given back.
        let mut all = select_all(streams);
        while let Some(Ok(delivery)) = all.next().await {
            drop(channel.take_intake(delivery.data.len()));
        }
    }

    /// The next delivery, or the end of a consumer. Cancel-safe.
    pub(super) async fn next(&mut self) -> Next {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        let mut ended = None;
        for one in &mut self.consumers {
            if one.head.is_some() {
                continue;
            }
            match one.stream.poll_next_unpin(cx) {
                Poll::Ready(Some(Ok(delivery))) => one.head = Some(delivery),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Next::Failed(error)),
                // Another one that is at its end says so with the next call: each says it once.
                Poll::Ready(None) => {
                    ended = Some(one.number);
                    break;
                }
                Poll::Pending => {}
            }
        }
        if let Some(number) = ended {
            self.consumers.retain(|one| one.number != number);
            return Poll::Ready(Next::Ended(number));
        }
        let next_tag = self.last_tag + 1;
        let mut heads = self.consumers.iter_mut().map(|one| &mut one.head);
        let next = heads.find_map(|head| head.take_if(|head| head.delivery_tag == next_tag));
        let Some(delivery) = next else { return Poll::Pending };
        self.last_tag = next_tag;
        Poll::Ready(Next::Delivery(delivery))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{
        FutureExt as _,
        stream::{pending, poll_fn},
    };

    use super::*;

    /// What a consumer has got of its queue; more may come.
    fn consumer(tags: &[u64]) -> impl Stream<Item = lapin::Result<Delivery>> + Unpin + use<> {
        let delivery = |tag| Ok(Delivery::mock(tag, "".into(), "hello".into(), false, Vec::new()));
        iter(tags.iter().copied().map(delivery).collect::<Vec<_>>()).chain(pending())
    }

    fn next<S: Stream<Item = lapin::Result<Delivery>> + Unpin>(
        deliveries: &mut Deliveries<S, ()>,
    ) -> Option<u64> {
        match deliveries.next().now_or_never()? {
            Next::Delivery(delivery) => Some(delivery.delivery_tag),
            Next::Ended(_) | Next::Failed(_) => None,
        }
    }

    #[test]
    fn the_order_holds_for_a_consumer_that_is_not_yet_added() {
        let mut deliveries = Deliveries::default();
        deliveries.add(1, consumer(&[1, 3, 4]), ());
        assert_eq!(next(&mut deliveries), Some(1));
        assert_eq!(next(&mut deliveries), None, "2 is not there, and 3 would settle it");
        deliveries.add(2, consumer(&[2, 5]), ());
        let rest: Vec<u64> = std::iter::from_fn(|| next(&mut deliveries)).collect();
        assert_eq!(rest, [2, 3, 4, 5]);
    }

    #[test]
    fn two_that_end_at_once_are_both_told() {
        let mut deliveries = Deliveries::default();
        for number in [1, 2] {
            let mut ended = false;
            // A stream that is polled after its end never ends again.
            let once = poll_fn(move |_| match std::mem::replace(&mut ended, true) {
                false => Poll::Ready(None),
                true => Poll::Pending,
            });
            deliveries.add(number, once, ());
        }
        let ended = [(); 2].map(|()| match deliveries.next().now_or_never() {
            Some(Next::Ended(number)) => Some(number),
            _ => None,
        });
        assert_eq!(ended, [Some(1), Some(2)]);
    }

    #[test]
    fn what_is_put_back_comes_again() {
        let mut deliveries = Deliveries::default();
        deliveries.add(1, consumer(&[1, 2]), ());
        let Some(Next::Delivery(delivery)) = deliveries.next().now_or_never() else { panic!() };
        deliveries.put_back(delivery);
        assert_eq!([(); 3].map(|()| next(&mut deliveries)), [Some(1), Some(2), None]);
    }
}
