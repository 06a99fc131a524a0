//! Messages that the user acknowledges; what became of them is asked of the broker.

use warren_tests::{
    amqp::{Amqp, Shape},
    node::{self, Rabbit},
    page::Page,
    proxy::relay_on_a_line,
    relay::Relay,
};

use crate::start;

const OPEN: &str = "row?.dataset.ackState === 'open'";

/// Leaves the page, so that what is not settled goes back, and returns how many messages the queue
/// has then.
async fn left_behind(page: &Page, amqp: &Amqp, wanted: u32) {
    page.browser.assert_console_clean().await;
    page.browser.go_to("about:blank").await;
    amqp.until_counts(wanted, 0).await;
}

#[tokio::test]
async fn ack_requeue_and_reject_do_to_the_queue_what_they_say() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.fill("dead", 0, 1).await;
    amqp.declare_dead_lettering("dead").await;
    let relay = Relay::start(&url, &[]).await;
    let page = Page::open(&relay).await;
    page.acknowledge("Manual ack").await;
    for body in ["one", "two", "three", "four", "five"] {
        amqp.publish(body.as_bytes()).await;
    }
    page.until_received(5).await;
    page.browser.until_text("5 unacknowledged").await;

    page.click_row(1, "Ack").await;
    page.until_row_is(1, "is acknowledged", "row?.dataset.ackState === 'acknowledged'").await;
    page.click_row(2, "Reject").await;
    page.until_row_is(2, "is rejected", "row?.dataset.ackState === 'rejected'").await;
    page.click_row(3, "Requeue").await;
    page.until_row_is(3, "is given back", "row?.dataset.ackState === 'given-back'").await;
    page.until_row_is(3, "says so", "row?.textContent.includes('given back')").await;
    page.until_row_is(6, "is the third once more", "row?.textContent.includes('three')").await;
    page.until_row_is(6, "says so", "row?.textContent.includes('redelivered')").await;
    page.browser.until_text("3 unacknowledged").await;
    amqp.until_counts_of("dead", 1, 0).await;
    // The others are the page's still, and go back when it goes.
    left_behind(&page, &amqp, 3).await;

    // A page that is opened takes nothing by what another was told.
    page.go_to(&relay).await;
    page.set_receiving(true).await;
    page.until_received(3).await;
    page.browser.until_text("3 unacknowledged").await;
    page.browser.click("button", "Ack all").await;
    page.browser.until("nothing is unacknowledged", "!find('button', 'Ack all')").await;
    left_behind(&page, &amqp, 0).await;
    amqp.until_counts_of("dead", 1, 0).await;
}

#[tokio::test]
async fn what_is_lost_with_the_broker_cannot_be_settled_and_comes_again() {
    let (relay, line, amqp) = relay_on_a_line().await;
    let page = Page::open(&relay).await;
    page.acknowledge("Manual ack").await;
    for body in ["one", "two"] {
        amqp.publish(body.as_bytes()).await;
    }
    page.until_received(2).await;
    page.until_row_is(1, "is open", OPEN).await;
    line.cut();
    for number in [1, 2] {
        let lost = "row?.textContent.includes('delivered again') && !row.querySelector('.settle')";
        page.until_row_is(number, "is lost and cannot be settled", lost).await;
    }
    page.browser.until_text("Not receiving: RabbitMQ is unreachable").await;
    line.mend();
    page.until_received(4).await;
    for number in [3, 4] {
        page.until_row_is(number, "is redelivered", "row?.textContent.includes('redelivered')")
            .await;
    }
    page.browser.click("button", "Ack all").await;
    page.until_row_is(4, "is acknowledged", "row?.dataset.ackState === 'acknowledged'").await;
    left_behind(&page, &amqp, 0).await;
}

#[tokio::test]
async fn a_switch_to_automatic_acknowledges_nothing_that_was_left_to_the_user() {
    let (page, _relay, amqp) = start().await;
    page.acknowledge("Manual ack").await;
    for body in ["one", "two", "three"] {
        amqp.publish(body.as_bytes()).await;
    }
    page.until_received(3).await;
    page.until_row_is(3, "is open", OPEN).await;
    page.acknowledge("Auto ack").await;
    for body in ["four", "five"] {
        amqp.publish(body.as_bytes()).await;
    }
    page.until_received(5).await;
    for number in 1..=3 {
        page.until_row_is(number, "is still open", OPEN).await;
    }
    page.until_row_is(5, "is not", "row?.dataset.ackState === 'automatic'").await;
    page.click_row(2, "Ack").await;
    page.until_row_is(2, "is acknowledged", "row?.dataset.ackState === 'acknowledged'").await;
    left_behind(&page, &amqp, 2).await;
}

on_each_rabbit!(a_quorum_queue_s_message_says_how_often_it_was_delivered);

async fn a_quorum_queue_s_message_says_how_often_it_was_delivered(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Quorum).await;
    amqp.publish(b"again and again").await;
    let other = Amqp::connect(&url).await;
    other.consume(1).await;
    other.close().await;
    let relay = Relay::start(&url, &[]).await;
    let page = Page::open(&relay).await;
    page.until_row_is(1, "says so", "row?.textContent.includes('delivered 2 times')").await;
    page.open_details(1).await;
    page.browser.click("tab", "Properties").await;
    page.browser.until_text("returned before").await;
    page.browser.click("tab", "Headers").await;
    page.browser.until_text("x-delivery-count").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_message_near_the_delivery_limit_is_warned_of() {
    let (page, _relay, amqp) = start().await;
    amqp.publish_with_headers(b"often", &[("x-delivery-count", 16)]).await;
    page.until_row_is(1, "says so", "row?.textContent.includes('delivered 17 times')").await;
    page.until_row_is(1, "warns", "row?.querySelector('.badge.near-limit')").await;
    page.open_details(1).await;
    page.browser.until_text("Delivered 17 times. RabbitMQ 4 drops a message").await;
    page.browser.assert_console_clean().await;
}
