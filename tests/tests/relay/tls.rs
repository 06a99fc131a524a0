//! The relay served over TLS: the page, its WebSocket, and certificates that change.

use std::fs;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use warren_tests::{
    certificates::{Authority, HOST, Pair, Validity, text},
    client::Client,
    limits_file::LimitsFile,
    node,
    relay::Relay,
    wait,
};

/// A relay with a broker that does not matter, the certificate that it shows, and the authority.
async fn relay_over_tls(args: &[&str]) -> (Relay, Pair, Authority) {
    let authority = Authority::new("warren test CA");
    let pair = authority.issue("relay");
    let relay = Relay::start_over_tls("amqp://127.0.0.1:1", &pair, &authority, args).await;
    (relay, pair, authority)
}

#[tokio::test]
async fn the_page_its_state_and_its_socket_are_served_over_tls() {
    let authority = Authority::new("warren test CA");
    let url = node::vhost().await;
    let relay = Relay::start_over_tls(&url, &authority.issue("relay"), &authority, &[]).await;
    relay.readyz(200, "").await;
    let (status, page) = relay.get("/").await;
    assert!(status == 200 && page.contains("<html"), "{status} {page}");

    let mut client = Client::try_connect(&relay, Some(&relay.url())).await.unwrap();
    client.hello().await;
    client.publish(1, "over TLS").await;
    client.confirmed(1).await;
    // Another origin, though of the same host and port.
    let plain = relay.url().replace("https", "http");
    assert_eq!(Client::try_connect(&relay, Some(&plain)).await.err(), Some(403));
}

#[tokio::test]
async fn who_speaks_plain_http_to_it_is_told_so_and_nothing_is_logged() {
    let (relay, ..) = relay_over_tls(&[]).await;
    relay.until_logged("not connected").await;
    for _ in 0..3 {
        let mut socket = TcpStream::connect(&relay.address).await.unwrap();
        let request = "GET / HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n";
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
        assert!(answer.contains("content-security-policy: default-src 'none'"), "{answer}");
    }
    let log = relay.program.stderr();
    let others: Vec<_> = log.lines().filter(|line| !line.contains("not connected")).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[tokio::test]
async fn who_does_not_shake_hands_in_time_is_cut_off() {
    let (relay, ..) = relay_over_tls(&LimitsFile::new("handshake-timeout = '1s'").args()).await;
    let mut silent = TcpStream::connect(&relay.address).await.unwrap();
    let mut slow = TcpStream::connect(&relay.address).await.unwrap();
    // The head of a handshake record of 256 bytes, and no more.
    slow.write_all(&[22, 3, 1, 1, 0]).await.unwrap();
    for socket in [&mut silent, &mut slow] {
        let read = tokio::time::timeout(wait::LIMIT, socket.read(&mut [0])).await;
        assert_eq!(read.expect("it is still open").unwrap_or(0), 0);
    }
}

#[tokio::test]
async fn sighup_shows_a_renewed_certificate_to_new_connections_and_keeps_old_sessions() {
    let (relay, pair, authority) = relay_over_tls(&[]).await;
    let before = relay.certificate().await;
    let mut client = Client::start(&relay).await;

    authority.issue("renewed").replace(&pair);
    assert_eq!(relay.certificate().await, before);
    relay.program.hang_up();
    wait::until("the new certificate is shown", String::new, async || {
        (relay.certificate().await != before).then_some(())
    })
    .await;
    relay.until_logged("read again").await;
    // The old session answers, if only that there is no broker.
    client.publish(1, "still here").await;
    assert!(client.failed(1).await.retry);
    Client::start(&relay).await;
}

#[tokio::test]
async fn sighup_keeps_the_certificate_where_the_files_are_broken() {
    let (relay, pair, authority) = relay_over_tls(&[]).await;
    let before = relay.certificate().await;
    // A renewal that has got half way.
    fs::copy(authority.issue("renewed").cert, &pair.cert).unwrap();
    relay.program.hang_up();
    relay.until_logged("does not fit").await;
    assert_eq!(relay.certificate().await, before);

    fs::remove_file(&pair.cert).unwrap();
    relay.program.hang_up();
    relay.until_logged("No such file").await;
    assert_eq!(relay.certificate().await, before);

    authority.issue("renewed").replace(&pair);
    relay.program.hang_up();
    relay.until_logged("read again").await;
    assert_ne!(relay.certificate().await, before);
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_now_is_warned_of_at_the_start() {
    let authority = Authority::new("warren test CA");
    let cases =
        [(Validity::Past, "expired on 2001-02-03"), (Validity::Future, "before 3001-02-03")];
    for (validity, words) in cases {
        let pair = authority.issue_for("relay", &[HOST], validity);
        let relay = Relay::start_over_tls("amqp://127.0.0.1:1", &pair, &authority, &[]).await;
        relay.until_logged(words).await;
    }
}

#[tokio::test]
async fn a_key_that_everyone_may_read_is_warned_of() {
    let (relay, pair, _authority) = relay_over_tls(&[]).await;
    assert!(!relay.program.stderr().contains("chmod"), "{}", relay.program.stderr());
    pair.chmod_key(0o644);
    relay.program.hang_up();
    relay.until_logged(&format!("run chmod 600 {}", text(&pair.key))).await;
}

#[tokio::test]
async fn a_certificate_and_a_key_that_do_not_belong_together_end_the_relay_with_2() {
    let authority = Authority::new("warren test CA");
    let pair = Pair { key: authority.issue("other").key, ..authority.issue("relay") };
    let args = pair.args("--tls-cert", "--tls-key");
    let args = args.each_ref().map(String::as_str);
    let mut program = Relay::spawn("amqp://127.0.0.1:1", &args);
    assert_eq!(program.ended().await.code(), Some(2));
    let said = program.stderr();
    assert!(said.contains("other.key does not fit --tls-cert"), "{said}");
    assert!(said.contains("relay.pem"), "{said}");
}
