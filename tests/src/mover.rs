//! A page without a browser that moves messages: its own state machine on a real link. It connects
//! again when that is lost, and begins no move by itself.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use warren_frontend::{
    connection::event::{Arrival, Closed, Event},
    receive::mode::{Choice, Mode},
    store::{Action, Moving, Phase, State},
    ui::language::Language,
};
use warren_protocol::{
    ClientMessage, PROTOCOL_VERSION, QueueStatus, ServerMessage, WireMessage as _,
};

use crate::wait;

/// Where the messages are.
pub const SOURCE: &str = "dead";
/// Where they go.
pub const TARGET: &str = "orders";

/// A second of the page's, in which it looks at what has not come.
const TICK: Duration = Duration::from_secs(1);
/// Between two tries to connect.
const RETRY: Duration = Duration::from_millis(200);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// See the module.
pub struct Mover {
    state: Box<State>,
    address: String,
    socket: Option<Socket>,
    ticked_ms: f64,
}

impl fmt::Debug for Mover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.moving(Language::English).fmt(f)
    }
}

impl Mover {
    /// A page that receives from [`SOURCE`] by way of the relay at `address`, and acknowledges by hand.
    #[must_use]
    pub fn at(address: &str) -> Self {
        let choices = [(SOURCE.to_owned(), Choice::now(Mode::Receive))].into();
        let mut state = Box::new(State::new(choices));
        state.copy_ids = "0a1b2c3d-0a1b-4a1b-8a1b-000000000000".to_owned();
        Self { state, address: address.to_owned(), socket: None, ticked_ms: 0.0 }
    }

    /// Starts to move all that waits and comes, `max` messages at most, once `count` are open or ready.
    pub async fn move_all(&mut self, count: u64, max: u64) {
        let counted = |state: &State| {
            let known = state.current_counts().map(|count| &count.status);
            matches!(known, Some(QueueStatus::Counts { .. }))
                && state.move_obstacle().is_none()
                && state.move_all_count() >= count
        };
        self.until(&format!("{count} messages can be moved"), counted).await;
        let target = TARGET.to_owned();
        self.state.apply(Action::StartMoveAll { target, count: max }, now_ms());
    }

    /// Waits until so many messages are moved.
    pub async fn until_moved(&mut self, count: u64) {
        let moved = |state: &State| moving(state).moved >= count;
        self.until(&format!("{count} messages are moved"), moved).await;
    }

    /// The page is closed, once it has said all that it has to say.
    pub async fn leave(mut self) {
        let Some(mut socket) = self.socket.take() else { return };
        while let Some(message) = self.state.outgoing(now_ms()) {
            if socket.send(Message::binary(message.into_binary())).await.is_err() {
                return;
            }
        }
        socket.close(None).await.ok();
        while let Some(Ok(_)) = socket.next().await {}
    }

    /// Waits until the move is over, and tells what it says.
    pub async fn finished(&mut self) -> Moving {
        let finished = |state: &State| moving(state).phase == Phase::Finished;
        self.until("the move is over", finished).await;
        moving(&self.state)
    }

    /// Lives until this holds.
    ///
    /// # Panics
    /// When it never does.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&State) -> bool) {
        let live = async {
            while !holds(&self.state) {
                self.step().await;
            }
        };
        if tokio::time::timeout(4 * wait::LIMIT, live).await.is_err() {
            panic!("waited in vain until {what}: {self:#?}");
        }
    }

    async fn step(&mut self) {
        if now_ms() - self.ticked_ms >= TICK.as_secs_f64() * 1_000.0 {
            self.ticked_ms = now_ms();
            self.state.apply(Action::Tick, now_ms());
        }
        let Some(socket) = &mut self.socket else {
            return self.connect().await;
        };
        while let Some(message) = self.state.outgoing(now_ms()) {
            if socket.send(Message::binary(message.into_binary())).await.is_err() {
                return self.lost();
            }
        }
        assert!(!self.state.is_out_of_step(), "a delivery is missing");
        match tokio::time::timeout(TICK, socket.next()).await {
            Err(_) => {}
            Ok(Some(Ok(Message::Binary(bytes)))) => {
                let content = ServerMessage::from_binary(bytes).map_err(|why| why.to_string());
                let arrival = Arrival { at_ms: now_ms(), content };
                self.state.apply(Action::Connection(Event::Arrived(arrival)), now_ms());
            }
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(_)) | None) => self.lost(),
        }
    }

    async fn connect(&mut self) {
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let url = format!("ws://{}/ws", self.address);
        let Ok((mut socket, _)) = connect_async_with_config(url, Some(config), true).await else {
            return tokio::time::sleep(RETRY).await;
        };
        let hello = ClientMessage::Hello { protocol: PROTOCOL_VERSION, token: None, binary: true };
        if socket.send(Message::binary(hello.into_binary())).await.is_ok() {
            self.state.apply(Action::Connection(Event::Opened), now_ms());
            self.socket = Some(socket);
        }
    }

    fn lost(&mut self) {
        self.socket = None;
        let lost = Event::Lost { why: Closed::default(), retry_at_ms: now_ms() };
        self.state.apply(Action::Connection(lost), now_ms());
    }
}

fn moving(state: &State) -> Moving {
    state.moving(Language::English).expect("a move was started")
}

fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as f64
}
