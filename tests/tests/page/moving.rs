//! Dead letters moved by their reason, and one by one; what keeps somebody from taking them by mistake.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use thirtyfour::Key;
use warren_tests::{
    amqp::Amqp,
    mover::{SOURCE, TARGET},
    node,
    page::Page,
    relay::Relay,
};

use crate::{
    looks::picture,
    selection::{BAR, until_selected},
};

const QUEUES: [&str; 6] = ["--queue", SOURCE, "--queue", TARGET, "--queue", "invoices"];
const MESSAGE: (&str, &str) = ("region", "Message");

/// A page before these messages in [`SOURCE`]: a body, and in which queue and why it died, if it did.
async fn start(letters: &[(&str, Option<(&str, &str)>)]) -> (Page, Relay, Amqp) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    for queue in [SOURCE, TARGET, "invoices"] {
        amqp.fill(queue, 0, 1).await;
    }
    for (body, death) in letters {
        let mut headers = FieldTable::default();
        if let Some((queue, reason)) = death {
            headers.insert("x-first-death-queue".into(), AMQPValue::LongString((*queue).into()));
            headers.insert("x-first-death-reason".into(), AMQPValue::LongString((*reason).into()));
        }
        let properties =
            BasicProperties::default().with_headers(headers).with_message_id((*body).into());
        amqp.publish_to(SOURCE, body.as_bytes(), properties).await;
    }
    let relay = Relay::ready(&url, &QUEUES).await;
    (Page::open_only(&relay).await, relay, amqp)
}

const REJECTED: Option<(&str, &str)> = Some((TARGET, "rejected"));
const EXPIRED: Option<(&str, &str)> = Some(("invoices", "expired"));

#[tokio::test]
async fn nothing_is_acknowledged_until_its_user_says_so() {
    let (page, _relay, amqp) = start(&[("one", None), ("two", None)]).await;
    let browser = &page.browser;
    page.show_queue(SOURCE).await;
    page.browser.assert_accessible("a queue before anything is done with it").await;
    amqp.until_counts_of(SOURCE, 2, 0).await;
    page.choose("Look").await;
    page.until_received(2).await;
    browser.press("X").await;
    until_selected(&page, 2).await;
    browser.until_text("choose Receive with Manual ack to move").await;
    browser.click_in(BAR, "button", "Receive with Manual ack").await;
    page.until_received(4).await;
    for number in [3, 4] {
        page.until_row_is(number, "is open", "row?.dataset.ackState === 'open'").await;
    }
    // The same from Auto ack, for what comes next.
    page.acknowledge("Auto ack").await;
    amqp.publish_to(SOURCE, b"three", BasicProperties::default()).await;
    page.until_row_is(5, "is taken", "row && row.dataset.ackState !== 'open'").await;
    browser.press("X").await;
    browser.click_in(BAR, "button", "Receive with Manual ack").await;
    amqp.publish_to(SOURCE, b"four", BasicProperties::default()).await;
    page.until_row_is(6, "is open", "row?.dataset.ackState === 'open'").await;
    // A question is about what it names, and not about what is chosen meanwhile.
    browser.press("X").await;
    browser.click_in(BAR, "button", "Send again").await;
    browser.until_text(&format!("again, to {SOURCE}?")).await;
    page.send_to(TARGET).await;
    browser.until("it is asked no longer", "!find('button', 'Cancel')").await;
    until_selected(&page, 6).await;
    browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_selection_is_narrowed_to_those_that_died_alike() {
    // The most are not of the first.
    let letters = [("one", EXPIRED), ("two", REJECTED), ("three", REJECTED), ("four", None)];
    let (page, _relay, amqp) = start(&letters).await;
    let browser = &page.browser;
    page.receive_by_hand(SOURCE).await;
    page.until_received(4).await;
    browser.press("X").await;
    until_selected(&page, 4).await;
    browser.click_in(BAR, "button", "Move to orders").await;
    browser.until_text("1 not dead-lettered").await;
    browser.click_in(("group", "Select only"), "button", "1 expired from invoices").await;
    until_selected(&page, 1).await;
    browser.click_in(BAR, "button", "Move to invoices").await;
    browser.until_text("1 expired from invoices").await;
    browser.click("button", "Move").await;
    browser.until_text("1 of 1 moved").await;
    amqp.until_counts_of("invoices", 1, 0).await;
    amqp.until_counts_of(TARGET, 0, 0).await;
    browser.assert_console_clean().await;
}

#[tokio::test]
async fn the_message_in_full_is_moved_after_a_question_that_names_it() {
    let (page, _relay, amqp) = start(&[("one", REJECTED), ("two", None), ("three", None)]).await;
    let browser = &page.browser;
    page.receive_by_hand(SOURCE).await;
    page.until_received(3).await;
    page.open_details(1).await;
    browser.click_in(MESSAGE, "button", "Move to orders").await;
    browser.until_text("Move message 1 from dead to orders?").await;
    browser
        .until_text("Left out of the copies: x-first-death-queue (1), x-first-death-reason (1).")
        .await;
    browser.press(Key::Escape).await;
    browser.until("nothing is asked", "!document.querySelector('[role=alertdialog]')").await;
    amqp.until_counts_of(TARGET, 0, 0).await;
    // What is selected is another thing.
    browser.click("checkbox", "Select message 3").await;
    until_selected(&page, 1).await;
    browser.click_in(MESSAGE, "button", "Move to orders").await;
    browser.click("button", "Move").await;
    browser.until_text("1 of 1 moved").await;
    page.until_row_is(1, "is acknowledged", "row?.dataset.ackState === 'acknowledged'").await;
    let offered =
        format!("find('button', 'Move to orders', find('{}', '{}'))", MESSAGE.0, MESSAGE.1);
    browser.until("it cannot be moved again", &format!("!{offered}")).await;
    amqp.until_counts_of(TARGET, 1, 0).await;
    until_selected(&page, 1).await;
    // Where nothing says where it died, the user does; where it is settled meanwhile, nothing is asked.
    page.open_details(2).await;
    browser.click_in(MESSAGE, "button", "Move to").await;
    picture(&page, "move-one", (1440, 900), "light").await;
    picture(&page, "move-one-360", (360, 800), "dark").await;
    browser.look(1440, 900, "light").await;
    let menu = ("group", "Move to");
    browser.click_in(menu, "button", "invoices").await;
    browser.until_text("Move message 2 from dead to invoices?").await;
    browser.click_in(MESSAGE, "button", "Ack").await;
    browser.until("nothing is asked", "!document.querySelector('[role=alertdialog]')").await;
    amqp.until_counts_of("invoices", 0, 0).await;
    browser.assert_console_clean().await;
}
