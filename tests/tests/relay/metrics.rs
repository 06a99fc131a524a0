//! `/metrics` counts what has happened, each thing once and nothing else.

use warren_protocol::{
    AckMode, Body, BrokerState, ClientMessage, FailReason, Outcome, Properties, Publish, StopReason,
};
use warren_tests::{
    amqp::{Amqp, Shape},
    client::Client,
    limits_file::LimitsFile,
    metrics::Scrape,
    node, proxy,
    relay::Relay,
    token_file::TokenFile,
    wait,
};

const TOKEN: &str = "open-sesame-open-sesame-open-sesame";
const BEARER: &str = "Bearer open-sesame-open-sesame-open-sesame";

/// A relay that has `hello` and `gone`, of which only `hello` exists.
async fn start(args: &[&str]) -> (Relay, Amqp) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let queues = ["--queue", "hello", "--queue", "gone", "--queue-kind", "never"];
    let relay = Relay::start(&url, &[&queues, args].concat()).await;
    relay.readyz(200, "").await;
    (relay, amqp)
}

/// Scrapes a relay, with the token in case it asks for one.
async fn scrape(relay: &Relay) -> Scrape {
    let headers = [("host", relay.address.as_str()), ("authorization", BEARER)];
    let (status, _, text) = relay.get_with("/metrics", &headers).await;
    assert_eq!(status, 200, "{text}");
    Scrape::read(&text)
}

/// Scrapes until what has changed since `before` is just `wanted`.
async fn until_changed(relay: &Relay, before: &Scrape, wanted: &[(&str, f64)]) {
    let mut wanted = wanted.to_vec();
    wanted.sort_by_key(|(series, _)| *series);
    let mut last = String::new();
    let found = wait::within(wait::LIMIT, async || {
        let now = scrape(relay).await;
        let changed = now.since(before);
        last = format!("{changed:#?}");
        (changed == wanted).then_some(())
    });
    if found.await.is_none() {
        panic!("the metrics should have changed by {wanted:#?}, but have by {last}");
    }
}

#[tokio::test]
async fn published_messages_count_by_what_became_of_them() {
    let (relay, _amqp) = start(&["--max-body", "1KiB"]).await;
    let mut client = Client::start(&relay).await;
    let before = scrape(&relay).await;
    let message = |id, body: &str| {
        let (queue, body) = (None, Body::from(body.to_owned()));
        Publish { id, queue, body, properties: Properties::default() }
    };
    let to = |queue: &str, id| Publish { queue: Some(queue.to_owned()), ..message(id, "x") };
    let expires = |id, when: &str| {
        let expiration = Some(when.to_owned());
        let properties = Properties { expiration, ..Properties::default() };
        Publish { properties, ..message(id, "x") }
    };
    let from = |id, user: &str| {
        let user_id = Some(user.to_owned());
        let properties = Properties { user_id, ..Properties::default() };
        Publish { properties, ..message(id, "x") }
    };
    let mut messages: Vec<Publish> = (1..=5).map(|id| message(id, "twelve bytes")).collect();
    messages.extend([to("gone", 6), to("gone", 7)]);
    messages.extend([expires(8, "never"), from(9, "somebody")]);
    messages.extend([message(10, &"x".repeat(1025)), to("secrets", 11)]);
    client.send(&ClientMessage::Publish { messages }).await;
    for id in 1..=5 {
        client.confirmed(id).await;
    }
    let reasons = [
        (6, FailReason::Returned),
        (7, FailReason::Returned),
        (8, FailReason::InvalidProperty),
        (9, FailReason::InvalidProperty),
        (10, FailReason::TooLarge),
        (11, FailReason::UnknownQueue),
    ];
    for (id, reason) in reasons {
        assert_eq!(client.failed(id).await.reason, reason, "{id}");
    }
    let wanted = [
        ("warren_published_total{outcome=\"confirmed\"}", 5.0),
        ("warren_published_total{outcome=\"returned\"}", 2.0),
        ("warren_published_total{outcome=\"invalid_property\"}", 2.0),
        ("warren_published_total{outcome=\"too_large\"}", 1.0),
        ("warren_published_total{outcome=\"unknown_queue\"}", 1.0),
        ("warren_published_bytes_total", 60.0),
        // The broker has answered what it was given: confirmed and returned.
        ("warren_confirm_seconds_count", 7.0),
    ];
    until_changed(&relay, &before, &wanted).await;
    let after = scrape(&relay).await;
    assert_eq!(
        after.get("warren_confirm_seconds_bucket{le=\"+Inf\"}"),
        after.get("warren_confirm_seconds_count")
    );
}

#[tokio::test]
async fn deliveries_and_settles_count_by_outcome_and_what_waits_is_a_gauge() {
    let (relay, amqp) = start(&[]).await;
    let mut client = Client::start(&relay).await;
    client.receive(AckMode::Manual, None).await;
    let before = scrape(&relay).await;
    for _ in 0..6 {
        amqp.publish(b"eight by").await;
    }
    let tags: Vec<u64> = client.take(6).await.iter().map(|delivery| delivery.tag).collect();
    client.settle_up_to(Outcome::Ack, tags[1]).await;
    client.settle(Outcome::Ack, &[tags[3]]).await;
    client.settle(Outcome::Reject, &[tags[2]]).await;
    client.settle(Outcome::Requeue, &[tags[4]]).await;
    client.take(1).await;
    let wanted = [
        // One comes again.
        ("warren_deliveries_total", 7.0),
        ("warren_delivered_bytes_total", 56.0),
        ("warren_settles_total{outcome=\"ack\"}", 3.0),
        ("warren_settles_total{outcome=\"reject\"}", 1.0),
        ("warren_settles_total{outcome=\"requeue\"}", 1.0),
        ("warren_unsettled", 2.0),
    ];
    until_changed(&relay, &before, &wanted).await;
    // A tag that is settled already settles nothing.
    client.settle(Outcome::Ack, &[tags[0]]).await;
    client.error(warren_protocol::ErrorCode::UnknownTag).await;
    until_changed(&relay, &before, &wanted).await;

    drop(client);
    amqp.until_counts(2, 0).await;
    let left = [("warren_sessions", -1.0), ("warren_sessions_ended_total{reason=\"left\"}", 1.0)];
    let wanted = [&wanted[..5], &left].concat();
    until_changed(&relay, &before, &wanted).await;
}

#[tokio::test]
async fn sessions_count_when_they_come_and_by_how_they_go() {
    let file = TokenFile::new(TOKEN);
    let limits = LimitsFile::new("max-sessions = 3");
    let args = [&limits.args()[..], &["--token-file", file.arg(), "--max-body", "1KiB"]].concat();
    let (relay, _amqp) = start(&args).await;
    let greeted = async || {
        let mut client = Client::connect(&relay).await;
        client.show(TOKEN).await;
        client.welcome().await;
        client
    };
    let before = scrape(&relay).await;
    let (one, mut two, mut three) = (greeted().await, greeted().await, greeted().await);
    let mut over = Client::connect(&relay).await;
    over.show(TOKEN).await;
    over.close_code().await;
    let came = [
        ("warren_sessions", 3.0),
        ("warren_sessions_started_total", 3.0),
        ("warren_refused_total{reason=\"too_many_sessions\"}", 1.0),
    ];
    until_changed(&relay, &before, &came).await;

    drop(one);
    two.send_text(&"x".repeat(warren_protocol::limits::max_message_bytes(1024) + 1)).await;
    two.close_code().await;
    drop(two);
    file.write("another-token");
    relay.program.hang_up();
    three.close_code().await;
    drop(three);
    let went = [
        ("warren_sessions_started_total", 3.0),
        ("warren_refused_total{reason=\"too_many_sessions\"}", 1.0),
        ("warren_sessions_ended_total{reason=\"left\"}", 1.0),
        ("warren_sessions_ended_total{reason=\"too_big\"}", 1.0),
        ("warren_sessions_ended_total{reason=\"token_revoked\"}", 1.0),
    ];
    file.write(TOKEN);
    relay.program.hang_up();
    let twice = |line: &str| line.contains("read the token file again").then_some(());
    let seen = || relay.program.stderr();
    wait::until("the token is back", seen, async || {
        (relay.program.stderr().lines().filter_map(twice).count() == 2).then_some(())
    })
    .await;
    until_changed(&relay, &before, &went).await;
}

#[tokio::test]
async fn who_is_refused_counts_by_why() {
    let file = TokenFile::new(TOKEN);
    let limits = LimitsFile::new("hello-timeout = '3s'");
    let (relay, _amqp) = start(&[&limits.args()[..], &["--token-file", file.arg()]].concat()).await;
    let before = scrape(&relay).await;
    for first in [
        r#"{"type":"pause"}"#,
        r#"{"type":"hello","data":{"protocol":2}}"#,
        r#"{"type":"hello","data":{"protocol":1}}"#,
        r#"{"type":"hello","data":{"protocol":1,"token":"sesame"}}"#,
    ] {
        let mut client = Client::connect(&relay).await;
        client.send_text(first).await;
        client.close_code().await;
    }
    Client::connect(&relay).await.close_code().await;
    let refused = Client::try_connect(&relay, Some("https://evil.example")).await;
    assert_eq!(refused.err(), Some(403));
    assert_eq!(relay.get_with("/", &[("host", "evil.example")]).await.0, 421);
    let wanted = [
        ("warren_refused_total{reason=\"not_hello\"}", 1.0),
        ("warren_refused_total{reason=\"version\"}", 1.0),
        ("warren_refused_total{reason=\"no_token\"}", 1.0),
        ("warren_refused_total{reason=\"wrong_token\"}", 1.0),
        ("warren_refused_total{reason=\"no_hello\"}", 1.0),
        ("warren_refused_total{reason=\"origin\"}", 1.0),
        ("warren_refused_total{reason=\"host\"}", 1.0),
    ];
    until_changed(&relay, &before, &wanted).await;
}

#[tokio::test]
async fn the_brokers_state_its_reconnects_and_late_settles_are_told() {
    const STATES: [&str; 4] = ["connecting", "up", "blocked", "down"];
    let state = |scrape: &Scrape| {
        STATES.map(|state| scrape.get(&format!("warren_broker_state{{state=\"{state}\"}}")))
    };
    let (relay, proxy, amqp) = proxy::relay_on_a_line().await;
    let mut client = Client::start(&relay).await;
    client.receive(AckMode::Manual, None).await;
    amqp.publish(b"unsettled").await;
    let tag = client.take(1).await[0].tag;
    let before = scrape(&relay).await;
    assert_eq!(state(&before), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(before.get("warren_broker_reconnects_total"), 0.0);
    assert_eq!(before.get("warren_unsettled"), 1.0);

    proxy.cut();
    client.stopped(StopReason::BrokerDown).await;
    client.until_broker("down", |state| matches!(state, BrokerState::Down { .. })).await;
    let cut = scrape(&relay).await;
    let [connecting, up, blocked, down] = state(&cut);
    // Between two tries it may be connecting.
    assert_eq!((up, blocked, connecting + down), (0.0, 0.0, 1.0));
    assert_eq!(cut.get("warren_unsettled"), 0.0);
    client.publish(1, "too early").await;
    client.failed(1).await;

    proxy.mend();
    client.until_broker("up", BrokerState::is_up).await;
    let again = client.take(1).await[0].tag;
    client.settle(Outcome::Ack, &[tag, again]).await;
    let wanted = [
        ("warren_broker_reconnects_total", 1.0),
        ("warren_queue_reconnects_total", 1.0),
        ("warren_published_total{outcome=\"broker_down\"}", 1.0),
        ("warren_deliveries_total", 1.0),
        ("warren_delivered_bytes_total", 9.0),
        ("warren_settles_total{outcome=\"ack\"}", 1.0),
        ("warren_stale_settles_total", 1.0),
        ("warren_unsettled", -1.0),
    ];
    until_changed(&relay, &before, &wanted).await;
}

#[tokio::test]
async fn what_waits_for_its_confirm_is_in_flight_and_goes_with_its_session() {
    let (relay, proxy, _amqp) = proxy::relay_on_a_line().await;
    let mut client = Client::start(&relay).await;
    let before = scrape(&relay).await;
    proxy.silence();
    for id in 1..=3 {
        client.publish(id, "into the silence").await;
    }
    until_changed(&relay, &before, &[("warren_in_flight", 3.0)]).await;
    drop(client);
    let wanted = [("warren_sessions", -1.0), ("warren_sessions_ended_total{reason=\"left\"}", 1.0)];
    until_changed(&relay, &before, &wanted).await;
}

#[tokio::test]
async fn metrics_need_the_token_where_pages_do_and_health_does_not() {
    let file = TokenFile::new(TOKEN);
    let (relay, _amqp) = start(&["--token-file", file.arg()]).await;
    let ask = async |authorization: Option<&str>| {
        let mut headers = vec![("host", relay.address.as_str())];
        headers.extend(authorization.map(|value| ("authorization", value)));
        relay.get_with("/metrics", &headers).await
    };
    let no_bearer = format!("Basic {TOKEN}");
    for wrong in [
        None,
        Some(""),
        Some("Bearer"),
        Some(TOKEN),
        Some(no_bearer.as_str()),
        Some("Bearer open-sesame"),
    ] {
        let (status, head, body) = ask(wrong).await;
        assert_eq!(status, 401, "{wrong:?}");
        assert!(head.to_lowercase().contains("www-authenticate: bearer"), "{head}");
        assert!(!body.contains("warren_"), "{body}");
    }
    for right in [BEARER, &BEARER.replace("Bearer", "bearer")] {
        let (status, head, body) = ask(Some(right)).await;
        assert_eq!(status, 200, "{right}");
        assert!(head.contains("application/openmetrics-text; version=1.0.0"), "{head}");
        let scrape = Scrape::read(&body);
        assert_eq!(scrape.get("warren_refused_total{reason=\"no_token\"}"), 5.0);
        assert_eq!(scrape.get("warren_refused_total{reason=\"wrong_token\"}"), 1.0);
    }
    assert_eq!(relay.get("/healthz").await.0, 200);
}

#[tokio::test]
async fn the_process_and_the_version_are_told() {
    let (relay, _amqp) = start(&[]).await;
    let scrape = scrape(&relay).await;
    assert!(scrape.get("process_resident_memory_bytes") > 1e6);
    assert!(scrape.get("process_open_fds") > 3.0);
    assert!(scrape.get("process_max_fds") >= scrape.get("process_open_fds"));
    assert!(scrape.get("process_start_time_seconds") > 1.7e9);
    assert!(scrape.get("process_cpu_seconds_total") >= 0.0);
    assert_eq!(scrape.get("warren_build_info{version=\"0.1.0\"}"), 1.0);
}
