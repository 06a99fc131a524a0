//! A page's WebSocket, as the browser has one: what is written waits in a buffer of its own.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{SinkExt as _, StreamExt as _, stream::SplitStream};
use tokio::{net::TcpStream, sync::mpsc, task::JoinHandle};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Bytes, Message, protocol::WebSocketConfig},
};
use warren_protocol::{ClientMessage, Tags, WireMessage as _};

use super::Shared;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Nothing is written while more than this many bytes wait, as `frontend/src/link.rs` has it.
const MAX_BUFFERED_BYTES: usize = 1024 * 1024;

/// Deliveries of this session that are not settled: the message's number by tag.
pub(super) type Unsettled = Arc<Mutex<BTreeMap<u64, u64>>>;

/// Why a link ended: the close code, 0 where there was none, and words.
pub(super) type End = (u16, String);

pub(super) struct Link {
    reading: SplitStream<Stream>,
    to_write: mpsc::UnboundedSender<ClientMessage>,
    buffered: Arc<AtomicUsize>,
    writer: JoinHandle<()>,
    end: End,
}

impl Link {
    pub(super) async fn open(
        address: &str,
        shared: Arc<Shared>,
        unsettled: Unsettled,
    ) -> Result<Self, End> {
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let url = format!("ws://{address}/ws");
        let (stream, _) = connect_async_with_config(url, Some(config), true)
            .await
            .map_err(|error| (0, error.to_string()))?;
        let (mut sink, reading) = stream.split();
        let (to_write, mut waiting) = mpsc::unbounded_channel::<ClientMessage>();
        let buffered = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&buffered);
        let writer = tokio::spawn(async move {
            while let Some(message) = waiting.recv().await {
                let up_to = match message {
                    ClientMessage::Settle { tags: Tags::UpTo(tag), .. } => Some(tag),
                    _ => None,
                };
                let message = message.into_binary();
                let bytes = message.len();
                left.fetch_add(bytes, Ordering::Relaxed);
                if sink.send(Message::binary(message)).await.is_err() {
                    return;
                }
                left.fetch_sub(bytes, Ordering::Relaxed);
                if let Some(tag) = up_to {
                    settled(&shared, &unsettled, tag);
                }
            }
            sink.close().await.ok();
        });
        let end = (0, "the connection ended without a close".to_owned());
        Ok(Self { reading, to_write, buffered, writer, end })
    }

    pub(super) fn has_room(&self) -> bool {
        self.buffered.load(Ordering::Relaxed) <= MAX_BUFFERED_BYTES
    }

    pub(super) fn write(&self, message: ClientMessage) {
        self.to_write.send(message).ok();
    }

    /// The next frame, or why there is none any more. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Bytes, End> {
        loop {
            match self.reading.next().await {
                Some(Ok(Message::Binary(json))) => return Ok(json),
                Some(Ok(Message::Close(Some(frame)))) => {
                    self.end = (frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    if self.end.0 == 0 {
                        self.end.1 = error.to_string();
                    }
                    return Err(self.end.clone());
                }
                None => return Err(self.end.clone()),
            }
        }
    }

    /// Writes what waits, closes, and waits for the relay's answer.
    pub(super) async fn close(mut self) {
        let (closed, _) = mpsc::unbounded_channel();
        self.to_write = closed;
        while self.next().await.is_ok() {}
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.writer.abort();
    }
}

/// The settle has gone out: what it names is the page's.
fn settled(shared: &Shared, unsettled: &Unsettled, up_to: u64) {
    let mut tags = unsettled.lock().unwrap();
    let later = tags.split_off(&(up_to + 1));
    let settled = std::mem::replace(&mut *tags, later);
    shared.change(|record| settled.into_values().for_each(|number| record.settled(number)));
}
