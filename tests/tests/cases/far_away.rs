//! A broker that is far away, and many queues: nobody waits for all of them to be looked at.

use std::time::{Duration, Instant};

use lapin::types::FieldTable;
use warren_protocol::{Body, BrokerState, Properties, QueueStatus};
use warren_tests::{
    amqp::Amqp,
    client::Client,
    node::{self, Rabbit},
    proxy::Proxy,
    relay::Relay,
    wait,
    witness::{WITNESS, Witness},
};

use crate::case::declare;

const QUEUES: usize = 60;
/// Each way: 100 ms there and back.
const DELAY: Duration = Duration::from_millis(50);

on_each_rabbit!(with_sixty_queues_far_away_anyone_may_send_soon);

async fn with_sixty_queues_far_away_anyone_may_send_soon(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let amqp = Amqp::connect(&url).await;
    Witness::declare(&amqp).await;
    let mut names: Vec<String> = (1..QUEUES).map(|number| format!("case-{number}")).collect();
    for name in &names {
        declare(&amqp, name, FieldTable::default()).await;
    }
    names.push(WITNESS.to_owned());
    let proxy = Proxy::delayed(&url, DELAY).await;
    let args: Vec<&str> = names.iter().flat_map(|name| ["--queue", name.as_str()]).collect();
    let start = Instant::now();
    let args = [&args[..], &["--queue-kind", "never"]].concat();
    let relay = Relay::start(&proxy.amqp_url(), &args).await;
    let mut page = Client::start(&relay).await;
    let up = wait::within(wait::LIMIT * 2, async || {
        if !page.broker.as_ref().is_some_and(BrokerState::is_up) {
            page.read().await;
        }
        page.broker.as_ref().is_some_and(BrokerState::is_up).then_some(())
    });
    up.await.expect("the broker is there");
    page.publish_to("case-1", 1, Body::from("x"), Properties::default()).await;
    page.confirmed(1).await;
    // No bound: how long a machine takes is not ours to say. A round trip takes 0.1 s.
    println!("first message confirmed after {:.1} s", start.elapsed().as_secs_f64());
    let counted = |client: &Client| {
        let is = |queue: &&warren_protocol::QueueCount| {
            matches!(queue.status, QueueStatus::Counts { .. })
        };
        client.queues.iter().filter(is).count()
    };
    println!("{} of {QUEUES} queues were counted then", counted(&page));
    let witness = Witness::start(&relay).await;
    page.until("all queues are counted", |client| (counted(client) == QUEUES).then_some(())).await;
    println!("all counted after {:.1} s", start.elapsed().as_secs_f64());
    witness.finish(&relay).await;
}
