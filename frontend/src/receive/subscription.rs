//! What one session has asked for and been told about receiving: what was subscribed to, whether
//! deliveries come, and whether none of them is missing. A new session begins with a new one.

use warren_protocol::{
    AckMode, ClientMessage, Delivery, Detail, ReceiveMode, StopReason, StreamFrom,
};

use crate::receive::inbox::Purpose;

/// How many deliveries the page asks to hold while it settles them by itself, or moves all of them. With the relay's own
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
    /// Copies of what passes come.
    Watching,
    /// Nothing comes, and why.
    Stopped(StopReason, Option<Detail>),
}

/// What the relay is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Request {
    /// Nothing: deliveries do not come, as in a new session.
    #[default]
    Pause,
    /// Copies of what passes through this queue, the relay's first where none.
    Watch(Option<String>),
    /// To see what waits in this queue; in a stream from here.
    Look(Option<String>, Option<StreamFrom>),
    /// What is in a queue.
    Receive {
        /// The relay's first where none.
        queue: Option<String>,
        /// Who settles it.
        ack: AckMode,
        /// How many deliveries to hold unsettled; as many as the relay thinks fit where none.
        prefetch: Option<u16>,
        /// In a stream, from here.
        from: Option<StreamFrom>,
    },
}

impl Request {
    /// The same from here on, where there is something to begin with.
    #[must_use]
    pub fn from(self, from: Option<StreamFrom>) -> Self {
        match self {
            Self::Look(queue, _) => Self::Look(queue, from),
            Self::Receive { queue, ack, prefetch, .. } => {
                Self::Receive { queue, ack, prefetch, from }
            }
            other => other,
        }
    }

    fn has_from(&self) -> bool {
        matches!(self, Self::Look(_, Some(_)) | Self::Receive { from: Some(_), .. })
    }
}

/// See the module.
#[derive(Debug, Default, PartialEq)]
pub struct Subscription {
    /// What this session has been told.
    requested: Request,
    delivery_state: DeliveryState,
    /// How the last look ended by itself.
    look_over: Option<Detail>,
    /// The queue and the window of the relay's last `receiving`, and what it said of it.
    window: Option<(String, u16)>,
    mode: ReceiveMode,
    /// The queue that was asked for last, or that the relay delivers from: it knows how far that was read.
    read: Option<String>,
    /// Another place in a stream was asked for.
    moves: bool,
    /// Whether it is a stream, as far as the relay has said: a stream takes nothing back.
    stream: bool,
    /// Whether what arrives is not this session's to take.
    only_shown: bool,
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

    /// What deliveries are for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        match (self.only_shown, self.stream) {
            (false, _) => Purpose::Take,
            (true, false) => Purpose::Look,
            (true, true) => Purpose::Read,
        }
    }

    /// Whether a look is asked for or goes on, in which nothing may be settled.
    #[must_use]
    pub fn is_look(&self) -> bool {
        matches!(self.requested, Request::Look(..)) || self.purpose() == Purpose::Look
    }

    /// The queue that the relay last said it delivers from.
    #[must_use]
    pub fn queue(&self) -> Option<&str> {
        self.window.as_ref().map(|(queue, _)| queue.as_str())
    }

    /// The queue of which the relay knows how far this session has read it.
    #[must_use]
    pub fn read(&self) -> Option<&str> {
        self.read.as_deref()
    }

    /// Whether the link must be given up: a delivery of this session is missing, so that an
    /// acknowledgement could cover what nobody has seen. The broker delivers again what is
    /// unsettled.
    #[must_use]
    pub fn is_out_of_step(&self) -> bool {
        self.out_of_step
    }

    /// What this session has last been asked for, without the place in a stream: that is asked for
    /// once, and the relay goes on behind what it has delivered.
    #[must_use]
    pub fn requested(&self) -> &Request {
        &self.requested
    }

    /// What to tell the relay so that it does what is `wanted`, unless it was told. A place in a
    /// stream is told each time.
    pub fn ask(&mut self, wanted: Request) -> Option<ClientMessage> {
        let requested = wanted.clone().from(None);
        if requested == self.requested && !wanted.has_from() {
            return None;
        }
        if let Request::Look(queue, _) | Request::Receive { queue, .. } = &requested {
            self.read.clone_from(queue);
        }
        self.moves |= wanted.has_from();
        if requested != Request::Pause {
            // Nothing comes until the relay says so.
            self.delivery_state = DeliveryState::Idle;
            self.look_over = None;
        }
        let message = match wanted {
            Request::Pause => ClientMessage::Pause,
            Request::Watch(queue) => ClientMessage::Watch { queue },
            Request::Look(queue, from) => ClientMessage::Receive {
                queue,
                mode: ReceiveMode::Look,
                ack: AckMode::Auto,
                prefetch: None,
                from,
            },
            Request::Receive { queue, ack, prefetch, from } => {
                ClientMessage::Receive { queue, mode: ReceiveMode::Take, ack, prefetch, from }
            }
        };
        self.requested = requested;
        Some(message)
    }

    /// What was asked for is to be asked for once more.
    pub fn ask_again(&mut self) {
        self.requested = Request::Pause;
    }

    /// The relay watches a queue now.
    pub fn watching(&mut self) {
        self.delivery_state = DeliveryState::Watching;
        self.only_shown = false;
        self.stream = false;
    }

    /// The relay delivers from this queue now. Says whether the channel of what came before is
    /// gone.
    #[must_use]
    pub fn receiving(
        &mut self,
        queue: String,
        mode: ReceiveMode,
        prefetch: u16,
        stream: bool,
        at_ms: f64,
    ) -> bool {
        // With another queue, mode or place comes another channel, and the old one is gone.
        let other = self.queue().is_some_and(|before| before != queue || self.mode != mode);
        let moved = std::mem::take(&mut self.moves);
        self.read = Some(queue.clone());
        self.window = Some((queue, prefetch));
        self.mode = mode;
        self.arrived_ms = at_ms;
        self.stream = stream;
        // To watch a stream is to read it.
        let watches = stream && matches!(self.requested, Request::Watch(_));
        // Once a look is asked for, what still comes of before is not to be acknowledged either.
        let looks = matches!(self.requested, Request::Look(..));
        self.only_shown = mode == ReceiveMode::Look || watches || looks;
        self.delivery_state = DeliveryState::Receiving;
        other || moved
    }

    /// Deliveries have ended. Says whether the channel is gone with them.
    #[must_use]
    pub fn stopped(&mut self, reason: StopReason, detail: Option<Detail>) -> bool {
        // A watch has no channel, unless it is of a stream: what ends it leaves what was received before.
        let watches = matches!(self.requested, Request::Watch(_)) && !self.stream;
        match reason {
            // Of the receiving that the watch has ended.
            StopReason::Paused if watches => return false,
            // Of what that receiving holds still.
            StopReason::QueueDeleted | StopReason::QueueDown | StopReason::Refused if watches => {
                return true;
            }
            _ => {}
        }
        if reason == StopReason::Paused && matches!(self.requested, Request::Look(..)) {
            self.look_over = detail.clone();
        }
        self.delivery_state = DeliveryState::Stopped(reason, detail);
        // A pause keeps its channel, any other end of deliveries loses it.
        !watches && !matches!(reason, StopReason::Paused | StopReason::NotTraced)
    }

    /// How the last look ended, where its time was over.
    #[must_use]
    pub fn look_over(&self) -> Option<&Detail> {
        self.look_over.as_ref()
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

    /// Whether no more come since `open` messages are unsettled; `waiting` says that more wait in the
    /// queue.
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
