//! Tokens over real sockets: who is let in, what each may do, and what a new token file changes.

use std::process::Command;

use warren_protocol::{
    AckMode, ClientMessage, ErrorCode, FailReason, Outcome, Publish, ReceiveMode, Rights, close,
};
use warren_tests::{
    client::Client, limits_file::LimitsFile, node, program::Program, relay::Relay,
    token_file::TokenFile, wait,
};

const ALL: &str = "all-all-all-all-all-all-all-all";
const FEED: &str = "feed-feed-feed-feed-feed-feed-";
const WATCH: &str = "watch-watch-watch-watch-watch-";

/// A session with this token, and what it was told that it may do, and with which queues.
pub(crate) async fn let_in(relay: &Relay, token: &str) -> (Client, Rights, Vec<String>) {
    let mut client = Client::connect(relay).await;
    client.show(token).await;
    let (rights, queues) = client.welcome().await;
    (client, rights, queues)
}

/// Has the relay read its files again, and waits for the line that tells what came of it.
async fn reload(relay: &Relay, line: &str) {
    relay.program.hang_up();
    relay.until_logged(line).await;
}

#[tokio::test]
async fn only_a_token_of_the_file_lets_in_and_the_refusal_says_why() {
    let file = TokenFile::new(&format!("# tokens\n{ALL}\n"));
    let relay = Relay::ready(&node::vhost().await, &["--token-file", file.arg()]).await;
    let mut client = Client::connect(&relay).await;
    client.send_text(r#"{"type":"hello","data":{"protocol":1}}"#).await;
    assert!(client.error(ErrorCode::NotAllowed).await.contains("asks for a token"));
    assert_eq!(client.close_code().await, close::TOKEN_REFUSED);
    let mut client = Client::connect(&relay).await;
    client.show(&ALL.to_uppercase()).await;
    assert!(client.error(ErrorCode::NotAllowed).await.contains("wrong"));
    assert_eq!(client.close_code().await, close::TOKEN_REFUSED);
    let (_, rights, queues) = let_in(&relay, ALL).await;
    assert_eq!((rights, queues), (Rights::ALL, vec!["hello".to_owned()]));
    assert!(!relay.program.stderr().contains(&ALL.to_uppercase()), "{}", relay.program.stderr());
}

#[tokio::test]
async fn the_answer_to_a_wrong_token_waits_and_that_to_a_right_one_does_not() {
    let file = TokenFile::new(ALL);
    let relay = Relay::ready(&node::vhost().await, &["--token-file", file.arg()]).await;
    let mut guesses = Vec::new();
    for guess in 0..7 {
        let mut client = Client::connect(&relay).await;
        client.show(&format!("guess {guess}")).await;
        guesses.push(client);
    }
    // The fourth such line tells that all have been looked at.
    relay.until_logged("times=4").await;
    // Half a second for the first, half a minute for the last.
    let [first, .., last] = &mut guesses[..] else { panic!() };
    tokio::select! {
        _ = last.close_code() => panic!("a wrong token was answered first"),
        _ = async {
            let_in(&relay, ALL).await;
            assert_eq!(first.close_code().await, close::TOKEN_REFUSED);
        } => {}
    }
}

/// Right tokens come in from the same address while clients that have shown none, or a wrong one,
/// are there, more of them than the address may have sessions.
#[tokio::test]
async fn whoever_shows_no_right_token_keeps_no_right_one_out() {
    const ATTACKER: [u8; 4] = [127, 0, 0, 2];
    let file = TokenFile::new(ALL);
    let limits = LimitsFile::new("max-sessions-per-address = 10");
    let args = [&limits.args()[..], &["--token-file", file.arg()]].concat();
    let relay = Relay::ready(&node::vhost().await, &args).await;
    let mut others = Vec::new();
    for second in 0..5 {
        for guess in 0..40 {
            let mut client = Client::connect_from(&relay, ATTACKER).await;
            client.show(&format!("guess {second} {guess}")).await;
            others.push(client);
        }
        let_in_from(&relay, ATTACKER).await;
    }
    for _ in 0..5 {
        for _ in 0..40 {
            others.push(Client::connect_from(&relay, ATTACKER).await);
        }
        let_in_from(&relay, ATTACKER).await;
    }
    // A session has its place once it has shown its token, and not before.
    let mut sessions = Vec::new();
    for _ in 0..10 {
        sessions.push(let_in_from(&relay, ATTACKER).await);
    }
    let mut over = Client::connect_from(&relay, ATTACKER).await;
    over.show(ALL).await;
    assert_eq!(over.close_code().await, close::TRY_AGAIN_LATER);
    assert!(over.closed.unwrap().1.contains("from this address"));
    relay.until_logged("show no token").await;
}

/// A session with a right token; one that has just left may still have its place for a moment.
async fn let_in_from(relay: &Relay, address: [u8; 4]) -> Client {
    wait::until("a right token is let in", String::new, async || {
        let mut client = Client::connect_from(relay, address).await;
        client.show(ALL).await;
        let answered = |client: &mut Client| {
            let welcome = client.broker.is_some();
            (welcome || client.closed.is_some()).then_some(welcome)
        };
        client.until("an answer", answered).await.then_some(client)
    })
    .await
}

#[tokio::test]
async fn a_token_may_do_what_its_line_says_and_nothing_else() {
    let lines = format!("{FEED} send hello\n{WATCH} receive b\n{ALL}");
    let file = TokenFile::new(&lines);
    let queues = ["--queue", "hello", "--queue", "b", "--queue-kind", "auto"];
    let args = [&["--token-file", file.arg()][..], &queues].concat();
    let relay = Relay::ready(&node::vhost().await, &args).await;

    let (mut feed, rights, queues) = let_in(&relay, FEED).await;
    assert_eq!(rights, Rights { send: true, ..Rights::default() });
    assert_eq!(queues, ["hello"]);
    feed.until_queue(0, 0).await;
    assert_eq!(feed.queues.len(), 1);
    feed.publish(1, "to hello").await;
    feed.confirmed(1).await;
    feed.send(&ClientMessage::Publish { messages: vec![to_queue(2, "b")] }).await;
    assert_eq!(feed.failed(2).await.reason, FailReason::UnknownQueue);
    let receive = |queue: Option<&str>| ClientMessage::Receive {
        queue: queue.map(str::to_owned),
        ack: AckMode::Auto,
        prefetch: None,
        mode: ReceiveMode::Take,
        from: None,
    };
    feed.send(&receive(None)).await;
    feed.error(ErrorCode::NotAllowed).await;

    let (mut watch, rights, queues) = let_in(&relay, WATCH).await;
    assert_eq!(rights, Rights { receive: true, look: true, ..Rights::default() });
    assert_eq!(queues, ["b"]);
    watch.publish(1, "x").await;
    let failure = watch.failed(1).await;
    assert_eq!((failure.reason, failure.retry), (FailReason::NotAllowed, false));
    watch.send(&receive(Some("hello"))).await;
    watch.error(ErrorCode::UnknownQueue).await;
    watch.receive(AckMode::Auto, None).await;

    // Only what was allowed has happened.
    let (mut all, ..) = let_in(&relay, ALL).await;
    all.send(&ClientMessage::Publish { messages: vec![to_queue(1, "b")] }).await;
    all.confirmed(1).await;
    assert_eq!(watch.take(1).await[0].routing_key, "b");
    watch.settle_up_to(Outcome::Ack, 1).await;
    all.until_queue(1, 0).await;
}

fn to_queue(id: u64, queue: &str) -> Publish {
    let body = warren_protocol::Body::from("x");
    Publish { id, queue: Some(queue.to_owned()), body, properties: Default::default() }
}

#[tokio::test]
async fn a_reload_ends_the_sessions_of_tokens_that_are_gone_and_no_others() {
    const LOOK: &str = "look-look-look-look-look-look-";
    let file = TokenFile::new(&format!("{ALL}\n{FEED} send\n{WATCH} receive\n{LOOK} look"));
    let url = node::vhost().await;
    let relay = Relay::ready(&url, &["--token-file", file.arg()]).await;
    let (mut stays, ..) = let_in(&relay, ALL).await;
    let (mut changed, ..) = let_in(&relay, FEED).await;
    let (mut gone, ..) = let_in(&relay, WATCH).await;
    let (mut gains, ..) = let_in(&relay, LOOK).await;
    gone.receive(AckMode::Manual, None).await;
    stays.publish(1, "unsettled").await;
    gone.take(1).await;

    file.write(&format!("{ALL}\n{FEED} receive\n{LOOK} look,watch\nnew-token"));
    reload(&relay, "tokens=4").await;
    assert!(gone.error(ErrorCode::NotAllowed).await.contains("no longer"));
    assert_eq!(gone.close_code().await, close::TOKEN_REFUSED);
    assert_eq!(changed.close_code().await, close::GOING_AWAY);
    assert_eq!(gains.close_code().await, close::GOING_AWAY);
    let (_, rights, _) = let_in(&relay, FEED).await;
    assert_eq!(rights, Rights { receive: true, look: true, ..Rights::default() });
    let (_, rights, _) = let_in(&relay, LOOK).await;
    assert_eq!(rights, Rights { look: true, watch: true, ..Rights::default() });
    let_in(&relay, "new-token").await;
    // What the session held went back to the queue.
    stays.receive(AckMode::Auto, None).await;
    let again = &stays.take(1).await[0];
    assert!(again.redelivered);
}

#[tokio::test]
async fn a_token_file_that_cannot_be_used_changes_nothing() {
    let file = TokenFile::new(ALL);
    let relay = Relay::ready(&node::vhost().await, &["--token-file", file.arg()]).await;
    let (mut client, ..) = let_in(&relay, ALL).await;
    for (text, words) in [
        ("", "no token in it"),
        ("x sned", "line 1: after the token comes"),
        ("x\ny look,watch,look", "line 2: look is named twice"),
    ] {
        file.write(text);
        reload(&relay, words).await;
    }
    file.write(ALL);
    file.set_mode(0o604);
    reload(&relay, "everyone on this machine").await;
    client.publish(1, "still here").await;
    client.confirmed(1).await;
    let_in(&relay, ALL).await;
}

#[tokio::test]
async fn a_token_file_that_others_may_read_or_write_keeps_the_relay_from_starting() {
    let file = TokenFile::new(ALL);
    for mode in [0o604, 0o602, 0o666] {
        file.set_mode(mode);
        let mut relay = Relay::spawn("amqp://127.0.0.1:1", &["--token-file", file.arg()]);
        assert_eq!(relay.ended().await.code(), Some(2));
        let stderr = relay.stderr();
        assert!(stderr.contains(file.arg()) && stderr.contains("chmod 600"), "{stderr}");
        assert!(!stderr.contains(ALL), "{stderr}");
    }
    for mode in [0o600, 0o400, 0o640] {
        file.set_mode(mode);
        Relay::start("amqp://127.0.0.1:1", &["--token-file", file.arg()]).await;
    }
}

#[tokio::test]
async fn beyond_this_machine_a_token_is_made_and_printed_in_the_fragment() {
    let url = node::vhost().await;
    let mut relay = Relay::spawn_on("0.0.0.0:0", &url, &[]);
    let port = port(&mut relay).await;
    let token = relay
        .line("the address to open", |line| {
            line.strip_prefix("open http://")?
                .split_once("/#token=")
                .map(|(_, token)| token.to_owned())
        })
        .await;
    assert_eq!(token.len(), 32);
    let relay = Relay { program: relay, address: format!("127.0.0.1:{port}"), tls: None };
    relay.readyz(200, "").await;
    let (mut client, ..) = let_in(&relay, &token).await;
    client.publish(1, "x").await;
    client.confirmed(1).await;
    let mut client = Client::connect(&relay).await;
    client.send_text(r#"{"type":"hello","data":{"protocol":1}}"#).await;
    assert_eq!(client.close_code().await, close::TOKEN_REFUSED);
    assert!(!relay.program.stderr().contains(&token));
}

#[tokio::test]
async fn to_let_everyone_in_is_warned_of() {
    let mut relay = Relay::spawn_on("0.0.0.0:0", "amqp://127.0.0.1:1", &["--no-token"]);
    let port = port(&mut relay).await;
    let relay = Relay { program: relay, address: format!("127.0.0.1:{port}"), tls: None };
    Client::start(&relay).await;
    let log = relay.until_logged("--no-token").await;
    assert!(log.contains("WARN"), "{log}");
}

#[tokio::test]
async fn a_relay_behind_a_proxy_that_lets_everyone_in_is_warned_of() {
    let file = TokenFile::new(ALL);
    for (args, warned) in [
        (&["--origin", "https://warren.example"][..], true),
        (&["--origin", "https://warren.example", "--token-file", file.arg()], false),
        (&["--origin", "http://localhost:8081"], false),
    ] {
        let mut relay = Relay::start("amqp://127.0.0.1:1", args).await.program;
        relay.terminate();
        relay.ended().await;
        let stderr = relay.stderr();
        assert_eq!(stderr.contains("--origin names another host"), warned, "{args:?}: {stderr}");
    }
}

async fn port(relay: &mut Program) -> u16 {
    let port = |line: &str| line.strip_prefix("listening on http://0.0.0.0:")?.parse().ok();
    relay.line("the relay listens", port).await
}

/// What a browser cannot be made to send: other hosts and origins, as they are.
#[tokio::test]
async fn foreign_hosts_and_origins_are_refused_over_real_sockets() {
    let relay = Relay::ready(&node::vhost().await, &["--origin", "https://warren.example"]).await;
    let port = relay.address.rsplit_once(':').unwrap().1;
    let status = |headers: &[String]| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]);
        for header in headers {
            curl.args(["--header", header]);
        }
        curl.arg(format!("{}/ws", relay.url()));
        String::from_utf8(curl.output().unwrap().stdout).unwrap()
    };
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}"), "warren.example".into()];
    for host in own {
        // 400: let through to the upgrade, which this request does not ask for.
        assert_eq!(status(&[format!("Host: {host}")]), "400", "{host}");
    }
    for host in ["evil.test", "127.0.0.1.evil.test", "localhost.", "warren.example.evil.test"] {
        assert_eq!(status(&[format!("Host: {host}")]), "421", "{host}");
        assert_eq!(status(&[format!("Host: {host}:{port}")]), "421", "{host}");
    }
    for origin in ["null", "http://evil.test", "https://127.0.0.1", "http://warren.example"] {
        assert_eq!(status(&[format!("Origin: {origin}")]), "403", "{origin}");
    }
    for origin in [relay.url(), "https://warren.example".to_owned()] {
        assert_eq!(status(&[format!("Origin: {origin}")]), "400", "{origin}");
    }
}
