//! The deliveries of a channel's consumers, in the order in which the broker sent them.
//!
//! Mostly there is one. While one replaces another there are two, and lapin has a queue for each;
//! delivery tags count up by one on a channel (AMQP 0-9-1, basic.deliver), which is the order.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::StreamExt as _;
use lapin::message::Delivery;

use super::operation::CountedConsumer;
use crate::connection::Channel;

/// Deliveries of one channel, merged into their order.
#[derive(Default)]
pub(super) struct Deliveries {
    consumers: Vec<One>,
    /// The tag that comes next.
    next_tag: u64,
}

struct One {
    number: u64,
    stream: lapin::Consumer,
    /// Taken from `stream`, and not its turn yet.
    head: Option<Delivery>,
    _counted: CountedConsumer,
}

/// What came.
#[expect(clippy::large_enum_variant, reason = "a box would be an allocation for each delivery")]
pub(super) enum Next {
    Delivery(Delivery),
    /// The consumer of this number has no more.
    Ended(u64),
    Failed(lapin::Error),
}

impl Deliveries {
    pub(super) fn add(&mut self, number: u64, stream: lapin::Consumer, counted: CountedConsumer) {
        if self.consumers.is_empty() {
            self.next_tag = 0;
        }
        self.consumers.push(One { number, stream, head: None, _counted: counted });
    }

    /// Hands a delivery back that was not its turn: the next [`Self::next`] gives it again.
    pub(super) fn put_back(&mut self, delivery: Delivery) {
        if let Some(one) = self.consumers.iter_mut().find(|one| one.head.is_none()) {
            self.next_tag = delivery.delivery_tag;
            one.head = Some(delivery);
        }
    }

    /// Takes what still comes by a channel that is given up, to its end: what stays in lapin would
    /// keep its memory, and what the broker answers stands behind it.
    pub(super) async fn discard(mut self, channel: Arc<Channel>) {
        while !self.consumers.is_empty() {
            match self.next().await {
                Next::Delivery(delivery) => drop(channel.take_intake(delivery.data.len())),
                Next::Ended(_) => {}
                Next::Failed(_) => return,
            }
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
                Poll::Ready(None) => ended = Some(one.number),
                Poll::Pending => {}
            }
        }
        if let Some(number) = ended {
            self.consumers.retain(|one| one.number != number);
            return Poll::Ready(Next::Ended(number));
        }
        let all_have = self.consumers.iter().all(|one| one.head.is_some());
        let first = self.consumers.iter_mut().filter(|one| one.head.is_some());
        let first = first.min_by_key(|one| one.head.as_ref().map(|head| head.delivery_tag));
        match first {
            Some(one)
                if all_have
                    || one.head.as_ref().is_some_and(|head| head.delivery_tag == self.next_tag) =>
            {
                match one.head.take() {
                    Some(delivery) => {
                        self.next_tag = delivery.delivery_tag + 1;
                        Poll::Ready(Next::Delivery(delivery))
                    }
                    None => Poll::Pending,
                }
            }
            _ => Poll::Pending,
        }
    }
}
