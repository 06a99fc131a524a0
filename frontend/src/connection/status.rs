//! The words for how the page stands with relay and broker: pure functions from state to sentences,
//! so that what is claimed can be tested.

use warren_protocol::{BrokerState, Detail, close};

use crate::{
    connection::{event::Closed, problem::Problem, session::Connection},
    ui::language::{Language, detail::detail as detail_words, sentence},
};

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

/// How the page stands with the broker, short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pill {
    /// Messages flow.
    Connected,
    /// It is being tried for the first time, or not known.
    Connecting,
    /// There is no broker, or no relay.
    NotConnected,
    /// The broker takes no messages.
    Blocked,
    /// The relay asks for a token.
    Locked,
}

impl Pill {
    /// Its colour.
    #[must_use]
    pub fn tone(self) -> Tone {
        match self {
            Self::Connected => Tone::Good,
            Self::Connecting => Tone::Waiting,
            Self::NotConnected | Self::Blocked | Self::Locked => Tone::Bad,
        }
    }

    /// Its words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            Self::Connected => language.connected(),
            Self::Connecting => language.connecting(),
            Self::NotConnected => language.not_connected(),
            Self::Blocked => language.blocked(),
            Self::Locked => language.token_needed(),
        }
    }
}

/// How the page stands with the broker.
#[must_use]
pub fn pill<D>(connection: &Connection<D>) -> Pill {
    let session = match connection {
        Connection::Offline { .. } => return Pill::NotConnected,
        Connection::Handshake => return Pill::Connecting,
        Connection::Locked { .. } => return Pill::Locked,
        Connection::Ready(session) => session,
    };
    match &session.broker {
        // Whoever wakes a laptop must not read of an hour ago.
        _ if session.unsure => Pill::Connecting,
        None
        | Some(BrokerState::Connecting { detail: None })
        | Some(BrokerState::Down { detail: None, retry_in_ms: Some(_) }) => Pill::Connecting,
        Some(BrokerState::Connecting { .. } | BrokerState::Down { .. }) => Pill::NotConnected,
        Some(BrokerState::Up { .. }) => Pill::Connected,
        Some(BrokerState::Blocked { .. }) => Pill::Blocked,
    }
}

/// What is wrong, where something is.
#[must_use]
pub fn problem<D>(connection: &Connection<D>, now_ms: f64, language: Language) -> Option<Problem> {
    let session = match connection {
        Connection::Offline { why, retry_at_ms } => {
            return Some(Problem {
                what: closed(why, language),
                hint: language.relay_gone_hint().to_owned(),
                retry_s: Some(seconds(*retry_at_ms, now_ms)),
                can_try: true,
            });
        }
        Connection::Ready(session) if !session.unsure => session,
        _ => return None,
    };
    let said = |detail: &Option<Detail>| {
        detail
            .as_ref()
            .map_or(String::new(), |cause| sentence(&detail_words(cause, language), language))
    };
    let (what, hint, retry_s) = match session.broker.as_ref()? {
        BrokerState::Up { .. } | BrokerState::Connecting { detail: None } => return None,
        // What went wrong stays to be read: a host that is silent makes each try take seconds.
        BrokerState::Connecting { detail } => (language.broker_gone(), said(detail), Some(0.0)),
        BrokerState::Blocked { detail } => {
            let hint = match detail {
                Some(_) => format!("{} {}", said(detail), language.broker_blocks_hint()),
                None => language.broker_blocks_hint().to_owned(),
            };
            (language.broker_blocks(), hint, None)
        }
        BrokerState::Down { detail: None, retry_in_ms: Some(_) } => return None,
        BrokerState::Down { detail, retry_in_ms } => {
            let at_ms = retry_in_ms.map(|ms| session.broker_changed_ms + ms as f64);
            (language.broker_gone(), said(detail), at_ms.map(|at_ms| seconds(at_ms, now_ms)))
        }
    };
    Some(Problem { what: what.to_owned(), hint, retry_s, can_try: false })
}

fn seconds(at_ms: f64, now_ms: f64) -> f64 {
    ((at_ms - now_ms) / 1_000.0).ceil().max(0.0)
}

/// Why the link was closed.
#[must_use]
pub fn closed(Closed { code, reason }: &Closed, language: Language) -> String {
    let words = match *code {
        close::GOING_AWAY => language.relay_ended(),
        close::POLICY => language.relay_refused(),
        close::TOO_BIG => language.relay_too_big(),
        close::TRY_AGAIN_LATER => language.relay_full(),
        close::TOKEN_REFUSED => language.relay_other_token(),
        close::UNSUPPORTED_VERSION => language.relay_other_version(),
        _ => language.relay_gone(),
    };
    match reason.as_str() {
        "" => sentence(words, language),
        reason => sentence(&language.with_reason(words, reason), language),
    }
}

/// Why the relay asks for another token, where that is why the link closed: for no other reason may
/// the page forget the one that it has. Empty where the relay has not said it.
#[must_use]
pub fn token_refused(code: u16, reason: &str) -> Option<String> {
    (code == close::TOKEN_REFUSED).then(|| reason.trim().to_owned())
}
