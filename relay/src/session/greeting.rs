//! How a session begins: who says `hello`, with which token, and who is sent away.

use std::{net::IpAddr, time::Instant};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::sleep,
};
use tracing::warn;
use warren_protocol::{ClientMessage, ErrorCode, PROTOCOL_VERSION, ServerMessage, close};

use super::Shared;
use crate::{
    guard::{Grant, Shown, Tokens},
    refusal::Reason,
    socket::{Input, Socket},
};

/// Whom a session serves.
pub(super) struct Client {
    /// The token that was shown.
    pub(super) shown: Option<Shown>,
    pub(super) grant: Grant,
    pub(super) tokens: watch::Receiver<Tokens>,
}

/// Why there is no session.
pub(super) enum Refusal {
    /// To be closed with this code and reason.
    Close(Reason, u16, &'static str),
    Token,
    /// The connection is gone.
    Gone,
}

/// Waits before the answer to a wrong token.
pub(crate) async fn punish(address: IpAddr, shared: &Shared) {
    shared.refusals.add(Reason::WrongToken, address);
    let (times, wait) = shared.wrong_tokens.note(address, Instant::now());
    // The first, and then ever fewer, so that guesses do not fill the log.
    if times.is_power_of_two() {
        warn!(%address, times, ?wait, "a wrong token");
    }
    sleep(wait).await;
}

/// Tells, before the close, that it is the token that does not let in.
pub(super) fn refuse_token<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut Socket<S>, words: &str) {
    let error = ServerMessage::Error { code: ErrorCode::NotAllowed, message: words.to_owned() };
    socket.queue_answer(error.to_json());
}

/// Waits for `hello`, or tells why there is no session.
pub(super) async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut Socket<S>,
    shared: &Shared,
) -> Result<Client, Refusal> {
    let frame = loop {
        match socket.next(true).await {
            Input::Frame(frame) => break frame,
            Input::Flushed => {}
            Input::TooBig => {
                let reason = "the frame is too large";
                return Err(Refusal::Close(Reason::NotHello, close::TOO_BIG, reason));
            }
            Input::Closed => return Err(Refusal::Gone),
        }
    };
    let Ok(ClientMessage::Hello { protocol, token, binary }) = ClientMessage::from_json(&frame)
    else {
        let reason = "the first frame must be a hello";
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
            Ok(Client { shown, grant, tokens })
        }
        // Nobody guesses by showing none: that is a page which does not know that it needs one.
        None if shown.is_none() => {
            refuse_token(socket, "this relay asks for a token");
            Err(Refusal::Close(Reason::NoToken, close::POLICY, "a token is needed"))
        }
        None => Err(Refusal::Token),
    }
}
