//! A client of the relay's protocol that does as little as it can: what is measured is the relay.
//! As the page, it uses binary messages.

use std::time::Instant;

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use serde::{Deserialize, de::IgnoredAny};
use tokio::{net::TcpStream, sync::watch};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Bytes, Message, protocol::WebSocketConfig},
};

use crate::{baseline::milliseconds, load::Load};

/// Bytes of one `publish`, roughly: the page's.
const PUBLISH_BYTES: usize = 256 * 1024;

#[derive(Deserialize)]
struct ServerMessage<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    data: Data<'a>,
}

/// What such a client looks at.
#[derive(Deserialize)]
struct Data<'a> {
    #[serde(default)]
    state: Option<&'a str>,
    #[serde(default)]
    confirmed: Vec<u64>,
    #[serde(default)]
    failed: Vec<IgnoredAny>,
    #[serde(default)]
    messages: Vec<Tagged>,
    #[serde(default)]
    events: Vec<IgnoredAny>,
    #[serde(default)]
    missed: usize,
}

#[derive(Deserialize)]
struct Tagged {
    tag: u64,
}

/// One session with a relay.
pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_id: u64,
    /// Confirmed and received since the session began.
    confirmed: usize,
    received: usize,
}

impl Client {
    /// Opens a session and waits until the broker is there.
    pub(crate) async fn open(address: &str) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(None)
            .max_frame_size(None)
            .read_buffer_size(16 * 1024);
        let url = format!("ws://{address}/ws");
        let (socket, _) = connect_async_with_config(url, Some(config), true).await.unwrap();
        let mut client = Self { socket, next_id: 0, confirmed: 0, received: 0 };
        client.write(r#"{"type":"hello","data":{"protocol":1,"binary":true}}"#).await;
        client.until(|message| message.data.state == Some("up")).await;
        client
    }

    /// Starts to receive, and waits until that holds.
    pub(crate) async fn receive(&mut self) {
        self.write(r#"{"type":"receive","data":{"ack":"auto"}}"#).await;
        self.until(|message| message.kind == "receiving").await;
    }

    /// Starts to watch, and waits until that holds.
    pub(crate) async fn watch(&mut self, queue: &str) {
        self.write(&format!(r#"{{"type":"watch","data":{{"queue":"{queue}"}}}}"#)).await;
        self.until(|message| message.kind == "watching").await;
    }

    /// Watches until `count` further events have come or were missed; how many were missed.
    pub(crate) async fn until_observed(&mut self, count: usize) -> usize {
        let (mut seen, mut missed) = (0, 0);
        while seen + missed < count {
            let read = self.socket.next().await;
            let Some(bytes) = binary(read) else { continue };
            let data = parse(&bytes).data;
            seen += data.events.len();
            missed += data.missed;
        }
        missed
    }

    /// Messages per second from the first publish to the last settle.
    pub(crate) async fn throughput(&mut self, load: Load) -> f64 {
        let body = load.body();
        let start = Instant::now();
        let (confirmed, received) = (self.confirmed + load.count, self.received + load.count);
        let mut left = load.count;
        while self.confirmed < confirmed || self.received < received {
            let in_flight = confirmed - self.confirmed - left;
            let some = (PUBLISH_BYTES / load.bytes.max(1)).clamp(1, 1_000).min(left);
            if some > 0 && in_flight + some <= load.window() {
                self.publish(&body, some).await;
                left -= some;
                // Answers that are there already go first.
                if let Some(read) = self.socket.next().now_or_never() {
                    self.take(binary(read)).await;
                }
                continue;
            }
            self.socket.flush().await.unwrap();
            self.read().await;
        }
        load.count as f64 / start.elapsed().as_secs_f64()
    }

    /// Receives and settles until `count` messages have come since the session began.
    pub(crate) async fn until_received(&mut self, count: usize) {
        while self.received < count {
            self.read().await;
        }
    }

    /// Publishes `count` messages that are confirmed by and by.
    pub(crate) async fn publish_all(&mut self, load: Load) {
        let body = load.body();
        let confirmed = self.confirmed + load.count;
        let mut left = load.count;
        while self.confirmed < confirmed {
            let in_flight = confirmed - self.confirmed - left;
            let some = (PUBLISH_BYTES / load.bytes.max(1)).clamp(1, 1_000).min(left);
            if some > 0 && in_flight + some <= load.window() {
                self.publish(&body, some).await;
                left -= some;
            } else {
                self.socket.flush().await.unwrap();
                self.read().await;
            }
        }
    }

    /// Milliseconds from sending to receiving, one message at a time; those before `skip` are
    /// not told.
    pub(crate) async fn latencies(&mut self, count: usize, skip: usize) -> Vec<f64> {
        let mut times = Vec::with_capacity(count);
        for number in 0..skip + count {
            let (confirmed, received) = (self.confirmed + 1, self.received + 1);
            let start = Instant::now();
            self.publish("Hello World!", 1).await;
            self.socket.flush().await.unwrap();
            self.until_received(received).await;
            if number >= skip {
                times.push(milliseconds(start.elapsed()));
            }
            while self.confirmed < confirmed {
                self.read().await;
            }
        }
        times
    }

    /// Receives and settles for ever, counting what comes.
    pub(crate) async fn count_into(mut self, all: watch::Sender<usize>) {
        loop {
            let before = self.received;
            self.read().await;
            if self.received > before {
                all.send_modify(|all| *all += self.received - before);
            }
        }
    }

    /// Reads and answers pings for ever: an idle page.
    pub(crate) async fn idle(mut self) {
        loop {
            self.read().await;
        }
    }

    async fn publish(&mut self, body: &str, count: usize) {
        let mut json = r#"{"type":"publish","data":{"messages":["#.to_owned();
        let bytes = body.len();
        for number in 0..count {
            self.next_id += 1;
            let id = self.next_id;
            let comma = if number == 0 { "" } else { "," };
            json.push_str(&format!(
                r#"{comma}{{"id":{id},"body":{{"bytes":{bytes}}},"properties":{{"message_id":"{id}"}}}}"#
            ));
        }
        json.push_str("]}}");
        let mut message = Vec::with_capacity(4 + json.len() + bytes * count);
        message.extend(u32::try_from(json.len()).unwrap().to_be_bytes());
        message.extend(json.as_bytes());
        for _ in 0..count {
            message.extend(body.as_bytes());
        }
        self.socket.feed(Message::binary(message)).await.unwrap();
    }

    async fn write(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    async fn read(&mut self) {
        let read = self.socket.next().await;
        self.take(binary(read)).await;
    }

    async fn until(&mut self, is: impl Fn(&ServerMessage<'_>) -> bool) {
        loop {
            let read = self.socket.next().await;
            if binary(read).is_some_and(|bytes| is(&parse(&bytes))) {
                return;
            }
        }
    }

    async fn take(&mut self, message: Option<Bytes>) {
        let Some(bytes) = message else { return };
        let ServerMessage { kind, data } = parse(&bytes);
        assert!(data.failed.is_empty(), "a message failed: {bytes:?}");
        assert!(kind != "error", "the relay complains: {bytes:?}");
        self.confirmed += data.confirmed.len();
        self.received += data.messages.len();
        if let Some(Tagged { tag }) = data.messages.last() {
            let settle = format!(
                r#"{{"type":"settle","data":{{"outcome":"ack","tags":{{"up_to":{tag}}}}}}}"#
            );
            self.write(&settle).await;
        }
    }
}

type Read = Option<Result<Message, tokio_tungstenite::tungstenite::Error>>;

fn binary(read: Read) -> Option<Bytes> {
    match read {
        Some(Ok(Message::Binary(bytes))) => Some(bytes),
        Some(Ok(Message::Close(frame))) => panic!("the relay closed the session: {frame:?}"),
        Some(Ok(_)) => None,
        Some(Err(error)) => panic!("the session is lost: {error}"),
        None => panic!("the session is over"),
    }
}

/// The JSON of a binary message; the bodies behind it are not looked at.
fn parse(bytes: &[u8]) -> ServerMessage<'_> {
    let (length, rest) = bytes.split_first_chunk().unwrap();
    let json = &rest[..u32::from_be_bytes(*length) as usize];
    serde_json::from_slice(json)
        .unwrap_or_else(|error| panic!("not the protocol: {error}: {bytes:?}"))
}
