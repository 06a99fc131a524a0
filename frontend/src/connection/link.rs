//! The WebSocket to the relay, and the only file that names it: connects, backs off and connects
//! again for ever, and does not write more than the socket takes.
//!
//! The link is driven by its own [`Report`]s: the browser's callbacks only report, [`Link::on`]
//! decides. So nothing here is shared, and a late callback of an old socket is told by its number.

use js_sys::{ArrayBuffer, Uint8Array};
use warren_protocol::{ClientMessage, PROTOCOL_VERSION, ServerMessage, WireMessage as _, close};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};
use yew::Callback;

use crate::{
    connection::{
        backoff::Backoff,
        event::{Arrival, Closed, Event},
        silence::{Finding, Silence},
        status,
    },
    ui::{
        browser::{self, Timeout},
        folder::socket_address,
    },
};

/// Nothing is written while more than this many bytes wait in the browser's socket.
const MAX_BUFFERED_BYTES: u32 = 1024 * 1024;
/// A message with more bytes is written in a task of its own: to make it and to write it in one go
/// would hold up the page.
const LARGE_MESSAGE: usize = 1024 * 1024;
/// How soon to look again whether the socket has drained, in milliseconds: browsers let timers
/// that set themselves again come no sooner. With 20 ms no more than 50 MB/s go out.
const DRAIN_MS: f64 = 4.0;

/// What the browser reports; numbers name the socket.
pub(crate) enum Report {
    Opened(u64),
    Message(u64, Vec<u8>),
    NotBinary(u64),
    Closed(u64, u16, String),
    /// It is time to connect.
    Connect,
    /// There may be room to write.
    Drained,
    /// It is time to write the large message that waits.
    WriteLarge,
}

struct Socket {
    number: u64,
    socket: WebSocket,
    /// When it was opened; none while it connects.
    opened_ms: Option<f64>,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // It fails only for close codes, and none is given.
        let _ = self.socket.close();
    }
}

pub(crate) struct Link {
    report: Callback<Report>,
    token: Option<String>,
    socket: Option<Socket>,
    next_number: u64,
    backoff: Backoff,
    silence: Silence,
    connect: Option<Timeout>,
    drain: Option<Timeout>,
    /// A large message that is next; nothing is written before it.
    large: Option<(Vec<u8>, Option<Timeout>)>,
    /// The relay wants another token; no attempt is made without one.
    locked: bool,
}

impl Link {
    /// Starts to connect; `report` must bring each event to [`Link::on`].
    pub(crate) fn new(report: Callback<Report>, token: Option<String>) -> Self {
        let mut link = Self {
            report,
            token,
            socket: None,
            next_number: 0,
            backoff: Backoff::default(),
            silence: Silence::default(),
            connect: None,
            drain: None,
            large: None,
            locked: false,
        };
        link.connect_after(0.0);
        link
    }

    /// Acts on what the browser reported, and says what that means for the page.
    pub(crate) fn on(&mut self, report: Report, now_ms: f64) -> Option<Event> {
        match report {
            Report::Opened(number) if self.is(number) => {
                if let Some(socket) = &mut self.socket {
                    socket.opened_ms = Some(now_ms);
                }
                self.silence.heard(now_ms);
                self.send(ClientMessage::Hello {
                    protocol: PROTOCOL_VERSION,
                    token: self.token.clone(),
                    binary: true,
                });
                Some(Event::Opened)
            }
            Report::Message(number, bytes) if self.is(number) => {
                let content = ServerMessage::from_binary(bytes).map_err(|error| error.to_string());
                Some(self.arrive(content, now_ms))
            }
            Report::NotBinary(number) if self.is(number) => {
                Some(self.arrive(Err("not a binary message".to_owned()), now_ms))
            }
            Report::Closed(number, code, reason) if self.is(number) => {
                Some(self.lost(code, &reason, now_ms))
            }
            // Of a socket that is gone.
            Report::Opened(_) | Report::Message(..) | Report::NotBinary(_) | Report::Closed(..) => {
                None
            }
            Report::Connect => {
                self.connect = None;
                match self.open() {
                    Some(socket) => {
                        self.socket = Some(socket);
                        self.silence.heard(now_ms);
                        None
                    }
                    None => Some(self.lost(0, "", now_ms)),
                }
            }
            Report::Drained => {
                self.drain = None;
                None
            }
            Report::WriteLarge => match self.large.take() {
                Some((bytes, _)) if !self.write(&bytes) => Some(self.lost(0, "", now_ms)),
                _ => None,
            },
        }
    }

    /// Looks after the link; to be called about once per second.
    pub(crate) fn tick(&mut self, now_ms: f64) -> Option<Event> {
        let socket = self.socket.as_ref();
        let link = socket.map(|socket| socket.opened_ms.map(|opened_ms| now_ms - opened_ms));
        match self.silence.tick(link, now_ms)? {
            Finding::Slept => Some(Event::Slept),
            Finding::Dead => Some(self.lost(0, "", now_ms)),
        }
    }

    /// Connects with another token.
    pub(crate) fn set_token(&mut self, token: String) -> Event {
        self.token = Some(token);
        self.locked = false;
        self.drop_socket();
        self.reconnect_now();
        Event::Unlock
    }

    /// The network is back: does not wait any longer.
    pub(crate) fn reconnect_now(&mut self) -> Option<Event> {
        if self.socket.is_some() || self.locked {
            return None;
        }
        self.backoff.reset();
        self.connect_after(0.0);
        Some(Event::ReconnectNow)
    }

    /// Whether the socket takes more. Where it does not, [`Report::Drained`] comes later.
    pub(crate) fn has_room(&mut self) -> bool {
        let Some(socket) = &self.socket else {
            return false;
        };
        if socket.socket.ready_state() != WebSocket::OPEN || self.large.is_some() {
            return false;
        }
        if socket.socket.buffered_amount() <= MAX_BUFFERED_BYTES {
            return true;
        }
        if self.drain.is_none() {
            let report = self.report.clone();
            self.drain = Timeout::new(DRAIN_MS, move || report.emit(Report::Drained));
        }
        false
    }

    /// Writes a message, a large one a moment later, and says whether the socket took it. It is lost
    /// all the same when the link is; the answers tell.
    pub(crate) fn send(&mut self, message: ClientMessage) -> bool {
        let bytes = message.into_binary();
        if bytes.len() <= LARGE_MESSAGE {
            return self.write(&bytes);
        }
        let report = self.report.clone();
        let later = Timeout::new(0.0, move || report.emit(Report::WriteLarge));
        self.large = Some((bytes, later));
        true
    }

    fn write(&self, bytes: &[u8]) -> bool {
        let write = |socket: &Socket| socket.socket.send_with_u8_array(bytes).is_ok();
        self.socket.as_ref().is_some_and(write)
    }

    /// Gives the socket up, if there is one, and connects again later.
    pub(crate) fn give_up(&mut self, now_ms: f64) -> Option<Event> {
        self.socket.is_some().then(|| self.lost(0, "", now_ms))
    }

    fn is(&self, number: u64) -> bool {
        self.socket.as_ref().is_some_and(|socket| socket.number == number)
    }

    fn arrive(&mut self, content: Result<ServerMessage, String>, now_ms: f64) -> Event {
        self.silence.heard(now_ms);
        Event::Arrived(Arrival { at_ms: now_ms, content })
    }

    fn lost(&mut self, code: u16, reason: &str, now_ms: f64) -> Event {
        let opened_ms = self.socket.as_ref().and_then(|socket| socket.opened_ms);
        let open_ms = opened_ms.map_or(0.0, |opened_ms| now_ms - opened_ms);
        self.drop_socket();
        if let Some(why) = status::token_refused(code, reason) {
            self.locked = true;
            self.connect = None;
            return Event::Locked { why };
        }
        let wait_ms = {
            if matches!(code, close::POLICY | close::UNSUPPORTED_VERSION) {
                self.backoff.max_out();
            }
            self.backoff.next_ms(open_ms, js_sys::Math::random())
        };
        self.connect_after(wait_ms);
        let why = Closed { code, reason: reason.trim().to_owned() };
        Event::Lost { why, retry_at_ms: now_ms + wait_ms }
    }

    /// Drops the socket and what was for it.
    fn drop_socket(&mut self) {
        self.socket = None;
        self.drain = None;
        self.large = None;
    }

    fn connect_after(&mut self, ms: f64) {
        let report = self.report.clone();
        self.connect = Timeout::new(ms, move || report.emit(Report::Connect));
    }

    fn open(&mut self) -> Option<Socket> {
        let location = browser::window()?.location();
        let (protocol, host) = (location.protocol().ok()?, location.host().ok()?);
        let address = socket_address(&protocol, &host, &location.pathname().ok()?);
        let socket = WebSocket::new(&address).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        self.next_number += 1;
        let number = self.next_number;

        let report = self.report.clone();
        let on_open = Closure::<dyn FnMut()>::new(move || report.emit(Report::Opened(number)));
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));

        let report = self.report.clone();
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            report.emit(match event.data().dyn_ref::<ArrayBuffer>() {
                Some(buffer) => Report::Message(number, Uint8Array::new(buffer).to_vec()),
                None => Report::NotBinary(number),
            });
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));

        // `error` says nothing that `close`, which always follows it, does not say.
        let report = self.report.clone();
        let on_close = Closure::<dyn FnMut(_)>::new(move |event: CloseEvent| {
            report.emit(Report::Closed(number, event.code(), event.reason()));
        });
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));

        Some(Socket {
            number,
            socket,
            opened_ms: None,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        })
    }
}
