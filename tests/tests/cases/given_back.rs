//! The page claims only what is known: a message that it has given back may be gone, as the queue
//! has it.

use lapin::types::{AMQPValue, FieldTable};
use warren_tests::{
    amqp::{Amqp, QUEUE as HELLO},
    node::{self, Rabbit},
    page::Page,
    witness::WITNESS,
};

use crate::case::{Case, declare, publish};

const QUEUES: [&str; 6] = ["--queue", HELLO, "--queue", WITNESS, "--queue-kind", "never"];
/// Not: "requeued".
const GIVEN_BACK: &str =
    "row?.textContent.includes('given back') && !row.textContent.includes('requeued')";

on_each_rabbit!(
    a_message_that_a_delivery_limit_drops_was_given_back,
    a_message_that_has_outlived_its_time_was_given_back,
);

async fn start(rabbit: Rabbit, arguments: FieldTable) -> Option<(Case, Page)> {
    let url = node::vhost_on(rabbit).await?;
    let prepare = async |amqp: &Amqp| declare(amqp, HELLO, arguments).await;
    let case = Case::start_at(&url, &url, &QUEUES, prepare).await;
    let page = Page::open(&case.relay).await;
    page.set_receiving(true).await;
    page.acknowledge("Manual ack").await;
    publish(&case.amqp, HELLO, 1..=1).await;
    page.until_received(1).await;
    Some((case, page))
}

async fn a_message_that_a_delivery_limit_drops_was_given_back(rabbit: Rabbit) {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(1));
    let Some((case, page)) = start(rabbit, arguments).await else { return };
    page.click_row(1, "Requeue").await;
    page.until_row_is(1, "is given back", GIVEN_BACK).await;
    page.until_received(2).await;
    page.click_row(2, "Requeue").await;
    page.until_row_is(2, "is given back", GIVEN_BACK).await;
    // That was once too often.
    case.amqp.until_counts(0, 1).await;
    page.assert_counter("received", 2).await;
    page.browser.assert_console_clean().await;
    case.finish().await;
}

async fn a_message_that_has_outlived_its_time_was_given_back(rabbit: Rabbit) {
    const TWIN: &str = "twin";
    let arguments = || {
        let mut arguments = FieldTable::default();
        arguments.insert("x-message-ttl".into(), AMQPValue::LongInt(1_000));
        arguments
    };
    let Some((case, page)) = start(rabbit, arguments()).await else { return };
    // Once a younger one has outlived its time, so has this one.
    declare(&case.amqp, TWIN, arguments()).await;
    publish(&case.amqp, TWIN, 1..=1).await;
    case.amqp.until_counts_of(TWIN, 0, 0).await;
    page.click_row(1, "Requeue").await;
    page.until_row_is(1, "is given back", GIVEN_BACK).await;
    case.amqp.until_counts(0, 1).await;
    page.assert_counter("received", 1).await;
    page.browser.assert_console_clean().await;
    case.finish().await;
}
