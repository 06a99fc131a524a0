//! Queues that let nobody consume: that is said in the broker's words, tried less and less often,
//! and is nobody else's trouble.

use std::time::{Duration, Instant};

use lapin::{
    options::{BasicCancelOptions, BasicConsumeOptions},
    types::FieldTable,
};
use tokio::time::timeout;
use warren_protocol::{AckMode, Body, Properties, ServerMessage, StopReason};
use warren_tests::{
    amqp::Amqp,
    broker_log::BrokerLog,
    client::Client,
    node::{self, Rabbit},
    proxy::{Proxy, Refusals},
    wait,
};

use crate::case::{Case, QUEUE, QUEUES, declare, publish, take_numbers, vhost_of};

/// So many tries are waited for: with a back-off that doubles from a second on they take some 15 s.
const TRIES: usize = 5;
const TRIES_TAKE: Duration = Duration::from_secs(90);

on_each_rabbit!(
    a_queue_whose_consumers_end_the_connection_stops_alone_and_is_tried_less_often,
    a_queue_that_somebody_else_consumes_exclusively_is_said_and_tried_less_often,
);

/// Whether the pauses between tries grow. Each is at least half of what it is meant to be.
fn assert_tried_less_often(pauses: &[Duration]) {
    println!("pauses between tries: {pauses:?}");
    assert!(pauses[pauses.len() - 1] >= 2 * pauses[0], "{pauses:?}");
}

fn pauses_between(tries: &[Instant]) -> Vec<Duration> {
    tries.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Reads until there is nothing more to read just now: the relay closes sessions that read nothing.
async fn read_what_is_there(page: &mut Client) {
    while timeout(Duration::from_millis(5), page.read()).await.is_ok() {}
}

/// As a queue of MQTT's QoS 0 does.
async fn a_queue_whose_consumers_end_the_connection_stops_alone_and_is_tried_less_often(
    rabbit: Rabbit,
) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let refusals = Refusals::of(QUEUE);
    let proxy = Proxy::refusing(&url, &refusals).await;
    let prepare = async |amqp: &Amqp| {
        declare(amqp, QUEUE, FieldTable::default()).await;
        publish(amqp, QUEUE, 1..=10).await;
    };
    let case = Case::start_at(&url, &proxy.amqp_url(), &QUEUES, prepare).await;
    let mut page = case.session().await;
    page.ask_for(QUEUE, AckMode::Auto, None).await;
    let words = page.stopped_words(StopReason::QueueDown).await;
    assert!(words.contains(QUEUE) && words.contains("this queue knows no consumers"), "{words}");
    let tried = wait::within(TRIES_TAKE, async || {
        read_what_is_there(&mut page).await;
        (refusals.tries().len() >= TRIES).then_some(())
    });
    tried.await.unwrap_or_else(|| {
        panic!("tried at {:?}\n{}", refusals.tries(), case.relay.program.stderr())
    });
    assert_tried_less_often(&pauses_between(&refusals.tries()));
    refusals.end();
    // Its publishing is not concerned.
    page.publish_to(QUEUE, 1, Body::from("x"), Properties::default()).await;
    page.confirmed(1).await;
    let taken = wait::within(TRIES_TAKE, async || {
        read_what_is_there(&mut page).await;
        (page.deliveries.len() == 11).then_some(())
    });
    taken.await.unwrap_or_else(|| panic!("{page:?}"));
    case.finish().await;
}

async fn a_queue_that_somebody_else_consumes_exclusively_is_said_and_tried_less_often(
    rabbit: Rabbit,
) {
    let prepare = async |amqp: &Amqp| declare(amqp, QUEUE, FieldTable::default()).await;
    let Some(case) = Case::start(rabbit, prepare).await else { return };
    let channel = case.amqp.channel().await;
    let options = BasicConsumeOptions { exclusive: true, ..BasicConsumeOptions::default() };
    let tag = "the-only-one";
    let consume = channel.basic_consume(QUEUE.into(), tag.into(), options, FieldTable::default());
    let only_one = consume.await.unwrap();

    let log = BrokerLog::from_now(rabbit).await;
    let mut page = case.session().await;
    page.ask_for(QUEUE, AckMode::Auto, None).await;
    let words = page.stopped_words(StopReason::Refused).await;
    assert!(words.contains(QUEUE) && words.contains("exclusive"), "{words}");
    let vhost = format!("'{}'", vhost_of(&case.url));
    let tried = wait::within(TRIES_TAKE, async || {
        read_what_is_there(&mut page).await;
        let pauses = log.pauses(&["in exclusive use", &vhost]);
        (pauses.len() + 1 >= TRIES).then_some(pauses)
    });
    let pauses = tried.await.expect("the relay tries again");
    assert_tried_less_often(&pauses);

    publish(&case.amqp, QUEUE, 1..=10).await;
    channel.basic_cancel(tag.into(), BasicCancelOptions::default()).await.unwrap();
    channel.close(200, "".into()).await.unwrap();
    drop(only_one);
    // The next try by itself would be far off: the counts say that it may work now.
    let ended = Instant::now();
    let receiving = |event: &ServerMessage| matches!(event, ServerMessage::Receiving { .. });
    page.event("receiving", receiving).await;
    println!("started {:.1} s after the other had ended", ended.elapsed().as_secs_f64());
    let mut numbers = take_numbers(&mut page, 10).await;
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(1..=10));
    case.finish().await;
}
