//! WebDriver BiDi, as little as the tests need: a command at a time, and the events that come meanwhile.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::Mutex, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message as Frame,
};

use crate::wait::LIMIT;

/// A connection to a browser.
#[derive(Debug)]
pub(super) struct Bidi(Mutex<State>);

#[derive(Debug)]
struct State {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The number of the last command.
    last: u64,
    /// The `params` of the events that nobody has asked for yet.
    events: Vec<Value>,
}

impl Bidi {
    /// Connects to the address that the session has given.
    pub(super) async fn connect(url: &str) -> Self {
        let (socket, _) = connect_async(url).await.unwrap();
        Self(Mutex::new(State { socket, last: 0, events: Vec::new() }))
    }

    /// Does a command and gives its result.
    ///
    /// # Panics
    /// When the browser refuses it.
    pub(super) async fn send(&self, method: &str, params: Value) -> Value {
        let mut state = self.0.lock().await;
        state.last += 1;
        let id = state.last;
        let command = json!({ "id": id, "method": method, "params": params });
        state.socket.send(Frame::text(command.to_string())).await.unwrap();
        loop {
            let mut message = state.next().await;
            if message["id"] == id {
                assert_eq!(message["type"], "success", "{method}: {message}");
                return message["result"].take();
            }
        }
    }

    /// The events since the last call, up to the first that is like this.
    ///
    /// # Panics
    /// When none is.
    pub(super) async fn events_until(&self, is_last: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut state = self.0.lock().await;
        loop {
            if let Some(last) = state.events.iter().position(&is_last) {
                return state.events.drain(..=last).collect();
            }
            state.next().await;
        }
    }
}

impl State {
    /// The next message; of an event the parameters are kept.
    async fn next(&mut self) -> Value {
        let frame = timeout(LIMIT, self.socket.next()).await.expect("the browser says something");
        let frame = frame.expect("the browser is there").unwrap();
        // Anything but a text is a ping.
        let text = frame.to_text().unwrap_or_default();
        let mut message: Value = serde_json::from_str(text).unwrap_or_default();
        if message["type"] == "event" {
            self.events.push(message["params"].take());
        }
        message
    }
}
