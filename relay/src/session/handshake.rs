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
use warren_protocol::{ClientMessage, ErrorCode, PROTOCOL_VERSION, ServerMessage};

use super::{End, Shared};
use crate::{
    access::{Grant, LimitError, Permit, TokenDigest, Tokens},
    config::SessionLimits,
    rejection::Reason,
    socket::{Input, Socket},
};

/// Whom a session serves.
pub(super) struct Client {
    /// Of the token that was shown.
    pub(super) digest: Option<TokenDigest>,
    pub(super) grant: Grant,
    pub(super) tokens: watch::Receiver<Tokens>,
    /// Counts it among the sessions.
    _permit: Permit,
}

/// Why there is no session.
#[derive(Clone, Copy)]
enum NoSession {
    /// The client is not let in.
    Refused(Reason),
    /// It, or the relay, is gone.
    Ended(End),
}

impl From<LimitError> for NoSession {
    fn from(full: LimitError) -> Self {
        Self::Refused(match full {
            LimitError::InAll => Reason::TooManySessions,
            LimitError::ForThisAddress => Reason::TooManySessionsFromAddress,
        })
    }
}

/// Takes note of a wrong token, and says how long its answer has to wait.
pub(crate) fn note_wrong_token(address: IpAddr, shared: &Shared) -> Duration {
    shared.rejections.add(Reason::WrongToken, address);
    let (times, wait) = shared.wrong_tokens.note(address, Instant::now());
    // The first, and then ever fewer, so that guesses do not fill the log.
    if times.is_power_of_two() {
        warn!(%address, times, ?wait, "a wrong token");
    }
    wait
}

/// Waits for the `hello` of the client at `address` and takes a permit for it, or sends it away.
///
/// Where a token is needed a client counts as a session only once it has shown one.
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
            Ok(permit) => match hello(&mut socket, shared, stop).await {
                Ok(hello) => Some((socket, hello.with(permit))),
                Err(why) => {
                    turn_away(socket, why, address, shared).await;
                    None
                }
            },
            Err(full) => {
                turn_away(socket, full.into(), address, shared).await;
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
            let reason = Reason::TooManyUnauthenticated;
            shared.rejections.add(reason, address);
            refuse_at_once(socket, reason);
            return None;
        }
    };
    let why = match greeted {
        Ok(hello) => match shared.admission.session(address) {
            Ok(permit) => return Some((socket, hello.with(permit))),
            Err(full) => full.into(),
        },
        Err(NoSession::Refused(Reason::WrongToken)) => {
            // It waits with a permit of another kind, so that newcomers have theirs.
            drop(newcomer);
            refuse_wrong_token(socket, address, shared, stop).await;
            return None;
        }
        Err(why) => why,
    };
    tokio::select! {
        () = turn_away(socket, why, address, shared) => {}
        () = newcomer.displaced() => {}
    }
    None
}

/// Closes, and counts why.
async fn turn_away<S: AsyncRead + AsyncWrite + Unpin>(
    mut socket: Socket<S>,
    why: NoSession,
    address: IpAddr,
    shared: &Shared,
) {
    let close = match why {
        NoSession::Refused(reason) => {
            shared.rejections.add(reason, address);
            explain(&mut socket, reason);
            reason.close()
        }
        NoSession::Ended(end) => end.close(),
    };
    if let Some((code, reason)) = close {
        socket.close(code, reason).await;
    }
}

/// Tells, before the close, that it is the token that does not let in.
fn explain<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut Socket<S>, reason: Reason) {
    if let Some(detail) = reason.detail() {
        let (code, message) = (ErrorCode::NotAllowed, detail.to_string());
        socket.queue_answer(ServerMessage::Error { code, message, detail: Some(detail) });
    }
}

/// Closes for whom there is no room to wait.
fn refuse_at_once<S: AsyncRead + AsyncWrite + Unpin>(mut socket: Socket<S>, reason: Reason) {
    explain(&mut socket, reason);
    if let Some((code, words)) = reason.close() {
        socket.close_at_once(code, words);
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
    let reason = Reason::WrongToken;
    let wait = note_wrong_token(address, shared);
    let Some(_permit) = shared.admission.delayed(address) else {
        return refuse_at_once(socket, reason);
    };
    tokio::select! {
        () = sleep(wait) => {}
        () = stop.cancelled() => {}
    }
    explain(&mut socket, reason);
    if let Some((code, words)) = reason.close() {
        socket.close(code, words).await;
    }
}

/// Who has said `hello`, and may come in.
struct Hello {
    digest: Option<TokenDigest>,
    grant: Grant,
    tokens: watch::Receiver<Tokens>,
}

impl Hello {
    fn with(self, permit: Permit) -> Client {
        let Self { digest, grant, tokens } = self;
        Client { digest, grant, tokens, _permit: permit }
    }
}

/// Waits for `hello`, for as long as that may take, or tells why there is no session.
async fn hello<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut Socket<S>,
    shared: &Shared,
    stop: &CancellationToken,
) -> Result<Hello, NoSession> {
    let late = NoSession::Refused(Reason::NoHello);
    tokio::select! {
        greeted = timeout(shared.limits.hello_timeout, greet(socket, shared)) => {
            greeted.unwrap_or(Err(late))
        }
        () = stop.cancelled() => Err(NoSession::Ended(End::RelayStops)),
    }
}

async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut Socket<S>,
    shared: &Shared,
) -> Result<Hello, NoSession> {
    let message = loop {
        match socket.next(true).await {
            Input::Message { message, .. } => break message,
            Input::Flushed | Input::Control => {}
            Input::TooBig => return Err(NoSession::Refused(Reason::TooBig)),
            Input::Closed => return Err(NoSession::Ended(End::Left)),
        }
    };
    let Ok(ClientMessage::Hello { protocol, token, binary }) = message else {
        return Err(NoSession::Refused(Reason::NotHello));
    };
    if protocol != PROTOCOL_VERSION {
        return Err(NoSession::Refused(Reason::Version));
    }
    if binary {
        socket.write_binary();
    }
    let mut tokens = shared.tokens.clone();
    let digest = token.as_deref().map(TokenDigest::new);
    let grant = tokens.borrow_and_update().grant(digest.as_ref());
    match grant {
        Some(grant) => {
            socket.is_welcome();
            Ok(Hello { digest, grant, tokens })
        }
        // Nobody guesses by showing none: that is a page which does not know that it needs one.
        None if digest.is_none() => Err(NoSession::Refused(Reason::NoToken)),
        None => Err(NoSession::Refused(Reason::WrongToken)),
    }
}
