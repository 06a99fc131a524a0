//! Each limit one below, at, and one above it: what is over it is refused in words, and harms
//! nothing else.

use tokio_tungstenite::tungstenite::Message;
use warren_frontend::send::outbox::Outbox;
use warren_protocol::{
    Body, ClientMessage, ErrorCode, FailReason, FieldTable, FieldValue, Properties, Publish,
    ServerMessage, WireMessage as _, close,
};
use warren_tests::{client::Client, limits_file::LimitsFile, node, relay::Relay, wait};

const AROUND: [i64; 3] = [-1, 0, 1];

fn around(limit: usize) -> [(usize, bool); 3] {
    AROUND.map(|by| (limit.saturating_add_signed(by as isize), by <= 0))
}

#[tokio::test]
async fn frames_up_to_the_limit_are_read_and_the_next_ends_the_session() {
    const LIMIT: usize = 2 * 1024 * 1024;
    let limits = LimitsFile::new("max-message = '2MiB'");
    let args = [&limits.args()[..], &["--max-body", "1KiB"]].concat();
    let relay = Relay::ready(&node::vhost().await, &args).await;
    for (bytes, read) in around(LIMIT) {
        let mut client = Client::start(&relay).await;
        client.send_text(&"x".repeat(bytes)).await;
        if read {
            client.error(ErrorCode::BadMessage).await;
            client.publish(1, "still here").await;
            client.confirmed(1).await;
        } else {
            assert_eq!(client.close_code().await, close::TOO_BIG);
        }
    }
}

#[tokio::test]
async fn bodies_up_to_the_limit_are_published() {
    let relay = Relay::ready(&node::vhost().await, &["--max-body", "1KiB"]).await;
    let mut client = Client::start(&relay).await;
    for (id, (bytes, taken)) in (1..).zip(around(1024)) {
        client.publish(id, &"x".repeat(bytes)).await;
        expect(&mut client, id, taken, FailReason::TooLarge).await;
    }
}

#[tokio::test]
async fn headers_up_to_the_limits_are_published() {
    let limits = "max-headers = 4\nmax-headers-size = '1KiB'\nmax-headers-depth = 3";
    let relay = Relay::ready(&node::vhost().await, &LimitsFile::new(limits).args()).await;
    let mut client = Client::start(&relay).await;
    let mut ids = 1..;
    for (count, taken) in around(4) {
        let fields = (0..count).map(|n| (n.to_string(), FieldValue::Void)).collect();
        let id = ids.next().unwrap();
        publish_headers(&mut client, id, FieldTable(fields)).await;
        expect(&mut client, id, taken, FailReason::InvalidProperty).await;
    }
    // The table's length, the name's, the name, the type, and room for a fixed size.
    let bytes_around = 4 + 1 + 1 + 1 + 8;
    for (bytes, taken) in around(1024 - bytes_around) {
        let id = ids.next().unwrap();
        let field = ("h".to_owned(), FieldValue::LongString(vec![b'x'; bytes]));
        publish_headers(&mut client, id, FieldTable([field].into())).await;
        expect(&mut client, id, taken, FailReason::InvalidProperty).await;
    }
    for (depth, taken) in around(3) {
        let id = ids.next().unwrap();
        let value = (1..depth).fold(FieldValue::Void, |inner, _| FieldValue::Array(vec![inner]));
        publish_headers(&mut client, id, FieldTable([("h".to_owned(), value)].into())).await;
        expect(&mut client, id, taken, FailReason::InvalidProperty).await;
    }
}

/// The page's own outbox against the smallest frames that a relay can be made to read: a frame
/// that is too large would be refused and sent again for ever.
#[tokio::test]
async fn what_the_page_sends_fits_whatever_characters_are_in_it() {
    let relay = Relay::ready(&node::vhost().await, &["--max-body", "4KiB"]).await;
    let mut client = Client::connect(&relay).await;
    let ServerMessage::Welcome { limits, .. } = client.hello().await else {
        panic!("no welcome");
    };
    assert_eq!(limits.max_message_bytes, warren_protocol::limits::max_message_bytes(4 * 1024));
    let mut outbox = Outbox::default();
    outbox.set_limits(limits);
    for number in 0..300 {
        let body = Body::from("\u{1}".repeat(1_000));
        let properties =
            Properties { message_id: Some(number.to_string()), ..Properties::default() };
        outbox.push(None, body, properties, 0.0).unwrap();
    }
    while outbox.totals().confirmed < 300 {
        let messages = outbox.take(0.0);
        assert!(!messages.is_empty(), "{:?}", outbox.totals());
        let ids: Vec<u64> = messages.iter().map(|message| message.id).collect();
        let publish = ClientMessage::Publish { messages }.into_binary();
        client.send_raw(Message::binary(publish)).await;
        for id in ids {
            client.confirmed(id).await;
            outbox.published(&[id], Vec::new(), 0.0);
        }
    }
    client.until_queue(300, 0).await;
}

async fn publish_headers(client: &mut Client, id: u64, headers: FieldTable) {
    let properties = Properties { headers: Some(headers), ..Properties::default() };
    client.publish_with(id, Body::from("x"), properties).await;
}

async fn expect(client: &mut Client, id: u64, taken: bool, reason: FailReason) {
    if taken {
        client.confirmed(id).await;
    } else {
        let failure = client.failed(id).await;
        assert_eq!((failure.reason, failure.retry), (reason, false), "{failure:?}");
    }
}

#[tokio::test]
async fn batches_up_to_the_limit_are_published_and_a_larger_one_not_at_all() {
    let relay = Relay::ready(&node::vhost().await, &LimitsFile::new("max-batch = 50").args()).await;
    let mut client = Client::start(&relay).await;
    let mut next = 1;
    for (count, taken) in around(50) {
        let ids = next..next + count as u64;
        next = ids.end;
        let messages = ids.clone().map(message).collect();
        client.send(&ClientMessage::Publish { messages }).await;
        if taken {
            for id in ids {
                client.confirmed(id).await;
            }
        } else {
            assert!(client.error(ErrorCode::BadMessage).await.contains("at most 50"));
            assert!(client.answers.is_empty());
        }
    }
    client.until_queue(99, 0).await;
}

#[tokio::test]
async fn no_flag_allows_more_messages_or_tags_than_are_read() {
    let relay = Relay::ready(&node::vhost().await, &[]).await;
    let mut client = Client::start(&relay).await;
    let message = r#"{"id":1,"body":{"text":""}}"#;
    let many = vec![message; 10_001].join(",");
    client.send_text(&format!(r#"{{"type":"publish","data":{{"messages":[{many}]}}}}"#)).await;
    assert!(client.error(ErrorCode::BadMessage).await.contains("at most 10000"));
    let many = vec!["1"; 65_536].join(",");
    client
        .send_text(&format!(
            r#"{{"type":"settle","data":{{"outcome":"ack","tags":{{"list":[{many}]}}}}}}"#
        ))
        .await;
    assert!(client.error(ErrorCode::BadMessage).await.contains("at most 65535"));
}

fn message(id: u64) -> Publish {
    Publish { id, queue: None, body: Body::from(id.to_string()), properties: Properties::default() }
}

#[tokio::test]
async fn sessions_up_to_the_limit_are_let_in_and_one_that_leaves_makes_room() {
    let relay =
        Relay::ready(&node::vhost().await, &LimitsFile::new("max-sessions = 3").args()).await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(Client::start(&relay).await);
    }
    let mut over = Client::connect(&relay).await;
    assert_eq!(over.close_code().await, close::TRY_AGAIN_LATER);
    sessions.pop();
    let relay = &relay;
    until_let_in(async || Client::connect(relay).await).await;
}

#[tokio::test]
async fn an_address_has_a_limit_of_its_own() {
    let limits = LimitsFile::new("max-sessions-per-address = 2");
    let args = limits.args();
    let relay = Relay::ready(&node::vhost().await, &args).await;
    let from = [127, 0, 0, 2];
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let mut client = Client::connect_from(&relay, from).await;
        client.hello().await;
        sessions.push(client);
    }
    let mut over = Client::connect_from(&relay, from).await;
    assert_eq!(over.close_code().await, close::TRY_AGAIN_LATER);
    assert!(over.closed.unwrap().1.contains("from this address"));
    Client::start(&relay).await;
    sessions.pop();
    let relay = &relay;
    until_let_in(async || Client::connect_from(relay, from).await).await;
}

/// A session that has left gives its place back a moment later.
async fn until_let_in(connect: impl AsyncFn() -> Client) {
    let come_in = async || {
        let mut client = connect().await;
        client.send_text(r#"{"type":"hello","data":{"protocol":1}}"#).await;
        let answered = |client: &mut Client| {
            let welcome = client.events.pop().is_some();
            (welcome || client.closed.is_some()).then_some(welcome)
        };
        client.until("an answer", answered).await.then_some(())
    };
    wait::until("there is room again", String::new, come_in).await;
}

#[tokio::test]
async fn who_says_nothing_in_time_is_sent_away() {
    let relay =
        Relay::ready(&node::vhost().await, &LimitsFile::new("hello-timeout = '1s'").args()).await;
    let mut silent = Client::connect(&relay).await;
    assert_eq!(silent.close_code().await, close::POLICY);
    assert!(silent.closed.unwrap().1.contains("no hello in time"));
}

#[tokio::test]
async fn a_first_frame_that_is_far_too_large_is_not_read() {
    let relay = Relay::ready(&node::vhost().await, &[]).await;
    let mut client = Client::connect(&relay).await;
    client.send_text(&"x".repeat(1024 * 1024)).await;
    client.until_gone().await;
    // Had it been read, the relay would have said what is wrong with it.
    assert_eq!(client.closed, None);
}

#[tokio::test]
async fn who_does_not_finish_a_request_in_time_is_cut_off_and_so_is_an_idle_connection() {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };
    let relay =
        Relay::start("amqp://127.0.0.1:1", &LimitsFile::new("handshake-timeout = '1s'").args())
            .await;
    let whole = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", relay.address);
    for (request, answered) in [("", false), ("GET / HTTP/1.1\r\nHost: lo", false), (&*whole, true)]
    {
        let mut socket = TcpStream::connect(&relay.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let ended = socket.read_to_end(&mut answer);
        tokio::time::timeout(wait::LIMIT, ended).await.expect("it is cut off").ok();
        let ok = answer.starts_with(b"HTTP/1.1 200");
        assert_eq!(ok, answered, "{request:?}: {}", String::from_utf8_lossy(&answer));
    }
}

/// Reads for ever, so that pings are answered.
async fn answer_pings(client: &mut Client) {
    loop {
        client.read().await;
    }
}

#[tokio::test]
async fn who_answers_no_ping_is_gone_and_who_does_stays() {
    let url = node::vhost().await;
    let relay = Relay::ready(&url, &LimitsFile::new("idle-timeout = '1s'").args()).await;
    let mut alive = Client::start(&relay).await;
    let starts = async {
        let mut silent = Client::start(&relay).await;
        silent.receive(warren_protocol::AckMode::Manual, None).await;
        silent
    };
    let mut silent = tokio::select! {
        silent = starts => silent,
        () = answer_pings(&mut alive) => unreachable!(),
    };
    // However long that takes, it answers until then.
    tokio::select! {
        () = alive.until_queue(0, 1) => {}
        () = answer_pings(&mut silent) => {}
    }
    // Nobody reads its socket from here on, so no ping is answered.
    alive.until_queue(0, 0).await;
    alive.publish(1, "still here").await;
    alive.confirmed(1).await;
    silent.until_gone().await;
}
