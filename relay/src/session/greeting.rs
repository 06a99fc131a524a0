//! How a session begins: who says `hello`, with which token, and who is sent away.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use warren_protocol::{ClientMessage, ErrorCode, PROTOCOL_VERSION, ServerMessage, close};

use super::Shared;
use crate::{
    config::SessionLimits,
    guard::{Grant, Shown, Tokens},
    places::{Full, Place},
    refusal::Reason,
    socket::{Input, Socket},
};

/// Whom a session serves.
pub(super) struct Client {
    /// The token that was shown.
    pub(super) shown: Option<Shown>,
    pub(super) grant: Grant,
    pub(super) tokens: watch::Receiver<Tokens>,
    /// Its place among the sessions.
    _place: Place,
}

/// Why there is no session.
enum Refusal {
    /// To be closed with this code and reason.
    Close(Reason, u16, &'static str),
    /// The token is wrong.
    Token,
    /// The relay stops.
    Stop,
    /// The connection is gone.
    Gone,
}

impl Refusal {
    fn full(full: Full) -> Self {
        let reason = match full {
            Full::InAll => "too many sessions",
            Full::ForThisAddress => "too many sessions from this address",
        };
        Self::Close(Reason::TooManySessions, close::TRY_AGAIN_LATER, reason)
    }
}

/// Takes note of a wrong token, and says how long its answer has to wait.
pub(crate) fn note_wrong_token(address: IpAddr, shared: &Shared) -> Duration {
    shared.refusals.add(Reason::WrongToken, address);
    let (times, wait) = shared.wrong_tokens.note(address, Instant::now());
    // The first, and then ever fewer, so that guesses do not fill the log.
    if times.is_power_of_two() {
        warn!(%address, times, ?wait, "a wrong token");
    }
    wait
}

/// Tells, before the close, that it is the token that does not let in.
pub(super) fn refuse_token<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut Socket<S>, words: &str) {
    let error = ServerMessage::Error { code: ErrorCode::NotAllowed, message: words.to_owned() };
    socket.queue_answer(error);
}

/// Waits for the `hello` of the client at `address` and gives it its place, or sends it away.
///
/// Where a token is needed a client has a place among the sessions only once it has shown one.
/// Until then it is one of the unauthenticated, and has to go where there are too many of these.
pub(super) async fn let_in<S: AsyncRead + AsyncWrite + Unpin>(
    io: S,
    address: IpAddr,
    shared: &Shared,
    stop: &CancellationToken,
) -> Option<(Socket<S>, Client)> {
    let SessionLimits { max_message_bytes, idle_timeout, .. } = shared.limits;
    let memory = shared.broker.budget().inbound().clone();
    let mut socket = Socket::new(io, max_message_bytes, idle_timeout, memory).await;
    if shared.tokens.borrow().count().is_none() {
        return match shared.admission.session(address) {
            Ok(place) => match hello(&mut socket, shared, stop).await {
                Ok(hello) => Some((socket, hello.with(place))),
                Err(refusal) => {
                    refuse(socket, refusal, address, shared).await;
                    None
                }
            },
            Err(full) => {
                refuse(socket, Refusal::full(full), address, shared).await;
                None
            }
        };
    }
    let newcomer = shared.admission.newcomer(address);
    let greeted = tokio::select! {
        // Whose hello is there need not go.
        biased;
        greeted = hello(&mut socket, shared, stop) => greeted,
        () = newcomer.displaced() => {
            shared.refusals.add(Reason::TooManyUnauthenticated, address);
            socket.close_at_once(close::TRY_AGAIN_LATER, "too many clients without a token");
            return None;
        }
    };
    let refusal = match greeted {
        Ok(hello) => match shared.admission.session(address) {
            Ok(place) => return Some((socket, hello.with(place))),
            Err(full) => Refusal::full(full),
        },
        Err(Refusal::Token) => {
            // It waits in a place of its own, so that newcomers have theirs.
            drop(newcomer);
            refuse_wrong_token(socket, address, shared, stop).await;
            return None;
        }
        Err(refusal) => refusal,
    };
    tokio::select! {
        () = refuse(socket, refusal, address, shared) => {}
        () = newcomer.displaced() => {}
    }
    None
}

/// Closes, and counts why.
async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(
    socket: Socket<S>,
    refusal: Refusal,
    address: IpAddr,
    shared: &Shared,
) {
    match refusal {
        Refusal::Close(why, code, reason) => {
            shared.refusals.add(why, address);
            socket.close(code, reason).await;
        }
        Refusal::Stop => socket.close(close::GOING_AWAY, "the relay stops").await,
        Refusal::Token | Refusal::Gone => {}
    }
}

/// Answers late; at once where too many wait for that already, since who comes with a right token
/// shall find room.
async fn refuse_wrong_token<S: AsyncRead + AsyncWrite + Unpin>(
    mut socket: Socket<S>,
    address: IpAddr,
    shared: &Shared,
    stop: &CancellationToken,
) {
    const WORDS: &str = "the token is wrong";
    let wait = note_wrong_token(address, shared);
    let Some(_place) = shared.admission.delayed(address) else {
        refuse_token(&mut socket, WORDS);
        return socket.close_at_once(close::TOKEN_REFUSED, WORDS);
    };
    tokio::select! {
        () = sleep(wait) => {}
        () = stop.cancelled() => {}
    }
    refuse_token(&mut socket, WORDS);
    socket.close(close::TOKEN_REFUSED, WORDS).await;
}

/// Who has said `hello`, and may come in.
struct Hello {
    shown: Option<Shown>,
    grant: Grant,
    tokens: watch::Receiver<Tokens>,
}

impl Hello {
    fn with(self, place: Place) -> Client {
        let Self { shown, grant, tokens } = self;
        Client { shown, grant, tokens, _place: place }
    }
}

/// Waits for `hello`, for as long as that may take, or tells why there is no session.
async fn hello<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut Socket<S>,
    shared: &Shared,
    stop: &CancellationToken,
) -> Result<Hello, Refusal> {
    let late = Refusal::Close(Reason::NoHello, close::POLICY, "no hello in time");
    tokio::select! {
        greeted = timeout(shared.limits.hello_timeout, greet(socket, shared)) => {
            greeted.unwrap_or(Err(late))
        }
        () = stop.cancelled() => Err(Refusal::Stop),
    }
}

async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut Socket<S>,
    shared: &Shared,
) -> Result<Hello, Refusal> {
    let message = loop {
        match socket.next(true).await {
            Input::Message { message, .. } => break message,
            Input::Flushed => {}
            Input::TooBig => {
                let reason = "the message is too large";
                return Err(Refusal::Close(Reason::NotHello, close::TOO_BIG, reason));
            }
            Input::Closed => return Err(Refusal::Gone),
        }
    };
    let Ok(ClientMessage::Hello { protocol, token, binary }) = message else {
        let reason = "the first message must be a hello";
        return Err(Refusal::Close(Reason::NotHello, close::POLICY, reason));
    };
    if protocol != PROTOCOL_VERSION {
        let reason = "this relay speaks protocol 1";
        return Err(Refusal::Close(Reason::Version, close::UNSUPPORTED_VERSION, reason));
    }
    if binary {
        socket.write_binary();
    }
    let mut tokens = shared.tokens.clone();
    let shown = token.as_deref().map(Shown::new);
    let grant = tokens.borrow_and_update().grant(shown.as_ref());
    match grant {
        Some(grant) => {
            socket.is_welcome();
            Ok(Hello { shown, grant, tokens })
        }
        // Nobody guesses by showing none: that is a page which does not know that it needs one.
        None if shown.is_none() => {
            let reason = "this relay asks for a token";
            refuse_token(socket, reason);
            Err(Refusal::Close(Reason::NoToken, close::TOKEN_REFUSED, reason))
        }
        None => Err(Refusal::Token),
    }
}
