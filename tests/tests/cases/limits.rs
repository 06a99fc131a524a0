//! What an operator allows a user or a vhost: what is too much is said in the broker's words, and
//! the rest goes on.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use lapin::types::FieldTable;
use warren_protocol::{
    AckMode, Body, BrokerState, ClientMessage, Outcome, Properties, Publish, ServerMessage,
    StopReason,
};
use warren_tests::{
    amqp::{Amqp, Shape},
    broker_log::BrokerLog,
    client::{Client, words},
    node::{self, Rabbit},
    relay::Relay,
    wait,
    witness::Witness,
};

use crate::case::{Case, QUEUE, QUEUES, declare, publish, vhost_of};

/// Whoever is refused tries again at most a minute later.
const SETTLED: Duration = Duration::from_secs(90);

const EVERYTHING: &str = ".*";
const NOTHING: &str = "^nothing$";

on_each_rabbit!(
    receivers_above_the_users_channel_limit_are_told_so_and_the_others_go_on,
    a_user_who_may_not_publish_is_told_so_once_for_all_messages,
    a_vhosts_connection_limit_is_said_in_its_own_words,
    a_users_connection_limit_is_said_in_its_own_words,
    a_check_for_which_no_connection_is_left_keeps_no_message,
);

/// What a session is told last of its receiving.
enum Receiving {
    Yes,
    Refused(String),
}

fn receiving(client: &Client) -> Option<Receiving> {
    client.events.iter().rev().find_map(|event| match event {
        ServerMessage::Receiving { .. } => Some(Some(Receiving::Yes)),
        ServerMessage::Stopped { reason: StopReason::Refused, detail } => {
            Some(Some(Receiving::Refused(words(detail.clone()))))
        }
        // It does not stay so.
        ServerMessage::Stopped { .. } => Some(None),
        _ => None,
    })?
}

async fn receivers_above_the_users_channel_limit_are_told_so_and_the_others_go_on(rabbit: Rabbit) {
    const SESSIONS: usize = 12;
    const CHANNELS: usize = 8;
    const MESSAGES: usize = 200;
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let (user, user_url) = node::user_on(rabbit, &url, EVERYTHING).await;
    let limit = format!("{{\"max-channels\": {CHANNELS}}}");
    node::ctl_on(rabbit, &["set_user_limits", &user, &limit]).await;
    let prepare = async |amqp: &Amqp| declare(amqp, QUEUE, FieldTable::default()).await;
    let case = Case::start_at(&url, &user_url, &QUEUES, prepare).await;
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        let mut session = case.session().await;
        session.ask_for(QUEUE, AckMode::Auto, None).await;
        sessions.push(session);
    }
    let mut told = Vec::new();
    let all_told = wait::within(SETTLED, async || {
        read_what_is_there(&mut sessions).await;
        told = sessions.iter().map(receiving).collect();
        let receivers = told.iter().filter(|told| matches!(told, Some(Receiving::Yes))).count();
        let consumers = case.amqp.counts_of(QUEUE).await.unwrap().1;
        let settled = receivers > 0 && receivers == consumers as usize;
        (settled && told.iter().all(Option::is_some)).then_some(())
    });
    all_told.await.unwrap_or_else(|| panic!("not all are told how it stands: {sessions:?}"));
    let mut refused = 0;
    for told in told.into_iter().flatten() {
        if let Receiving::Refused(words) = told {
            assert!(words.contains("limit") && words.contains("channel"), "{words}");
            refused += 1;
        }
    }
    println!("{refused} of {SESSIONS} are refused");
    assert!((SESSIONS - CHANNELS..SESSIONS).contains(&refused), "{refused}");

    publish(&case.amqp, QUEUE, 1..=MESSAGES).await;
    let mut arrived = BTreeSet::new();
    wait::until("everything has arrived", String::new, async || {
        read_what_is_there(&mut sessions).await;
        for session in &mut sessions {
            while !session.deliveries.is_empty() {
                let taken = session.take_and_ack(1).await.remove(0);
                arrived.insert(taken.properties.message_id.unwrap());
            }
        }
        (arrived.len() == MESSAGES).then_some(())
    })
    .await;
    case.finish().await;
}

/// Reads until no session has anything more to read just now.
async fn read_what_is_there(sessions: &mut [Client]) {
    for session in sessions {
        let soon = Duration::from_millis(5);
        while tokio::time::timeout(soon, session.read()).await.is_ok() {}
    }
}

async fn a_user_who_may_not_publish_is_told_so_once_for_all_messages(rabbit: Rabbit) {
    const MESSAGES: u64 = 2_000;
    const MAX_CHANNEL_ERRORS: usize = 5;
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let (_, user_url) = node::user_on(rabbit, &url, NOTHING).await;
    let amqp = Amqp::connect(&url).await;
    Witness::declare(&amqp).await;
    declare(&amqp, QUEUE, FieldTable::default()).await;
    let relay = Relay::ready(&user_url, &QUEUES).await;
    // Its user may not publish either.
    let witness = Witness::start_fed(&relay, &url).await;

    let log = BrokerLog::from_now(rabbit).await;
    let mut page = Client::start(&relay).await;
    let message = |id| Publish {
        id,
        queue: Some(QUEUE.to_owned()),
        body: Body::from("x"),
        properties: Properties::default(),
    };
    let start = Instant::now();
    let messages = (1..=MESSAGES).map(message).collect();
    page.send(&ClientMessage::Publish { messages }).await;
    let mut causes = BTreeSet::new();
    for id in 1..=MESSAGES {
        let failure = page.failed(id).await;
        assert!(!failure.retry, "{failure:?}");
        causes.insert(words(failure.detail));
    }
    println!("all are answered after {:.1} s", start.elapsed().as_secs_f64());
    assert!(causes.len() == 1 && causes.first().unwrap().contains("refused"), "{causes:?}");
    let vhost = format!("'{}'", vhost_of(&url));
    let errors = log.lines(&["Channel error on connection", &vhost]).await;
    assert!(errors.len() <= MAX_CHANNEL_ERRORS, "{} errors: {:#?}", errors.len(), errors[0]);
    witness.finish(&relay).await;
}

async fn a_vhosts_connection_limit_is_said_in_its_own_words(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let vhost = vhost_of(&url);
    node::ctl_on(rabbit, &["set_vhost_limits", "-p", vhost, r#"{"max-connections": 0}"#]).await;
    limit_is_said(&url, vhost, async || {
        node::ctl_on(rabbit, &["clear_vhost_limits", "-p", vhost]).await;
    })
    .await;
}

async fn a_users_connection_limit_is_said_in_its_own_words(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let (user, user_url) = node::user_on(rabbit, &url, EVERYTHING).await;
    node::ctl_on(rabbit, &["set_user_limits", &user, r#"{"max-connections": 0}"#]).await;
    limit_is_said(&user_url, &user, async || {
        node::ctl_on(rabbit, &["clear_user_limits", &user, "max-connections"]).await;
    })
    .await;
}

/// Whether a queue is a stream is tried on a connection of its own, where a message says so.
async fn a_check_for_which_no_connection_is_left_keeps_no_message(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let (user, user_url) = node::user_on(rabbit, &url, EVERYTHING).await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let relay = Relay::start(&user_url, &[]).await;
    let mut client = Client::start(&relay).await;
    client.receive(AckMode::Manual, None).await;
    node::ctl_on(rabbit, &["set_user_limits", &user, r#"{"max-connections": 1}"#]).await;
    amqp.publish_with_headers(b"odd", &[("x-stream-offset", 1)]).await;
    let stopped = |event: &ServerMessage| matches!(event, ServerMessage::Stopped { .. });
    client.event("it cannot be checked", stopped).await;
    node::ctl_on(rabbit, &["clear_user_limits", &user, "max-connections"]).await;
    let tag = client.take(1).await[0].tag;
    client.settle_up_to(Outcome::Ack, tag).await;
    amqp.until_counts(0, 1).await;
}

/// The page is told of the limit and of whose it is; once it is lifted, messages flow.
async fn limit_is_said(url: &str, whose: &str, lift: impl AsyncFnOnce()) {
    let relay = Relay::start(url, &[]).await;
    let mut page = Client::start(&relay).await;
    let mut words = String::new();
    page.until("the page is told why there is no connection", |client| {
        let (BrokerState::Down { detail, .. } | BrokerState::Connecting { detail }) =
            client.broker.as_ref()?
        else {
            return None;
        };
        words = detail.as_ref()?.to_string();
        Some(())
    })
    .await;
    let right = ["connection limit", whose].iter().all(|right| words.contains(right));
    let wrong = ["does not exist", "may not use", "password"].iter().any(|no| words.contains(no));
    assert!(right && !wrong, "{words}");
    page.meanwhile(lift()).await;
    page.meanwhile(relay.readyz(200, "")).await;
    page.publish(1, "x").await;
    page.confirmed(1).await;
}
