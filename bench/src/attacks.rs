//! What a client notices, one message at a time, while others do harm to the relay.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpSocket, TcpStream},
    time::sleep,
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};
use tokio_util::sync::CancellationToken;
use warren_tests::{node, relay::Relay};

use crate::{
    client::Client,
    latency::Samples,
    report::{Goal, Report},
    scale::Scale,
};

/// Attackers come from an address of their own: those of one address share its limits.
const FROM: [u8; 4] = [127, 0, 0, 2];

/// A third of what a person sees as at once, for the slowest of a hundred.
const GOALS: [Goal; 2] = [Goal::AtMost(1.0), Goal::AtMost(33.0)];

/// So many times the messages of other parts, so that a million bad messages come meanwhile.
const MORE: usize = 10;

#[derive(Debug, Clone, Copy)]
enum Attack {
    HalfOpen,
    Slowloris,
    BadMessages,
    NeverReads,
}

impl Attack {
    const ALL: [Self; 4] = [Self::HalfOpen, Self::Slowloris, Self::BadMessages, Self::NeverReads];

    fn words(self, scale: &Scale) -> String {
        let count = scale.half_open;
        match self {
            Self::HalfOpen => format!("{count} connections that say nothing"),
            Self::Slowloris => format!("{count} requests that come byte by byte"),
            Self::BadMessages => "a client that sends nothing but bad messages".to_owned(),
            Self::NeverReads => "clients that ask and never read, one after another".to_owned(),
        }
    }
}

/// Measures and reports.
pub(crate) async fn measure(scale: &Scale, report: &mut Report) {
    let mut calm = Samples::default();
    let mut beside = Attack::ALL.map(|attack| (attack, Samples::default(), Vec::new()));
    for _ in 0..scale.rounds {
        let relay = Relay::start(&node::vhost().await, &[]).await;
        let mut client = Client::open(&relay.address).await;
        client.receive().await;
        calm.add(client.latencies(scale.singles, scale.warm_up).await);
        drop(client);
        for (attack, runs, done) in &mut beside {
            let attackers = Attackers::start(*attack, &relay.address, scale.half_open);
            let mut client = Client::open(&relay.address).await;
            client.receive().await;
            runs.add(client.latencies(scale.singles * MORE, scale.warm_up).await);
            done.push(attackers.stop() as f64);
        }
    }
    for (attack, runs, done) in beside {
        let minus = runs.minus(&calm);
        let what = attack.words(scale);
        minus.report_in(report, "attacks", &format!("beside {what}, beyond calm"), GOALS);
        let unit = match attack {
            Attack::HalfOpen | Attack::Slowloris => "connections",
            Attack::BadMessages | Attack::NeverReads => "messages",
        };
        report.add("attacks", format!("{what}: made meanwhile"), unit, done, Goal::None);
    }
    calm.report_in(report, "attacks", "calm", [Goal::None; 2]);
}

/// A thread of its own, so that what it does is not in the way of who measures.
struct Attackers {
    stop: CancellationToken,
    done: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl Attackers {
    /// Starts, and returns once the attack is under way.
    fn start(attack: Attack, address: &str, count: usize) -> Self {
        let (stop, done) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
        let (under_way, ready) = mpsc::channel();
        let attacker = Attacker { address: address.to_owned(), done: Arc::clone(&done), under_way };
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let attack = attacker.run(attack, count);
            runtime.unwrap().block_on(stopped.run_until_cancelled(attack));
        });
        ready.recv().unwrap();
        Self { stop, done, thread }
    }

    /// Ends it, and tells how much was done.
    fn stop(self) -> usize {
        self.stop.cancel();
        self.thread.join().unwrap();
        self.done.load(Ordering::Relaxed)
    }
}

struct Attacker {
    address: String,
    done: Arc<AtomicUsize>,
    under_way: mpsc::Sender<()>,
}

impl Attacker {
    async fn run(self, attack: Attack, count: usize) {
        match attack {
            Attack::HalfOpen => self.connections(count, b"", b"").await,
            Attack::Slowloris => self.connections(count, b"GET /ws HTTP/1.1\r\n", b"X").await,
            Attack::BadMessages => self.messages(true).await,
            Attack::NeverReads => self.messages(false).await,
        }
    }

    async fn connect(&self) -> Option<TcpStream> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((FROM, 0).into()).unwrap();
        socket.connect(self.address.parse().unwrap()).await.ok()
    }

    /// Opens `count` connections, says `first` on each, and `then` again and again.
    async fn connections(self, count: usize, first: &[u8], then: &[u8]) {
        let mut open = Vec::with_capacity(count);
        for _ in 0..count {
            let Some(mut stream) = self.connect().await else { continue };
            self.done.fetch_add(1, Ordering::Relaxed);
            if stream.write_all(first).await.is_ok() {
                open.push(stream);
            }
        }
        self.under_way.send(()).unwrap();
        loop {
            sleep(Duration::from_millis(100)).await;
            for stream in &open {
                // Most are closed by now.
                let _ = stream.try_write(then);
            }
        }
    }

    /// Sends messages that cannot be read, for ever, and reads the answers or does not.
    async fn messages(self, reads: bool) {
        self.under_way.send(()).unwrap();
        loop {
            let Some(mut socket) = self.session().await else { continue };
            let mut answers = 0;
            while socket.send(Message::text("{")).await.is_ok() {
                answers += 1;
                self.done.fetch_add(1, Ordering::Relaxed);
                if reads && answers == 100 {
                    while let Some(Some(Ok(_))) = socket.next().now_or_never() {}
                    answers = 0;
                }
            }
        }
    }

    async fn session(&self) -> Option<WebSocketStream<TcpStream>> {
        let stream = self.connect().await?;
        let (mut socket, _) =
            client_async(format!("ws://{}/ws", self.address), stream).await.ok()?;
        socket.send(Message::text(r#"{"type":"hello","data":{"protocol":1}}"#)).await.ok()?;
        Some(socket)
    }
}
