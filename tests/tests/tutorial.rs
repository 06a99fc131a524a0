//! The tutorial's programs and the page, side by side: either end, either first, whatever shape
//! the queue has. And the programs of docs/tutorial.md, as they stand there.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

use std::{fs, path::Path, process::Command};

use warren_protocol::AckMode;
use warren_tests::{
    amqp::{Amqp, Shape},
    client::Client,
    documented,
    node::{self, Rabbit},
    on_each_rabbit,
    page::Page,
    program::Program,
    python,
    relay::Relay,
};

on_each_rabbit!(
    the_tutorial_works_where_hello_does_not_exist_yet,
    the_tutorial_works_with_a_transient_queue,
    the_tutorial_works_with_a_durable_queue,
    the_tutorial_works_with_a_quorum_queue,
    the_tutorial_works_with_a_stream,
);

/// A vhost in which `hello` has this shape, and a relay for it.
async fn prepare(rabbit: Rabbit, shape: Shape) -> (String, Relay) {
    let url = node::vhost_on(rabbit).await.unwrap();
    Amqp::connect(&url).await.declare(shape).await;
    let relay = Relay::start(&url, &[]).await;
    (url, relay)
}

/// All four ways to put page and program together, in one browser, each in a vhost of its own.
async fn both_ways_in_both_orders(rabbit: Rabbit, shape: Shape) {
    if !node::is_there(rabbit) {
        return;
    }
    let (url, relay) = prepare(rabbit, shape).await;
    let page = Page::open(&relay).await;
    page.browser.until_text("[*] Waiting for messages.").await;
    python::send(&url, shape, "the page was first").await;
    page.until_row("the page was first").await;
    drop(relay);

    // From a stream the page takes what comes after it, so there it cannot be second.
    if shape != Shape::Stream {
        let (url, relay) = prepare(rabbit, shape).await;
        python::send(&url, shape, "send.py was first").await;
        page.go_to(&relay).await;
        page.until_row("send.py was first").await;
    }

    let (url, relay) = prepare(rabbit, shape).await;
    page.go_to(&relay).await;
    page.set_receiving(false).await;
    page.until_queue(0, 0).await;
    page.send("the page was first").await;
    page.until_confirmed(1).await;
    let mut receiver = python::receive(&url, shape).await;
    receiver.line("it prints the message", is_received("the page was first")).await;
    drop((receiver, relay));

    let (url, relay) = prepare(rabbit, shape).await;
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

async fn the_tutorial_works_where_hello_does_not_exist_yet(rabbit: Rabbit) {
    both_ways_in_both_orders(rabbit, Shape::Absent).await;
}

async fn the_tutorial_works_with_a_transient_queue(rabbit: Rabbit) {
    both_ways_in_both_orders(rabbit, Shape::Transient).await;
}

async fn the_tutorial_works_with_a_durable_queue(rabbit: Rabbit) {
    both_ways_in_both_orders(rabbit, Shape::Durable).await;
}

async fn the_tutorial_works_with_a_quorum_queue(rabbit: Rabbit) {
    both_ways_in_both_orders(rabbit, Shape::Quorum).await;
}

async fn the_tutorial_works_with_a_stream(rabbit: Rabbit) {
    both_ways_in_both_orders(rabbit, Shape::Stream).await;
}

/// One of docs/tutorial.md's programs, with `declare` as its line that declares the queue.
fn documented(name: &str, folder: &Path, declare: &str, amqp_url: &str) -> Program {
    const DECLARE: &str = "channel.queue_declare(queue='hello')";
    let code = documented::code("tutorial.md", &format!("program: {name}"));
    assert!(code.contains(DECLARE), "{name} does not declare the queue");
    let script = folder.join(name);
    fs::write(&script, code.replace(DECLARE, declare)).unwrap();
    let mut command = Command::new(python::program());
    command.arg("-u").arg(script).env("AMQP_URL", amqp_url);
    Program::start(name, command)
}

/// The steps of docs/tutorial.md: the page receives what `send.py` sends, then `receive.py` does.
async fn the_page_of_the_tutorial_is_right(rabbit: Rabbit, declare: &str, relay_args: &[&str]) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let send = async || {
        let mut send = documented("send.py", folder.path(), declare, &url);
        send.line("it has sent", is(" [x] Sent 'Hello World!'")).await;
        assert!(send.ended().await.success(), "{}", send.stderr());
    };
    let relay = Relay::ready(&url, relay_args).await;
    let mut page = Client::start(&relay).await;
    // The relay has declared the queue, and the programs do it again.
    page.until_queue(0, 0).await;
    page.receive(AckMode::Auto, None).await;
    send().await;
    assert_eq!(page.take_and_ack(1).await[0].body.as_bytes(), b"Hello World!");
    page.pause().await;
    let mut receive = documented("receive.py", folder.path(), declare, &url);
    let waits = " [*] Waiting for messages. To exit press CTRL+C";
    receive.line("it waits", is(waits)).await;
    send().await;
    receive.line("it prints the message", is_received("Hello World!")).await;
}

fn is(wanted: &str) -> impl Fn(&str) -> Option<()> {
    move |line| (line == wanted).then_some(())
}

#[tokio::test]
async fn the_programs_of_the_tutorials_page_run_as_they_stand_there() {
    let declare = "channel.queue_declare(queue='hello')";
    the_page_of_the_tutorial_is_right(Rabbit::V3, declare, &[]).await;
}

#[tokio::test]
async fn so_they_do_on_rabbitmq_4_also_with_the_line_for_4_3() {
    let declare = "channel.queue_declare(queue='hello')";
    the_page_of_the_tutorial_is_right(Rabbit::V4, declare, &[]).await;
    let declare = documented::code("tutorial.md", "program: line for 4.3");
    let kind = ["--queue-kind", "quorum"];
    the_page_of_the_tutorial_is_right(Rabbit::V4, declare.trim(), &kind).await;
}
