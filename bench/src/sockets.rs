//! The plain servers that a browser's WebSocket is measured against: one that sends everything
//! back, and an ideal relay that passes AMQP's bytes on as they are.

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_tungstenite::{
    WebSocketStream, accept_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

/// An empty page to connect from: browsers let only pages of the loopback reach it.
const BLANK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\
    Connection: close\r\n\r\n<!doctype html>";

/// A server on the loopback; dropped, it stops. Over HTTP it gives an empty page.
pub(crate) struct Server {
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Sends every message back.
pub(crate) async fn echo() -> Server {
    serve(|mut socket| async move {
        while let Some(Ok(message)) = socket.next().await {
            let mut next = Some(message);
            // What is there already goes out with it.
            while let Some(message) = next {
                if message.is_close() || socket.feed(message).await.is_err() {
                    return;
                }
                next = socket.next().now_or_never().flatten().and_then(Result::ok);
            }
            if socket.flush().await.is_err() {
                return;
            }
        }
    })
    .await
}

/// Passes bytes on between binary messages and the broker at `broker` (`host:port`).
pub(crate) async fn amqp_relay(broker: String) -> Server {
    serve(move |socket| pass_on(socket, broker.clone())).await
}

async fn pass_on(socket: WebSocketStream<TcpStream>, broker: String) {
    let broker = TcpStream::connect(&broker).await.unwrap();
    broker.set_nodelay(true).unwrap();
    let (mut from_broker, mut to_broker) = broker.into_split();
    let (mut to_browser, mut from_browser) = socket.split();
    let up = async {
        while let Some(Ok(message)) = from_browser.next().await {
            if to_broker.write_all(&message.into_data()).await.is_err() {
                return;
            }
        }
    };
    let down = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_broker.read(&mut buffer).await {
            if to_browser.send(Message::binary(buffer[..count].to_vec())).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}

async fn serve<F>(talk: impl Fn(WebSocketStream<TcpStream>) -> F + Clone + Send + 'static) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // On its own: browsers open connections ahead, and say nothing on them.
            let talk = talk.clone();
            tokio::spawn(async move {
                if let Some(socket) = accept(stream).await {
                    talk(socket).await;
                }
            });
        }
    });
    Server { address, task }
}

async fn accept(mut stream: TcpStream) -> Option<WebSocketStream<TcpStream>> {
    stream.set_nodelay(true).unwrap();
    let mut head = [0; 1024];
    let peeked = stream.peek(&mut head).await.ok()?;
    if !String::from_utf8_lossy(&head[..peeked]).to_lowercase().contains("upgrade: websocket") {
        stream.read_exact(&mut head[..peeked]).await.ok()?;
        stream.write_all(BLANK).await.ok()?;
        return None;
    }
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    accept_async_with_config(stream, Some(config)).await.ok()
}
