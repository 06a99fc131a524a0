//! Watch, Look and Receive on a queue that a user named.

use lapin::BasicProperties;
use thirtyfour::Key;
use warren_tests::{
    amqp::{Amqp, Shape},
    node::{self, Rabbit},
    page::Page,
    relay::Relay,
};

use crate::axe::stream;

on_each_rabbit!(
    a_look_shows_what_waits_and_gives_it_back,
    a_stream_is_read_from_the_place_that_is_chosen,
    a_watch_says_what_to_run_until_tracing_is_on_and_then_what_it_shows,
);

/// A relay with two queues of a user's, `orders` with three messages in it, and its page.
async fn start() -> (Page, Relay, Amqp) {
    start_at(&node::vhost().await).await
}

/// The same in this vhost.
async fn start_at(url: &str) -> (Page, Relay, Amqp) {
    let amqp = Amqp::connect(url).await;
    amqp.fill("orders", 3, 10).await;
    amqp.fill("other", 0, 1).await;
    let relay = Relay::ready(url, &["--queue", "orders", "--queue", "other"]).await;
    (Page::open_only(&relay).await, relay, amqp)
}

const START: &str = "find('group', 'What to do with this queue')";

/// What is done with a message that was shown in a look, or may be done with it.
const NO_BUTTONS: &str = "!document.querySelector('.settle') && !find('button', 'Ack all')";

#[tokio::test]
async fn nothing_is_taken_from_a_queue_until_somebody_says_so_and_that_is_remembered() {
    let (page, _relay, amqp) = start().await;
    page.browser.until_text("3 messages wait in orders, 0 consumers").await;
    page.browser.until_text("nothing is taken from orders").await;
    for mode in ["Watch", "Look", "Receive"] {
        page.browser.find_in(("group", "What to do with this queue"), "button", mode).await;
    }
    amqp.until_counts_of("orders", 3, 0).await;
    page.browser.screenshot("start").await;
    page.browser.assert_accessible("a queue for which nothing was chosen").await;

    page.receive().await;
    page.until_received(3).await;
    amqp.until_counts_of("orders", 0, 1).await;
    // Another queue has a choice of its own.
    page.show_queue("other").await;
    page.browser.until("nothing was chosen for it", START).await;
    amqp.until_counts_of("orders", 0, 0).await;
    page.show_queue("orders").await;
    amqp.until_counts_of("orders", 0, 1).await;
    page.browser.reload().await;
    page.until_connected().await;
    amqp.until_counts_of("orders", 0, 1).await;
    page.set_receiving(false).await;
    amqp.until_counts_of("orders", 0, 0).await;
    page.browser.reload().await;
    page.until_connected().await;
    page.browser.find("button", "Resume").await;
    page.browser.until_text("paused: no messages wait in orders").await;
    amqp.until_counts_of("orders", 0, 0).await;
    page.browser.assert_console_clean().await;
}

async fn a_look_shows_what_waits_and_gives_it_back(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let (page, _relay, amqp) = start_at(&url).await;
    page.choose("Look").await;
    page.until_received(3).await;
    page.browser.until_text("3 shown, all given back when you leave").await;
    page.browser.until_text("Looking marks these messages as redelivered and hides them").await;
    page.until_row_is(1, "is shown", "row?.dataset.ackState === 'shown'").await;
    page.browser.until("nothing can be settled", NO_BUTTONS).await;
    page.open_details(1).await;
    for outcome in ["Ack", "Requeue", "Reject"] {
        assert!(!page.browser.holds(&format!("find('button', '{outcome}')")).await, "{outcome}");
    }
    page.browser.press("ar").await;
    page.until_row_is(1, "is shown still", "row?.dataset.ackState === 'shown'").await;
    page.browser.assert_accessible("a look").await;
    page.browser.screenshot("look").await;
    amqp.until_counts_of("orders", 0, 1).await;

    page.browser.click("button", "Close").await;
    page.browser.click_in(("region", "Receive"), "button", "Pause").await;
    amqp.until_counts_of("orders", 3, 0).await;
    for number in 1..=3 {
        let back = "row?.dataset.ackState === 'given-back'";
        page.until_row_is(number, "was given back", back).await;
    }
    page.browser.click_in(("region", "Receive"), "button", "Resume").await;
    page.until_received(6).await;
    page.choose("Receive").await;
    page.until_received(9).await;
    page.until_row_is(6, "went back before", "row?.dataset.ackState === 'given-back'").await;
    // Whoever has looked has not said yet that anything may go.
    page.until_row_is(9, "waits for its user", "row?.dataset.ackState === 'open'").await;
    page.browser.click_in(("region", "Receive"), "button", "Pause").await;
    page.browser.click("button", "Ack all").await;
    page.until_row_is(9, "is acknowledged", "row?.dataset.ackState === 'acknowledged'").await;
    page.browser.click_in(("region", "Receive"), "button", "Resume").await;
    amqp.until_counts_of("orders", 0, 1).await;
    assert!(!page.browser.holds("document.querySelector('.notice')").await, "nothing was lost");
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_page_that_goes_in_mid_look_loses_nothing() {
    let (page, _relay, amqp) = start().await;
    page.choose("Look").await;
    page.until_received(3).await;
    page.browser.go_to("about:blank").await;
    amqp.until_counts_of("orders", 3, 0).await;
}

async fn a_stream_is_read_from_the_place_that_is_chosen(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let amqp = Amqp::connect(&url).await;
    amqp.declare_with(Shape::Durable, stream()).await;
    for body in ["zero", "one", "two"] {
        amqp.publish(body.as_bytes()).await;
    }
    let relay = Relay::ready(&url, &["--queue", "hello"]).await;
    let page = Page::open_only(&relay).await;
    page.choose("Look").await;
    page.browser.until_text("reading the stream hello, which keeps its messages").await;
    amqp.publish(b"three").await;
    page.until_row("three").await;
    let place = |place: &'static str| (("radiogroup", "from"), "radio", place);
    let (group, role, first) = place("First");
    page.browser.click_in(group, role, first).await;
    page.until_row("zero").await;
    page.until_received(5).await;
    page.until_row_is(2, "has its offset", "row?.querySelector('[data-offset=\"0\"]')").await;
    page.browser.assert_accessible("a stream").await;
    page.browser.screenshot("stream").await;

    let (group, role, offset) = place("Offset\u{2026}");
    page.browser.click_in(group, role, offset).await;
    page.browser.click("button", "Begin here").await;
    page.browser.until_text("A whole number from 0").await;
    page.browser.fill("spinbutton", "Offset", "2").await;
    page.browser.click("button", "Begin here").await;
    page.until_received(7).await;
    page.until_row_is(6, "is the third", "row?.querySelector('[data-offset=\"2\"]')").await;
    // A stream tells of no consumer.
    amqp.until_counts(4, 0).await;
    page.browser.assert_console_clean().await;
}

async fn a_watch_says_what_to_run_until_tracing_is_on_and_then_what_it_shows(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let (page, _relay, amqp) = start_at(&url).await;
    page.choose("Watch").await;
    page.browser.until_text("tracing is off on the vhost").await;
    page.browser.until_text("The relay looks again by itself.").await;
    page.browser.assert_accessible("a vhost that is not traced").await;
    page.browser.screenshot("not-traced").await;
    page.browser.click_in(("region", "Receive"), "button", "Copy").await;
    page.browser.until_text("Copied.").await;
    let command = page.browser.clipboard().await;
    let words: Vec<&str> = command.split_whitespace().collect();
    let (program, args) = words.split_first().unwrap();
    assert!(program.ends_with("rabbitmqctl"), "{command}");
    let args: Vec<String> =
        args.iter().map(|word| word.trim_matches(['\'', '"']).to_owned()).collect();
    node::ctl_on(rabbit, &args.iter().map(String::as_str).collect::<Vec<_>>()).await;
    page.browser.until_text("copies of what is published to and delivered from orders").await;
    page.browser.until("the strip is gone", "!document.querySelector('.said')").await;
    // What passes by is seen, and stays.
    amqp.publish_to("orders", b"seen", BasicProperties::default()).await;
    page.until_row("seen").await;
    amqp.until_counts_of("orders", 4, 0).await;
    page.browser.until("nothing can be settled", NO_BUTTONS).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn on_rabbitmq_4_the_look_that_would_be_the_20th_asks_first() {
    let Some(url) = node::vhost_on(Rabbit::V4).await else { return };
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Quorum).await;
    amqp.publish(b"often looked at").await;
    let relay = Relay::ready(&url, &["--queue", "hello"]).await;
    let page = Page::open_only(&relay).await;
    page.choose("Look").await;
    for look in 1..20 {
        page.until_received(look).await;
        page.set_receiving(false).await;
        amqp.until_counts(1, 0).await;
        if look < 19 {
            page.set_receiving(true).await;
        }
    }
    page.browser.click_in(("region", "Receive"), "button", "Resume").await;
    page.browser.until_text("A message in hello was delivered 19 times.").await;
    page.browser.until_text("this look may be their last").await;
    page.browser.screenshot("look-risk").await;
    page.browser.assert_accessible("a look that asks first").await;
    amqp.until_counts(1, 0).await;
    page.browser.click("button", "Do not look").await;
    page.browser.find("button", "Resume").await;
    page.browser.click_in(("region", "Receive"), "button", "Resume").await;
    page.browser.click("button", "Look anyway").await;
    page.until_received(20).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn modes_are_chosen_by_key_and_by_palette_and_arrows_only_move() {
    let (page, _relay, amqp) = start().await;
    let mode = |name: &str| {
        format!("find('radio', '{name}', find('radiogroup', 'Mode')).ariaChecked === 'true'")
    };
    page.browser.find("radio", "Watch").await.focus().await.unwrap();
    page.browser.press(Key::Right + Key::Right).await;
    let focused = "document.activeElement === find('radio', 'Receive')";
    page.browser.until("the focus is on Receive", focused).await;
    page.browser.until("nothing is chosen", START).await;
    amqp.until_counts_of("orders", 3, 0).await;
    page.browser.eval("document.activeElement.blur();", Vec::new()).await;
    page.browser.press("r").await;
    page.browser.until("it needs Shift", START).await;
    page.browser.press("W").await;
    page.browser.until("Shift W watches", &mode("Watch")).await;
    page.browser.press("R").await;
    page.browser.until("Shift R receives", &mode("Receive")).await;
    page.until_received(3).await;
    page.browser.press("p").await;
    page.browser.find("button", "Resume").await;
    amqp.until_counts_of("orders", 0, 0).await;
    page.browser.press_with_ctrl('k').await;
    page.browser
        .find("combobox", "Find an action")
        .await
        .send_keys("Look" + Key::Enter)
        .await
        .unwrap();
    page.browser.until("the palette looks", &mode("Look")).await;
    amqp.until_counts_of("orders", 0, 1).await;
    page.browser.assert_console_clean().await;
}
