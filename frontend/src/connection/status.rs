//! The words for how the page stands with relay and broker: pure functions from state to sentences,
//! so that what is claimed can be tested.

use warren_protocol::{BrokerState, close};

use crate::connection::session::{Connection, Session};

/// How much a status asks for attention; the name of its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Under way, or not known.
    Waiting,
    /// Needs a look.
    Bad,
}

impl Tone {
    /// The value of `data-tone`, which the style sheet knows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Bad => "bad",
        }
    }
}

/// A status in the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// Its colour.
    pub tone: Tone,
    /// Its words.
    pub text: String,
    /// What follows them and counts down each second.
    pub next_try: Option<String>,
}

impl Chip {
    fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), next_try: None }
    }
}

const CONNECTING: &str = "Connecting…";
const TRYING: &str = "trying now";

fn next_try(at_ms: f64, now_ms: f64) -> String {
    let seconds = ((at_ms - now_ms) / 1000.0).ceil();
    if seconds < 1.0 {
        return TRYING.to_owned();
    }
    format!("next try in {seconds} s")
}

/// The broker's chip.
#[must_use]
pub fn broker<D>(connection: &Connection<D>, now_ms: f64) -> Chip {
    let Connection::Ready(Session { broker, broker_changed_ms, unsure, .. }) = connection else {
        return Chip::new(Tone::Waiting, "Unknown");
    };
    if *unsure {
        // Whoever wakes a laptop must not read of an hour ago.
        return Chip::new(Tone::Waiting, CONNECTING);
    }
    match broker {
        None | Some(BrokerState::Connecting { detail: None }) => {
            Chip::new(Tone::Waiting, CONNECTING)
        }
        // What went wrong stays to be read: a host that is silent makes each try take seconds.
        Some(BrokerState::Connecting { detail: Some(detail) }) => Chip {
            next_try: Some(format!("; {TRYING}")),
            ..Chip::new(Tone::Bad, format!("Not connected: {detail}"))
        },
        Some(BrokerState::Up) => Chip::new(Tone::Good, "Connected"),
        Some(BrokerState::Blocked { detail }) => {
            let detail = detail.as_deref().unwrap_or("the broker takes no messages now");
            Chip::new(Tone::Bad, format!("Blocked: {detail}"))
        }
        Some(BrokerState::Down { detail, retry_in_ms }) => {
            let next = retry_in_ms.map(|ms| next_try(broker_changed_ms + ms as f64, now_ms));
            let (chip, mark) = match (detail, &next) {
                (Some(detail), _) => {
                    (Chip::new(Tone::Bad, format!("Not connected: {detail}")), "; ")
                }
                (None, Some(_)) => (Chip::new(Tone::Waiting, CONNECTING), " "),
                (None, None) => (Chip::new(Tone::Bad, "Not connected"), ""),
            };
            Chip { next_try: next.map(|next| format!("{mark}{next}")), ..chip }
        }
    }
}

/// The relay's chip, shown only while the page is cut off.
#[must_use]
pub fn relay<D>(connection: &Connection<D>, now_ms: f64) -> Option<Chip> {
    match connection {
        Connection::Offline { why, retry_at_ms } => Some(Chip {
            next_try: Some(format!(": {}", next_try(*retry_at_ms, now_ms))),
            ..Chip::new(Tone::Bad, why)
        }),
        Connection::Locked { .. } => Some(Chip::new(Tone::Bad, "Relay asks for a token")),
        Connection::Handshake | Connection::Ready(_) => None,
    }
}

/// Why the link closed, from its WebSocket close code.
#[must_use]
pub fn closed(code: u16, reason: &str) -> String {
    let words = match code {
        close::GOING_AWAY => "Relay ended this session",
        close::POLICY => "The relay refused access",
        close::TOO_BIG => "Relay refused a message as too large",
        close::TRY_AGAIN_LATER => "The relay is full",
        close::TOKEN_REFUSED => "Relay asks for another token",
        close::UNSUPPORTED_VERSION => "Relay speaks another version; reload this page",
        _ => "Relay unreachable",
    };
    match reason.trim() {
        "" => words.to_owned(),
        reason => format!("{words} ({reason})"),
    }
}

/// Why the relay asks for another token, where that is why the link closed: for no other reason may
/// the page forget the one that it has.
#[must_use]
pub fn token_refused(code: u16, reason: &str) -> Option<String> {
    let why = match reason.trim() {
        "" => "this relay asks for another token",
        why => why,
    };
    (code == close::TOKEN_REFUSED).then(|| why.to_owned())
}

/// What the relay does not let the page do.
#[must_use]
pub fn not_allowed(why: &str) -> String {
    format!("The relay does not let this page do that: {why}")
}
