//! A client of the relay's protocol, as a page is one.
//!
//! It keeps what arrives by kind, so that a test can wait for one thing while another comes first;
//! of states (`broker`, `queues`) it keeps the newest.

use std::{collections::BTreeMap, fmt, pin::pin};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Message,
        client::IntoClientRequest as _,
        protocol::{WebSocketConfig, frame::coding::CloseCode},
    },
};
use warren_protocol::{
    AckMode, Body, BrokerState, ClientMessage, Delivery, Detail, ErrorCode, Failure, Observed,
    Outcome, PROTOCOL_VERSION, Properties, Publish, QueueCount, QueueStatus, ReceiveMode, Rights,
    ServerMessage, StopReason, StreamFrom, Tags, WireMessage as _,
};

use crate::{
    relay::{Relay, Socket},
    wait::LIMIT,
};

/// One session with a relay.
pub struct Client {
    socket: WebSocketStream<Socket>,
    /// The newest `broker`.
    pub broker: Option<BrokerState>,
    /// How often the broker's state was told.
    pub broker_told: usize,
    /// The newest `queues`.
    pub queues: Vec<QueueCount>,
    /// Answers to `publish`, by id.
    pub answers: BTreeMap<u64, Result<(), Failure>>,
    /// Deliveries that no test has taken yet.
    pub deliveries: Vec<Delivery>,
    /// What a watch has shown and no test has taken yet.
    pub observed: Vec<Observed>,
    /// How much a watch has missed.
    pub missed: u64,
    /// All else, in order.
    pub events: Vec<ServerMessage>,
    /// Frames of each kind that the relay has written.
    pub text_messages: usize,
    /// See above.
    pub binary_messages: usize,
    /// Code and reason, once the relay has closed the session.
    pub closed: Option<(u16, String)>,
}

/// All that has arrived; the socket itself says nothing that helps.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("closed", &self.closed)
            .field("broker", &self.broker)
            .field("events", &self.events)
            .field("queues", &self.queues)
            .field("answers", &self.answers)
            .field("deliveries", &self.deliveries)
            .field("observed", &self.observed.len())
            .field("missed", &self.missed)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Opens a session and says hello.
    pub async fn start(relay: &Relay) -> Self {
        let mut client = Self::connect(relay).await;
        client.hello().await;
        client
    }

    /// [`Client::start`] at the address of a relay that is not served over TLS.
    ///
    /// # Panics
    /// When the relay refuses.
    pub async fn start_at(address: &str) -> Self {
        let socket: Socket = Box::new(TcpStream::connect(address).await.unwrap());
        let request = format!("ws://{address}/ws");
        let (socket, _) = client_async_with_config(request, socket, None).await.unwrap();
        let mut client = Self::new(socket);
        client.hello().await;
        client
    }

    /// Opens a session, receives in automatic mode and waits until that holds.
    pub async fn receiving(relay: &Relay) -> Self {
        let mut client = Self::start(relay).await;
        client.receive(AckMode::Auto, None).await;
        client
    }

    /// Opens a WebSocket and says nothing.
    ///
    /// # Panics
    /// When the relay refuses.
    pub async fn connect(relay: &Relay) -> Self {
        Self::try_connect(relay, None).await.unwrap()
    }

    /// Opens a WebSocket as a page of `origin` would.
    ///
    /// # Errors
    /// The HTTP status, when the relay refuses.
    pub async fn try_connect(relay: &Relay, origin: Option<&str>) -> Result<Self, u16> {
        use tokio_tungstenite::tungstenite::Error;
        let url = format!("{}/ws", relay.url().replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        match client_async_with_config(request, relay.socket().await, Some(config)).await {
            Ok((socket, _)) => Ok(Self::new(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("no WebSocket: {error}"),
        }
    }

    /// Opens a WebSocket from another address of this machine, as `127.0.0.2`.
    ///
    /// # Panics
    /// When the relay refuses.
    pub async fn connect_from(relay: &Relay, address: [u8; 4]) -> Self {
        Self::try_connect_from(relay, address).await.unwrap()
    }

    /// [`Client::connect_from`]; none when the relay refuses.
    pub async fn try_connect_from(relay: &Relay, address: [u8; 4]) -> Option<Self> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((address, 0).into()).unwrap();
        let stream = socket.connect(relay.address.parse().unwrap()).await.ok()?;
        let request = format!("ws://{}/ws", relay.address);
        let stream: Socket = Box::new(stream);
        Some(Self::new(client_async_with_config(request, stream, None).await.ok()?.0))
    }

    pub(crate) fn new(socket: WebSocketStream<Socket>) -> Self {
        Self {
            socket,
            broker: None,
            broker_told: 0,
            queues: Vec::new(),
            answers: BTreeMap::new(),
            deliveries: Vec::new(),
            observed: Vec::new(),
            missed: 0,
            events: Vec::new(),
            text_messages: 0,
            binary_messages: 0,
            closed: None,
        }
    }

    /// Sends a message of the protocol.
    pub async fn send(&mut self, message: &ClientMessage) {
        self.send_raw(Message::text(message.to_text())).await;
    }

    /// Sends a text frame with anything in it.
    pub async fn send_text(&mut self, text: &str) {
        self.send_raw(Message::text(text)).await;
    }

    /// Sends a text frame, reads nothing, and says whether the relay may still take it.
    pub async fn try_send_text(&mut self, text: &str) -> bool {
        self.socket.send(Message::text(text)).await.is_ok()
    }

    /// Waits until the connection is over, however.
    ///
    /// # Panics
    /// When it is not within [`LIMIT`].
    pub async fn until_gone(&mut self) {
        let over = async {
            while let Some(Ok(frame)) = self.socket.next().await {
                self.keep(frame);
            }
        };
        tokio::time::timeout(LIMIT, over).await.expect("the connection should be over");
    }

    /// Sends any frame. That the relay has gone shows in what is read next.
    pub async fn send_raw(&mut self, frame: Message) {
        self.socket.send(frame).await.ok();
    }

    /// Says hello and waits for `welcome`, which it returns, and for the broker's state.
    pub async fn hello(&mut self) -> ServerMessage {
        let hello = ClientMessage::Hello { protocol: PROTOCOL_VERSION, token: None, binary: false };
        self.send(&hello).await;
        let welcome =
            self.event("welcome", |event| matches!(event, ServerMessage::Welcome { .. })).await;
        self.until("the broker's state", |client| client.broker.clone()).await;
        welcome
    }

    /// Says hello with a token and waits for nothing.
    pub async fn show(&mut self, token: &str) {
        let (protocol, token) = (PROTOCOL_VERSION, Some(token.to_owned()));
        self.send(&ClientMessage::Hello { protocol, token, binary: false }).await;
    }

    /// Waits for `welcome`, and returns what the session may do, and with which queues.
    ///
    /// # Panics
    /// When there is none.
    pub async fn welcome(&mut self) -> (Rights, Vec<String>) {
        let is = |event: &ServerMessage| matches!(event, ServerMessage::Welcome { .. });
        match self.event("welcome", is).await {
            ServerMessage::Welcome { rights, queues, .. } => (rights, queues),
            other => panic!("{other:?}"),
        }
    }

    /// Publishes a text to the default queue.
    pub async fn publish(&mut self, id: u64, text: &str) {
        self.publish_with(id, Body::from(text.to_owned()), Properties::default()).await;
    }

    /// Publishes a message to the default queue.
    pub async fn publish_with(&mut self, id: u64, body: Body, properties: Properties) {
        let message = Publish { id, queue: None, body, properties };
        self.send(&ClientMessage::Publish { messages: vec![message] }).await;
    }

    /// Publishes a message to `queue`.
    pub async fn publish_to(&mut self, queue: &str, id: u64, body: Body, properties: Properties) {
        let message = Publish { id, queue: Some(queue.to_owned()), body, properties };
        self.send(&ClientMessage::Publish { messages: vec![message] }).await;
    }

    /// Waits for the answer to message `id`.
    pub async fn answer(&mut self, id: u64) -> Result<(), Failure> {
        self.until("a message is answered", |client| client.answers.remove(&id)).await
    }

    /// Waits until message `id` is confirmed.
    ///
    /// # Panics
    /// When it fails.
    pub async fn confirmed(&mut self, id: u64) {
        self.answer(id).await.unwrap_or_else(|failure| panic!("not confirmed: {failure:?}"));
    }

    /// Waits until message `id` has failed.
    ///
    /// # Panics
    /// When it is confirmed.
    pub async fn failed(&mut self, id: u64) -> Failure {
        self.answer(id).await.expect_err("confirmed, though it should fail")
    }

    /// Receives from the default queue, and waits until that holds.
    pub async fn receive(&mut self, ack: AckMode, prefetch: Option<u16>) {
        let queue = None;
        self.send(&ClientMessage::Receive {
            queue,
            ack,
            prefetch,
            mode: ReceiveMode::Take,
            from: None,
        })
        .await;
        self.event("receiving", |event| matches!(event, ServerMessage::Receiving { .. })).await;
    }

    /// Asks to receive from `queue`, and waits for nothing.
    pub async fn ask_for(&mut self, queue: &str, ack: AckMode, prefetch: Option<u16>) {
        let queue = Some(queue.to_owned());
        self.send(&ClientMessage::Receive {
            queue,
            ack,
            prefetch,
            mode: ReceiveMode::Take,
            from: None,
        })
        .await;
    }

    /// Receives from `queue`, and waits until that holds.
    pub async fn receive_from(&mut self, queue: &str, ack: AckMode, prefetch: Option<u16>) {
        self.ask_for(queue, ack, prefetch).await;
        self.event("receiving", |event| matches!(event, ServerMessage::Receiving { .. })).await;
    }

    /// Asks to watch `queue`, and waits for nothing.
    pub async fn ask_to_watch(&mut self, queue: &str) {
        let queue = Some(queue.to_owned());
        self.send(&ClientMessage::Watch { queue }).await;
    }

    /// Watches `queue`, and waits until that holds.
    pub async fn watch(&mut self, queue: &str) {
        self.ask_to_watch(queue).await;
        self.watching().await;
    }

    /// Waits until events come.
    pub async fn watching(&mut self) {
        self.event("watching", |event| matches!(event, ServerMessage::Watching { .. })).await;
    }

    /// Waits for so many events and takes them.
    pub async fn observe(&mut self, count: usize) -> Vec<Observed> {
        self.until(&format!("{count} events"), |client| {
            (client.observed.len() >= count).then(|| client.observed.drain(..count).collect())
        })
        .await
    }

    /// Asks to receive from `queue` in this mode, from this place in it, by hand, and waits for nothing.
    pub async fn ask_as(&mut self, queue: &str, mode: ReceiveMode, from: Option<StreamFrom>) {
        let (queue, ack, prefetch) = (Some(queue.to_owned()), AckMode::Manual, None);
        self.send(&ClientMessage::Receive { queue, mode, ack, prefetch, from }).await;
    }

    /// [`Client::ask_as`], and waits until that holds.
    pub async fn receive_as(&mut self, queue: &str, mode: ReceiveMode, from: Option<StreamFrom>) {
        self.ask_as(queue, mode, from).await;
        let is = |event: &ServerMessage| matches!(event, ServerMessage::Receiving { mode: told, .. } if *told == mode);
        self.event("receiving", is).await;
    }

    /// Looks at `queue`, and waits until that holds.
    pub async fn look(&mut self, queue: &str) {
        self.receive_as(queue, ReceiveMode::Look, None).await;
    }

    /// Waits for so many deliveries and takes them, each acknowledged at once.
    pub async fn take_and_ack(&mut self, count: usize) -> Vec<Delivery> {
        let mut taken = Vec::with_capacity(count);
        while taken.len() < count {
            let delivery = self.take(1).await.remove(0);
            self.settle_up_to(Outcome::Ack, delivery.tag).await;
            taken.push(delivery);
        }
        taken
    }

    /// Waits for so many deliveries and takes them.
    pub async fn take(&mut self, count: usize) -> Vec<Delivery> {
        self.until(&format!("{count} deliveries"), |client| {
            (client.deliveries.len() >= count).then(|| client.deliveries.drain(..count).collect())
        })
        .await
    }

    /// Settles every delivery up to `tag`.
    pub async fn settle_up_to(&mut self, outcome: Outcome, tag: u64) {
        let tags = Tags::UpTo(tag);
        self.send(&ClientMessage::Settle { outcome, tags }).await;
    }

    /// Settles these deliveries.
    pub async fn settle(&mut self, outcome: Outcome, tags: &[u64]) {
        let tags = Tags::List(tags.to_vec());
        self.send(&ClientMessage::Settle { outcome, tags }).await;
    }

    /// Pauses, and waits until that holds.
    pub async fn pause(&mut self) {
        self.send(&ClientMessage::Pause).await;
        self.stopped(StopReason::Paused).await;
    }

    /// Waits for `stopped` with this reason.
    pub async fn stopped(&mut self, wanted: StopReason) {
        let is = |event: &ServerMessage| matches!(event, ServerMessage::Stopped { reason, .. } if *reason == wanted);
        self.event(&format!("stopped, {wanted:?}"), is).await;
    }

    /// [`Client::stopped`], and returns what was said about it.
    pub async fn stopped_words(&mut self, wanted: StopReason) -> String {
        let is = |event: &ServerMessage| matches!(event, ServerMessage::Stopped { reason, .. } if *reason == wanted);
        match self.event(&format!("stopped, {wanted:?}"), is).await {
            ServerMessage::Stopped { detail, .. } => words(detail),
            other => panic!("{other:?}"),
        }
    }

    /// Waits for `error` with this code, and returns its words.
    pub async fn error(&mut self, wanted: ErrorCode) -> String {
        self.until(&format!("error {wanted:?}"), |client| {
            let at = client.events.iter().position(
                |event| matches!(event, ServerMessage::Error { code, .. } if *code == wanted),
            )?;
            match client.events.remove(at) {
                ServerMessage::Error { message, .. } => Some(message),
                _ => None,
            }
        })
        .await
    }

    /// Waits until the relay has closed the session, and returns the code.
    pub async fn close_code(&mut self) -> u16 {
        self.until("the relay closes the session", |client| client.closed.clone()).await.0
    }

    /// Waits until the default queue's counts are these.
    pub async fn until_queue(&mut self, ready: u32, consumers: u32) {
        let wanted = (ready, consumers);
        let what = format!("{ready} messages ready and {consumers} consumers");
        self.until(&what, |client| {
            let QueueStatus::Counts { ready, consumers, .. } = client.queues.first()?.status else {
                return None;
            };
            ((ready, consumers) == wanted).then_some(())
        })
        .await;
    }

    /// Waits until the broker's state is as `is` says.
    pub async fn until_broker(&mut self, what: &str, is: impl Fn(&BrokerState) -> bool) {
        self.until(what, |client| client.broker.as_ref().filter(|state| is(state)).map(|_| ()))
            .await;
    }

    /// Waits for an event and takes it.
    pub async fn event(
        &mut self,
        what: &str,
        is: impl Fn(&ServerMessage) -> bool,
    ) -> ServerMessage {
        self.until(what, |client| {
            let at = client.events.iter().position(&is)?;
            Some(client.events.remove(at))
        })
        .await
    }

    /// Reads until `found` gives something, for at most [`LIMIT`].
    ///
    /// # Panics
    /// When it does not, with all that has arrived.
    pub async fn until<T>(
        &mut self,
        what: &str,
        mut found: impl FnMut(&mut Self) -> Option<T>,
    ) -> T {
        let end = tokio::time::Instant::now() + LIMIT;
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            let next = tokio::time::timeout_at(end, self.socket.next()).await;
            match next {
                Ok(Some(Ok(frame))) => self.keep(frame),
                Ok(Some(Err(error))) => panic!("waited for {what}: {error}; there was {self:?}"),
                Ok(None) => panic!("waited for {what}: the session is over; there was {self:?}"),
                Err(_) => panic!("waited in vain for {what}; there was {self:?}"),
            }
        }
    }

    /// Reads one frame and keeps it. Nothing is lost where this is given up halfway.
    ///
    /// # Panics
    /// When the session is over.
    pub async fn read(&mut self) {
        match self.socket.next().await {
            Some(Ok(frame)) => self.keep(frame),
            end => panic!("the session is over: {end:?}; there was {self:?}"),
        }
    }

    /// Does something else, and reads meanwhile: a session that answers no ping for 14 s (`idle-timeout`) is
    /// over, and on a busy machine `rabbitmqctl` takes longer.
    ///
    /// # Panics
    /// When the session is over.
    pub async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = self.read() => {}
            }
        }
    }

    fn keep(&mut self, frame: Message) {
        let message = match frame {
            Message::Text(text) => {
                self.text_messages += 1;
                ServerMessage::from_text(&text)
            }
            Message::Binary(bytes) => {
                self.binary_messages += 1;
                ServerMessage::from_binary(bytes)
            }
            Message::Close(frame) => {
                let frame = frame.map(|frame| (frame.code.into(), frame.reason.to_string()));
                self.closed = Some(frame.unwrap_or((CloseCode::Status.into(), String::new())));
                return;
            }
            _ => return,
        };
        match message.unwrap_or_else(|error| panic!("not the protocol: {error}")) {
            ServerMessage::Broker(state) => {
                self.broker = Some(state);
                self.broker_told += 1;
            }
            ServerMessage::Queues { queues } => self.queues = queues,
            ServerMessage::Deliveries { messages } => self.deliveries.extend(messages),
            ServerMessage::Observed { events, missed } => {
                self.observed.extend(events);
                self.missed += missed;
            }
            ServerMessage::Published { confirmed, failed } => {
                let confirmed = confirmed.into_iter().map(|id| (id, Ok(())));
                let failed = failed.into_iter().map(|failure| (failure.id, Err(failure)));
                for (id, answer) in confirmed.chain(failed) {
                    let earlier = self.answers.insert(id, answer);
                    assert!(earlier.is_none(), "message {id} was answered twice");
                }
            }
            event => self.events.push(event),
        }
    }
}

/// The English sentence of a detail; empty where there is none.
#[must_use]
pub fn words(detail: Option<Detail>) -> String {
    detail.map_or_else(String::new, |detail| detail.to_string())
}
