//! A broker that cannot be reached is said in words, and never with its password.

use std::net::TcpListener;

use warren_protocol::{AckMode, BrokerState, ClientMessage, ReceiveMode, StopReason};
use warren_tests::{client::Client, node, relay::Relay};

const PASSWORD: &str = "s3cret-s3cret";

/// With a wrong broker URL the relay serves, and says all of `words` wherever one looks.
async fn assert_says(amqp_url: &str, words: &[&str]) {
    assert_relay_says(&Relay::start(amqp_url, &[]).await, words).await;
}

/// A relay without a broker serves, and says all of `words` wherever one looks.
pub(crate) async fn assert_relay_says(relay: &Relay, words: &[&str]) {
    assert_eq!(relay.get("/healthz").await.0, 200);
    relay.readyz(503, words[0]).await;
    let (_, why) = relay.get("/readyz").await;

    let mut client = Client::start(relay).await;
    let detail = client
        .until("the broker is down, and why", |client| match client.broker.as_ref()? {
            BrokerState::Down { detail, .. } | BrokerState::Connecting { detail } => {
                detail.as_ref().map(ToString::to_string)
            }
            BrokerState::Up { .. } | BrokerState::Blocked { .. } => {
                panic!("it should not be reached")
            }
        })
        .await;
    for word in words {
        assert!(detail.contains(word), "{word:?} is not in {detail:?}");
        assert!(why.contains(word), "{word:?} is not in {why:?}");
    }
    client.publish(1, "x").await;
    assert!(client.failed(1).await.retry);
    let log = relay.until_logged(words[0]).await;
    for text in [log, detail, why] {
        assert!(!text.contains(PASSWORD), "the password is in: {text}");
    }
}

#[tokio::test]
async fn a_scheme_that_is_not_amqp_ends_the_relay_with_2() {
    let mut program = Relay::spawn(&format!("http://guest:{PASSWORD}@127.0.0.1/"), &[]);
    assert_eq!(program.ended().await.code(), Some(2));
    let said = program.stderr();
    assert!(said.contains("--amqp-url") && said.contains("amqp://"), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_named() {
    let url = format!("amqp://guest:{PASSWORD}@no-such-host.invalid:5672/%2f");
    assert_says(&url, &["no-such-host.invalid"]).await;
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("amqp://guest:{PASSWORD}@{address}/%2f");
    assert_says(&url, &["refuse", &address.port().to_string()]).await;
}

#[tokio::test]
async fn a_wrong_password_is_said() {
    let url = node::vhost().await.replace("guest:guest", &format!("guest:{PASSWORD}"));
    assert_says(&url, &["login failed for user"]).await;
}

#[tokio::test]
async fn a_vhost_that_does_not_exist_is_named() {
    let url = format!("{}/no-such-vhost", node::address().await);
    assert_says(&url, &["vhost", "no-such-vhost"]).await;
}

/// To ask the broker takes a connection each time.
#[tokio::test]
async fn a_queue_that_may_not_be_declared_is_asked_for_only_now_and_then() {
    let url = node::vhost().await;
    let (_, vhost) = url.rsplit_once('/').unwrap();
    let user = format!("user-of-{vhost}");
    node::ctl(&["add_user", &user, PASSWORD]).await;
    node::ctl(&["set_permissions", "-p", vhost, &user, "^$", ".*", ".*"]).await;
    let relay = Relay::start(&url.replace("guest:guest", &format!("{user}:{PASSWORD}")), &[]).await;
    let mut client = Client::start(&relay).await;
    client
        .send(&ClientMessage::Receive {
            queue: None,
            ack: AckMode::Auto,
            prefetch: None,
            mode: ReceiveMode::Take,
            from: None,
        })
        .await;
    client.stopped(StopReason::Refused).await;
    // The counts go on for other queues, and each page that comes has them read again.
    for _ in 0..3 {
        let told = |client: &mut Client| client.queues.first().map(|_| ());
        Client::start(&relay).await.until("the counts", told).await;
    }
    let log = relay.until_logged("may not do that with queue hello").await;
    let asked = log.matches("trying quorum").count();
    // As the relay connects, and once for those who ask.
    assert!((1..=2).contains(&asked), "{asked} times: {log}");
}
