//! Many messages at once: how rows are selected, what the bar offers for them, and what becomes of them,
//! which is asked of the broker.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use thirtyfour::Key;
use warren_tests::{
    amqp::{Amqp, Shape},
    node::{self, Rabbit},
    page::Page,
    relay::Relay,
};

use crate::{axe::stream, receiving::assert_fits, start};

/// The bar.
pub(crate) const BAR: (&str, &str) = ("group", "Selected messages");

/// The bar's buttons, by what they say.
async fn buttons(page: &Page) -> Vec<String> {
    let script =
        "return [...document.querySelectorAll('.selection-bar > button, .selection-bar summary')]
        .map((button) => button.ariaLabel ?? button.textContent);";
    serde_json::from_value(page.browser.eval(script, Vec::new()).await).unwrap()
}

/// Waits until just these rows in sight are ticked: numbers with commas between them.
async fn until_ticked(page: &Page, numbers: &str) {
    let are = format!(
        "[...document.querySelectorAll('.message input:checked')]
            .map((box) => box.closest('.message').dataset.number).join() === '{numbers}'"
    );
    page.browser.until(&format!("{numbers} are ticked"), &are).await;
}

/// Waits until the bar says that so many are selected; without any there is no bar.
pub(crate) async fn until_selected(page: &Page, count: usize) {
    let bar = "find('group', 'Selected messages')";
    let is = match count {
        0 => format!("!{bar}"),
        _ => format!("{bar}?.querySelector('b').textContent === '{count} selected'"),
    };
    page.browser.until(&format!("{count} are selected"), &is).await;
}

async fn select(page: &Page, number: usize) {
    page.browser.click("checkbox", &format!("Select message {number}")).await;
}

async fn select_through(page: &Page, number: usize) {
    let row = page.browser.find("checkbox", &format!("Select message {number}")).await;
    let chain = page.browser.driver().action_chain().key_down(Key::Shift).click_element(&row);
    chain.key_up(Key::Shift).perform().await.unwrap();
}

async fn until_list_has_the_focus(page: &Page) {
    let has = "document.activeElement === find('log', 'Received messages')";
    page.browser.until("the list has the focus", has).await;
}

#[tokio::test]
async fn rows_are_selected_by_pointer_and_keys_and_nothing_moves() {
    const PLACES: &str = "return [...document.querySelectorAll('.head > *, .message > *')]
        .map((cell) => { const { x, y, width } = cell.getBoundingClientRect(); return [x, y, width]; });";
    let (page, _relay, amqp) = start().await;
    let browser = &page.browser;
    for body in ["one", "two", "three", "four", "five"] {
        amqp.publish(body.as_bytes()).await;
    }
    page.until_received(5).await;
    page.until_rows(&["one", "two", "three", "four", "five"]).await;
    let before = browser.eval(PLACES, Vec::new()).await;
    select(&page, 2).await;
    until_selected(&page, 1).await;
    until_ticked(&page, "2").await;
    assert_eq!(browser.eval(PLACES, Vec::new()).await, before, "something has moved");
    assert!(!browser.holds("find('region', 'Message')").await, "a tick opens nothing");
    until_list_has_the_focus(&page).await;

    select_through(&page, 4).await;
    until_selected(&page, 3).await;
    until_ticked(&page, "2,3,4").await;
    let heard = "[...document.querySelectorAll('[aria-live=polite]')]\
                 .some((told) => told.textContent.trim() === '3 selected')";
    browser.until("it is read out", heard).await;
    // What is ticked again is no longer selected, and so is all up to it.
    select_through(&page, 3).await;
    until_selected(&page, 1).await;
    until_ticked(&page, "2").await;

    // The bar is one Tab away, and Escape goes back.
    browser.press(Key::Tab).await;
    let in_bar = "document.activeElement.closest('.selection')";
    browser.until("Tab leads into the bar", in_bar).await;
    browser.press(Key::Escape).await;
    until_selected(&page, 0).await;
    until_list_has_the_focus(&page).await;

    browser.press(Key::End).await;
    browser.press(Key::Up).await;
    browser.press("x").await;
    until_selected(&page, 1).await;
    until_ticked(&page, "4").await;
    browser.press("x").await;
    until_selected(&page, 0).await;
    browser.press("X").await;
    until_selected(&page, 5).await;
    // First the selection, then the message in full.
    browser.press(Key::Enter).await;
    browser.find("region", "Message").await;
    browser.press(Key::Escape).await;
    until_selected(&page, 0).await;
    browser.find("region", "Message").await;
    browser.press(Key::Escape).await;
    browser.until("it is closed", "!find('region', 'Message')").await;
    // What leaves the list leaves the selection.
    browser.press("X").await;
    until_selected(&page, 5).await;
    browser.click("button", "Clear").await;
    until_selected(&page, 0).await;
    browser.assert_console_clean().await;
}

#[tokio::test]
async fn all_that_the_filter_shows_is_selected_and_exported() {
    let (page, _relay, amqp) = start().await;
    for number in 1..=60 {
        let body = if number % 2 == 0 { "even" } else { "odd" };
        amqp.publish_named(body.as_bytes(), &format!("m-{number}")).await;
    }
    page.until_received(60).await;
    select(&page, 60).await;
    page.browser.fill("searchbox", "Filter", "even").await;
    page.browser.until_text("30 of 60").await;
    until_selected(&page, 0).await;
    select(&page, 60).await;
    page.browser.click_in(BAR, "button", "All 30").await;
    until_selected(&page, 30).await;
    // What is not shown was not selected, and what comes is not selected unseen.
    page.browser.fill("searchbox", "Filter", "").await;
    amqp.publish(b"even").await;
    page.until_received(61).await;
    until_selected(&page, 30).await;
    page.browser.click_in(BAR, "button", "Export").await;
    let (name, content) = page.browser.downloaded().await;
    assert!(name.ends_with(".ndjson"), "{name}");
    let content = String::from_utf8(content).unwrap();
    let lines: Vec<serde_json::Value> =
        content.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<u64> = lines.iter().map(|line| line["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=30).map(|half| 2 * half).collect::<Vec<_>>());
    assert!(lines.iter().all(|line| line["body"].to_string().contains("\"even\"")));
    until_selected(&page, 30).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_selection_is_acknowledged_requeued_and_rejected_after_a_question() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.fill("dead", 0, 1).await;
    amqp.declare_dead_lettering("dead").await;
    let relay = Relay::start(&url, &[]).await;
    let page = Page::open(&relay).await;
    let browser = &page.browser;
    amqp.publish(b"acknowledged by the page").await;
    page.until_received(1).await;
    page.acknowledge("Manual ack").await;
    for body in ["two", "three", "four", "five", "six", "seven"] {
        amqp.publish(body.as_bytes()).await;
    }
    page.until_received(7).await;
    // Of these only two are open.
    select(&page, 1).await;
    select_through(&page, 3).await;
    until_selected(&page, 3).await;
    browser.click_in(BAR, "button", "Ack 2 of 3").await;
    until_selected(&page, 1).await;
    until_list_has_the_focus(&page).await;
    let offered = buttons(&page).await;
    assert_eq!(offered, ["All 7", "Send again", "Export", "Clear the selection"]);
    page.until_row_is(3, "is acknowledged", "row?.dataset.ackState === 'acknowledged'").await;
    browser.press(Key::Escape).await;

    // Nothing happens without the answer.
    for number in [4, 5, 6] {
        select(&page, number).await;
    }
    browser.click_in(BAR, "button", "Reject").await;
    let asks = "document.querySelector('[role=alertdialog]')?.textContent.startsWith(\
                'Reject 3 messages? They are dropped, or dead-lettered where hello says so.')";
    browser.until("it is asked", asks).await;
    browser
        .until("the safe answer has the focus", "document.activeElement === find('button', 'Keep')")
        .await;
    browser.click("button", "Keep").await;
    until_selected(&page, 3).await;
    until_list_has_the_focus(&page).await;
    page.until_row_is(4, "is open", "row?.dataset.ackState === 'open'").await;
    // Another selection is another question.
    browser.click_in(BAR, "button", "Reject").await;
    browser.until("it is asked", asks).await;
    select(&page, 6).await;
    until_selected(&page, 2).await;
    browser.click_in(BAR, "button", "Reject").await;
    browser.find("button", "Keep").await;
    let reject = "return document.querySelector('[role=alertdialog] button').click();";
    browser.eval(reject, Vec::new()).await;
    for number in [4, 5] {
        page.until_row_is(number, "is rejected", "row?.dataset.ackState === 'rejected'").await;
    }
    until_selected(&page, 0).await;
    until_list_has_the_focus(&page).await;
    amqp.until_counts_of("dead", 2, 0).await;

    select(&page, 6).await;
    browser.click_in(BAR, "button", "Requeue").await;
    page.until_row_is(6, "is given back", "row?.dataset.ackState === 'given-back'").await;
    page.until_received(8).await;
    browser.assert_console_clean().await;
    browser.go_to("about:blank").await;
    // Six, which came again, and seven.
    amqp.until_counts(2, 0).await;
}

#[tokio::test]
async fn a_selection_is_sent_again_once_that_was_asked() {
    let (page, _relay, amqp) = start().await;
    let properties = BasicProperties::default()
        .with_message_id("before".into())
        .with_type("order".into())
        .with_user_id("guest".into());
    amqp.publish_with(b"one", properties).await;
    amqp.publish_named(b"two", "b").await;
    page.until_received(2).await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    page.browser.press("X").await;
    until_selected(&page, 2).await;
    page.browser.click_in(BAR, "button", "Send again").await;
    for words in [
        "Send 2 messages again, to hello?",
        "Left out of the copies: user_id (1). Everything else keeps its type.",
        "Each copy gets a new message_id.",
    ] {
        page.browser.until_text(words).await;
    }
    page.browser.press(Key::Escape).await;
    until_selected(&page, 2).await;
    page.browser.click_in(BAR, "button", "Send again").await;
    page.browser.find("button", "Cancel").await;
    let send = "return document.querySelector('[role=alertdialog] button').click();";
    page.browser.eval(send, Vec::new()).await;
    page.until_confirmed(2).await;
    let sent = amqp.consume(2).await;
    assert_eq!(sent.iter().map(|sent| sent.data.as_slice()).collect::<Vec<_>>(), [b"one", b"two"]);
    let first = &sent[0].properties;
    assert_eq!(first.kind().as_ref().map(|kind| kind.as_str()), Some("order"));
    assert_ne!(first.message_id().as_ref().map(|id| id.as_str()), Some("before"));
    assert_eq!(*first.user_id(), None, "RabbitMQ takes it from that user alone");
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn only_what_is_possible_is_offered() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare_with(Shape::Durable, stream()).await;
    amqp.publish(b"one").await;
    amqp.fill("other", 2, 1).await;
    let relay = Relay::ready(&url, &["--queue", "hello", "--queue", "other"]).await;
    let page = Page::open(&relay).await;
    page.acknowledge("Manual ack").await;
    page.browser.click_in(("radiogroup", "from"), "radio", "First").await;
    page.until_received(1).await;
    page.browser.until_text("hello is a stream").await;
    page.browser.press("X").await;
    until_selected(&page, 1).await;
    assert_eq!(buttons(&page).await, ["Send again", "Ack", "Export", "Clear the selection"]);
    page.browser.press(Key::Escape).await;
    // In a look nothing is settled.
    page.show_queue("other").await;
    page.choose("Look").await;
    page.until_received(3).await;
    select(&page, 3).await;
    until_selected(&page, 1).await;
    let (all, last) = ("All 3", "Clear the selection");
    assert_eq!(buttons(&page).await, [all, "Send again", "Export", last]);
    page.browser.until_text("choose Receive with Manual ack to move").await;
    page.browser.assert_console_clean().await;
}

on_each_rabbit!(dead_letters_are_moved_back_to_where_they_died);

async fn dead_letters_are_moved_back_to_where_they_died(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let amqp = Amqp::connect(&url).await;
    for queue in ["orders", "invoices", "dead"] {
        amqp.fill(queue, 0, 1).await;
    }
    for (body, queue, reason) in [
        ("one", "orders", "rejected"),
        ("two", "orders", "rejected"),
        ("three", "invoices", "expired"),
    ] {
        let mut headers = FieldTable::default();
        headers.insert("x-first-death-queue".into(), AMQPValue::LongString(queue.into()));
        headers.insert("x-first-death-reason".into(), AMQPValue::LongString(reason.into()));
        let properties =
            BasicProperties::default().with_headers(headers).with_message_id(body.into());
        amqp.publish_to("dead", body.as_bytes(), properties).await;
    }
    let queues = ["--queue", "dead", "--queue", "orders", "--queue", "invoices"];
    let relay = Relay::ready(&url, &queues).await;
    let page = Page::open_only(&relay).await;
    let browser = &page.browser;
    page.show_queue("dead").await;
    page.choose("Receive").await;
    page.until_received(3).await;
    browser.press("X").await;
    until_selected(&page, 3).await;
    for (name, width, theme) in [
        ("selection", 1440, "light"),
        ("selection-dark", 1440, "dark"),
        ("selection-360", 360, "light"),
    ] {
        browser.look(width, 900, theme).await;
        browser.until("nothing moves", "!document.getAnimations().length").await;
        assert_fits(&page, name).await;
        browser.screenshot(name).await;
    }
    browser.look(1440, 900, "light").await;
    browser.click_in(BAR, "button", "Move to orders").await;
    for words in [
        "Move 3 messages from dead to orders?",
        "2 rejected from orders",
        "1 expired from invoices",
        "Left out of the copies: x-first-death-queue (3), x-first-death-reason (3).",
    ] {
        browser.until_text(words).await;
    }
    browser.screenshot("selection-move").await;
    browser.click("button", "Cancel").await;
    until_selected(&page, 3).await;
    select(&page, 3).await;
    until_selected(&page, 2).await;
    browser.click_in(BAR, "button", "Move to orders").await;
    browser.click("button", "Move").await;
    browser.until_text("2 of 2 moved").await;
    until_selected(&page, 0).await;
    amqp.until_counts_of("orders", 2, 0).await;
    browser.click_in(("group", "Move"), "button", "Close").await;
    browser.until("what became of it is read", "!find('group', 'Move')").await;
    // The other one goes where the user says.
    select(&page, 3).await;
    browser.click_in(BAR, "button", "Move to").await;
    browser.click_in(("group", "Move to"), "button", "orders").await;
    browser.click("button", "Move").await;
    amqp.until_counts_of("orders", 3, 0).await;
    browser.assert_console_clean().await;
    browser.go_to("about:blank").await;
    amqp.until_counts_of("dead", 0, 0).await;
}
