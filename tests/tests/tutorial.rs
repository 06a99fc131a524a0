//! The tutorial's programs and the page, side by side: either end, either first, whatever shape
//! the queue has.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

use warren_tests::{
    amqp::{Amqp, Shape},
    node,
    page::Page,
    python,
    relay::Relay,
};

/// A vhost in which `hello` has this shape, and a relay for it.
async fn prepare(shape: Shape) -> (String, Relay) {
    let url = node::vhost().await;
    Amqp::connect(&url).await.declare(shape).await;
    let relay = Relay::start(&url, &[]).await;
    (url, relay)
}

/// All four ways to put page and program together, in one browser, each in a vhost of its own.
async fn both_ways_in_both_orders(shape: Shape) {
    let (url, relay) = prepare(shape).await;
    let page = Page::open(&relay).await;
    page.browser.until_text("[*] Waiting for messages.").await;
    python::send(&url, shape, "the page was first").await;
    page.until_row("the page was first").await;
    drop(relay);

    // From a stream the page takes what comes after it, so there it cannot be second.
    if shape != Shape::Stream {
        let (url, relay) = prepare(shape).await;
        python::send(&url, shape, "send.py was first").await;
        page.go_to(&relay).await;
        page.until_row("send.py was first").await;
    }

    let (url, relay) = prepare(shape).await;
    page.go_to(&relay).await;
    page.set_receiving(false).await;
    page.until_queue(0, 0).await;
    page.send("the page was first").await;
    page.until_confirmed(1).await;
    let mut receiver = python::receive(&url, shape).await;
    receiver.line("it prints the message", is_received("the page was first")).await;
    drop((receiver, relay));

    let (url, relay) = prepare(shape).await;
    let mut receiver = python::receive(&url, shape).await;
    page.go_to(&relay).await;
    page.set_receiving(false).await;
    // RabbitMQ does not count a stream's consumers.
    page.until_queue(0, usize::from(shape != Shape::Stream)).await;
    page.send("receive.py was first").await;
    page.until_confirmed(1).await;
    receiver.line("it prints the message", is_received("receive.py was first")).await;
}

fn is_received(body: &str) -> impl Fn(&str) -> Option<()> {
    let wanted = format!(" [x] Received '{body}'");
    move |line| (line == wanted).then_some(())
}

#[tokio::test]
async fn the_tutorial_works_where_hello_does_not_exist_yet() {
    both_ways_in_both_orders(Shape::Absent).await;
}

#[tokio::test]
async fn the_tutorial_works_with_a_transient_queue() {
    both_ways_in_both_orders(Shape::Transient).await;
}

#[tokio::test]
async fn the_tutorial_works_with_a_durable_queue() {
    both_ways_in_both_orders(Shape::Durable).await;
}

#[tokio::test]
async fn the_tutorial_works_with_a_quorum_queue() {
    both_ways_in_both_orders(Shape::Quorum).await;
}

#[tokio::test]
async fn the_tutorial_works_with_a_stream() {
    both_ways_in_both_orders(Shape::Stream).await;
}
