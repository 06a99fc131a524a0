//! What one session has asked for and been told about receiving: what was subscribed to, whether
//! deliveries come, and whether none of them is missing. A new session begins with a new one.

use warren_protocol::{AckMode, ClientMessage, Delivery, Detail, ReceiveMode, StopReason};

/// How many deliveries the page asks to hold while it settles them by itself. With the relay's own
/// 500 it gets a quarter fewer messages of 100 bytes each second: they are on their way most of the
/// time. A person who settles gets those 500, since what one page holds no other one sees.
pub const AUTO_PREFETCH: u16 = 2_000;
/// How long messages have to wait in the queue, and none to arrive, in milliseconds, before the
/// window counts as full.
pub const WINDOW_FULL_MS: f64 = 2_000.0;

/// Whether deliveries come, as the relay says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DeliveryState {
    /// The relay has not said anything in this session.
    #[default]
    Idle,
    /// They come.
    Receiving,
    /// They do not, and why.
    Stopped(StopReason, Option<Detail>),
}

/// What the relay is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Request {
    /// Nothing: deliveries do not come, as in a new session.
    #[default]
    Pause,
    /// What is in this queue, the relay's first where none, settled by either.
    Receive(Option<String>, AckMode),
}

/// See the module.
#[derive(Debug, Default, PartialEq)]
pub struct Subscription {
    /// What this session has been told.
    requested: Request,
    delivery_state: DeliveryState,
    /// The queue and the window of the relay's last `receiving`.
    window: Option<(String, u16)>,
    /// Whether it is a stream, as far as the relay has said: a stream takes nothing back.
    stream: bool,
    /// When deliveries last arrived.
    arrived_ms: f64,
    /// The last delivery; tags count up by one from 1.
    last_tag: u64,
    out_of_step: bool,
}

impl Subscription {
    /// Whether deliveries come.
    #[must_use]
    pub fn delivery_state(&self) -> &DeliveryState {
        &self.delivery_state
    }

    /// Whether what arrives can only be acknowledged, as far as the relay has said.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        self.stream
    }

    /// The queue that the relay last said it delivers from.
    #[must_use]
    pub fn queue(&self) -> Option<&str> {
        self.window.as_ref().map(|(queue, _)| queue.as_str())
    }

    /// Whether the link must be given up: a delivery of this session is missing, so that an
    /// acknowledgement could cover what nobody has seen. The broker delivers again what is
    /// unsettled.
    #[must_use]
    pub fn is_out_of_step(&self) -> bool {
        self.out_of_step
    }

    /// What to tell the relay so that it does what is `wanted`, unless it was told.
    pub fn ask(&mut self, wanted: Request) -> Option<ClientMessage> {
        if wanted == self.requested {
            return None;
        }
        let message = match &wanted {
            Request::Pause => ClientMessage::Pause,
            Request::Receive(queue, ack) => {
                // From another queue nothing comes until the relay says so.
                self.delivery_state = DeliveryState::Idle;
                let prefetch = (*ack == AckMode::Auto).then_some(AUTO_PREFETCH);
                ClientMessage::Receive {
                    queue: queue.clone(),
                    mode: ReceiveMode::Take,
                    ack: *ack,
                    prefetch,
                    from: None,
                }
            }
        };
        self.requested = wanted;
        Some(message)
    }

    /// The relay delivers from this queue now. Says whether the channel of what came before is
    /// gone.
    #[must_use]
    pub fn receiving(&mut self, queue: String, prefetch: u16, stream: bool, at_ms: f64) -> bool {
        // Another queue has another channel, and the old one is gone.
        let other = self.queue().is_some_and(|before| before != queue);
        self.window = Some((queue, prefetch));
        self.arrived_ms = at_ms;
        self.stream = stream;
        self.delivery_state = DeliveryState::Receiving;
        other
    }

    /// Deliveries have ended. Says whether the channel is gone with them.
    #[must_use]
    pub fn stopped(&mut self, reason: StopReason, detail: Option<Detail>) -> bool {
        self.delivery_state = DeliveryState::Stopped(reason, detail);
        // A pause keeps its channel, any other end of deliveries loses it.
        reason != StopReason::Paused
    }

    /// Deliveries have arrived. Cuts off what does not follow on what came before, one by one, and
    /// says whether all did; from the first gap on nothing is taken.
    #[must_use]
    pub fn arrived(&mut self, deliveries: &mut Vec<Delivery>, at_ms: f64) -> bool {
        self.arrived_ms = at_ms;
        if self.out_of_step {
            deliveries.clear();
            return true;
        }
        let follows = |(tag, delivery): (u64, &Delivery)| delivery.tag == tag;
        let tags = self.last_tag + 1..;
        let count = tags.zip(deliveries.iter()).take_while(|pair| follows(*pair)).count();
        self.last_tag += count as u64;
        self.out_of_step = count < deliveries.len();
        deliveries.truncate(count);
        !self.out_of_step
    }

    /// Whether no more come since `open` messages wait to be settled by hand; `waiting` says that
    /// more wait in the queue.
    #[must_use]
    pub fn is_full(&self, open: usize, waiting: bool, now_ms: f64) -> bool {
        let Some((_, prefetch)) = &self.window else { return false };
        // A window of large messages is full sooner than the relay says in `receiving`.
        let stuck = waiting && self.is_silent(now_ms);
        let full = open >= usize::from(*prefetch);
        self.delivery_state == DeliveryState::Receiving && open > 0 && (full || stuck)
    }

    /// Whether deliveries should come, and none has for a while.
    #[must_use]
    pub fn is_idle(&self, now_ms: f64) -> bool {
        self.delivery_state == DeliveryState::Receiving && self.is_silent(now_ms)
    }

    fn is_silent(&self, now_ms: f64) -> bool {
        now_ms - self.arrived_ms >= WINDOW_FULL_MS
    }
}
