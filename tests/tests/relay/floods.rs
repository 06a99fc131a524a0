//! Clients that do harm, by purpose or not: the others go on, and the relay's memory stays
//! bounded. `cargo xtask bench attacks` measures what the others notice.

use futures_util::future::join_all;
use socket2::SockRef;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpSocket, TcpStream},
};
use warren_protocol::{ErrorCode, Outcome};
use warren_tests::{
    amqp::{Amqp, Shape},
    client::Client,
    limits_file::LimitsFile,
    node,
    proxy::Proxy,
    relay::Relay,
    wait,
};

const MIB: usize = 1024 * 1024;

/// Numbered messages go from one client to another, while `attack` goes on.
async fn others_go_on(relay: &Relay) {
    let mut sender = Client::start(relay).await;
    let mut receiver = Client::receiving(relay).await;
    for id in 1..=200 {
        sender.publish(id, &id.to_string()).await;
        sender.confirmed(id).await;
        let delivery = receiver.take(1).await.remove(0);
        assert_eq!(delivery.body.into_bytes(), id.to_string().as_bytes());
        receiver.settle_up_to(Outcome::Ack, delivery.tag).await;
    }
}

#[tokio::test]
async fn frames_that_cannot_be_read_disturb_nobody_else() {
    let relay = Relay::ready(&node::vhost().await, &[]).await;
    let mut bad = Client::start(&relay).await;
    let before = relay.resident();
    let flood = async {
        for _ in 0..100 {
            for _ in 0..1_000 {
                bad.send_text("{").await;
            }
            for _ in 0..1_000 {
                bad.error(ErrorCode::BadMessage).await;
            }
        }
    };
    tokio::join!(flood, others_go_on(&relay));
    let grown = relay.resident().saturating_sub(before);
    assert!(grown < 32 * MIB, "grown by {grown} bytes");
    bad.publish(1, "and may still publish").await;
    bad.confirmed(1).await;
}

#[tokio::test]
async fn who_asks_without_end_and_reads_no_answer_is_sent_away() {
    let relay = Relay::ready(&node::vhost().await, &[]).await;
    let mut deaf = Client::start(&relay).await;
    let before = relay.resident();
    // Until the relay does not take more: it has closed the session.
    let frame = "[".repeat(1_000);
    let flood = async {
        let asked = wait::LIMIT;
        let end = tokio::time::timeout(asked, async { while deaf.try_send_text(&frame).await {} });
        end.await.expect("the relay closes the session");
    };
    tokio::join!(flood, others_go_on(&relay));
    let grown = relay.resident().saturating_sub(before);
    assert!(grown < 64 * MIB, "grown by {grown} bytes");
}

/// Its consumer has something to tell for each question, behind deliveries that it does not read.
#[tokio::test]
async fn who_asks_its_consumer_without_end_and_reads_no_delivery_is_sent_away() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    amqp.fill("hello", 32, MIB).await;
    let relay = Relay::ready(&url, &[]).await;
    let mut deaf = Client::receiving(&relay).await;
    amqp.until_counts(0, 1).await;
    let before = relay.resident();
    let flood = async { while deaf.try_send_text(r#"{"type":"pause"}"#).await {} };
    let end = tokio::time::timeout(wait::LIMIT, flood).await;
    end.expect("the relay closes the session");
    let grown = relay.resident().saturating_sub(before);
    assert!(grown < 64 * MIB, "grown by {grown} bytes");
    amqp.until_counts(32, 0).await;
}

#[tokio::test]
async fn connections_that_say_nothing_or_little_keep_nobody_else_out() {
    let relay = Relay::ready(&node::vhost().await, &[]).await;
    // More than one address may have.
    let half_open = join_all((0..2_500).map(|n| {
        let address = relay.address.parse().unwrap();
        async move {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(([127, 0, 0, 2], 0).into()).unwrap();
            let mut stream: TcpStream = socket.connect(address).await.ok()?;
            if n % 2 == 0 {
                stream.write_all(b"GET /ws HTTP/1.1\r\nHost: 1").await.ok()?;
            }
            Some(stream)
        }
    }))
    .await;
    assert!(half_open.iter().flatten().count() > 1_000);
    others_go_on(&relay).await;
    // Told once, though it happens 500 times.
    let log = relay.until_logged("too many connections").await;
    assert_eq!(log.matches("too many connections").count(), 1, "{log}");
    drop(half_open);
    let relay = &relay;
    wait::until("there is room again", String::new, async || {
        Client::try_connect_from(relay, [127, 0, 0, 2]).await.map(|_| ())
    })
    .await;
}

#[tokio::test]
async fn connections_that_ask_and_never_read_are_gone_in_time_and_their_places_free() {
    // A connection that is no session lasts three times as long.
    let limits = LimitsFile::new("handshake-timeout = '2s'");
    let relay = Relay::ready(&node::vhost().await, &limits.args()).await;
    let (_, page) = relay.get("/").await;
    let wasm = page.split(['"', '\'']).find(|text| text.ends_with(".wasm"));
    let wasm = wasm.expect("the relay has the page in it; build it with cargo xtask build");
    let request = format!(
        "GET /{} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: br\r\n\r\n",
        wasm.trim_start_matches("./"),
        relay.address
    );
    let hogs = join_all((0..1_200).map(|_| {
        let (address, request) = (relay.address.parse().unwrap(), request.as_bytes());
        async move {
            let socket = TcpSocket::new_v4().unwrap();
            // As on a network: on loopback the system would buffer all of it.
            SockRef::from(&socket).set_tcp_mss(536).unwrap();
            socket.set_recv_buffer_size(4 * 1024).unwrap();
            socket.bind(([127, 0, 0, 2], 0).into()).unwrap();
            let mut stream: TcpStream = socket.connect(address).await.ok()?;
            stream.write_all(request).await.ok()?;
            Some(stream)
        }
    }))
    .await;
    relay.until_logged("too many connections").await;
    assert_eq!(relay.get("/healthz").await.0, 200);
    others_go_on(&relay).await;
    let relay = &relay;
    wait::until("there is room again", String::new, async || {
        Client::try_connect_from(relay, [127, 0, 0, 2]).await.map(|_| ())
    })
    .await;
    drop(hogs);
}

#[tokio::test]
async fn a_relay_that_has_too_many_open_files_waits_and_goes_on() {
    let url = node::vhost().await;
    // The relay declares nothing: no connection of its own ends before it has no more files.
    Amqp::connect(&url).await.declare(Shape::Transient).await;
    let proxy = Proxy::start(&url).await;
    let relay = Relay::start_limited(&proxy.amqp_url(), 64).await;
    relay.readyz(200, "").await;
    let mut first = Client::start(&relay).await;
    first.until_queue(0, 0).await;
    let sockets = join_all((0..100).map(|_| TcpStream::connect(&relay.address))).await;
    relay.until_logged("cannot accept").await;
    first.publish(1, "x").await;
    first.confirmed(1).await;
    // What it loses meanwhile it gets back as well.
    proxy.cut();
    first.until_broker("it is away", |state| !state.is_up()).await;
    proxy.mend();
    drop(sockets);
    Client::start(&relay).await;
    relay.readyz(200, "").await;
    first.publish(2, "y").await;
    first.confirmed(2).await;
    assert!(!relay.program.stderr().contains("panicked"), "{}", relay.program.stderr());
}
