//! The Send panel.

use thirtyfour::Key;

use super::start;

/// Bodies that a careless page would change or run.
const BODIES: [&str; 5] = [
    "line one\nline two\n",
    "\u{1f407} h\u{e9}llo \u{4f60}\u{597d}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "",
    "  '\"&amp; \\n {\"json\": true}  ",
];

#[tokio::test]
async fn the_first_click_sends_hello_world_and_it_is_received() {
    let (page, _relay, amqp) = start().await;
    page.browser.click("button", "Send").await;
    page.until_confirmed(1).await;
    page.browser.until_text("[x] Sent 'Hello World!'").await;
    page.until_row("Hello World!").await;
    page.until_received(1).await;
    amqp.until_counts(0, 1).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn ctrl_enter_in_the_message_body_sends() {
    let (page, _relay, _amqp) = start().await;
    let body = page.browser.find("textbox", "Message body").await;
    body.send_keys(" And more.").await.unwrap();
    body.send_keys(Key::Control + Key::Enter).await.unwrap();
    page.until_confirmed(1).await;
    page.until_row("Hello World! And more.").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn what_is_written_is_what_the_queue_gets() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    page.until_queue(0, 0).await;
    for (sent, body) in (1..).zip(BODIES) {
        page.send(body).await;
        page.until_confirmed(sent).await;
    }
    let deliveries = amqp.consume(BODIES.len()).await;
    for (delivery, body) in deliveries.iter().zip(BODIES) {
        assert_eq!(String::from_utf8_lossy(&delivery.data), body);
    }
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn five_mebibytes_are_sent_and_received() {
    let (page, _relay, amqp) = start().await;
    let large = "0123456789abcdef".repeat(5 * 1024 * 1024 / 16);
    page.send(&large).await;
    page.until_confirmed(1).await;
    page.until_received(1).await;
    amqp.publish(large.as_bytes()).await;
    page.until_received(2).await;
    amqp.until_counts(0, 1).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn many_clicks_are_as_many_messages() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    let send = page.browser.find("button", "Send").await;
    for _ in 0..20 {
        send.click().await.unwrap();
    }
    page.until_confirmed(20).await;
    page.until_queue(20, 0).await;
    amqp.until_counts(20, 0).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_repeat_sends_each_number_once_in_order_and_says_when_it_is_done() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    page.until_queue(0, 0).await;
    page.write("message {n}").await;
    page.open_repeat().await;
    let total = page.browser.find("spinbutton", "How many").await;
    total.clear().await.unwrap();
    total.send_keys("50").await.unwrap();
    page.browser.click("checkbox", "Fill in {n}, {uuid}, {now}").await;
    page.browser.click("button", "Start").await;
    page.browser.until_text("50 of 50 confirmed").await;
    page.browser.until_text("Done in").await;
    let deliveries = amqp.consume(50).await;
    for (delivery, number) in deliveries.iter().zip(1..) {
        assert_eq!(String::from_utf8_lossy(&delivery.data), format!("message {number}"));
    }
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_repeat_that_is_stopped_sends_no_more() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    page.until_queue(0, 0).await;
    page.open_repeat().await;
    let rate = page.browser.find("spinbutton", "Per second").await;
    rate.clear().await.unwrap();
    rate.send_keys("5").await.unwrap();
    page.browser.click("button", "Start").await;
    page.until_confirmed(2).await;
    page.browser.click("button", "Stop").await;
    page.browser.until_text("Stopped after").await;
    let confirmed = "return document.querySelector('[data-confirmed]').dataset.confirmed;";
    let confirmed = page.browser.eval(confirmed, Vec::new()).await;
    let confirmed = confirmed.as_str().unwrap().parse().unwrap();
    amqp.until_counts(confirmed, 0).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_mistake_is_told_beside_its_field_which_gets_the_focus_and_nothing_is_sent() {
    let (page, _relay, amqp) = start().await;
    page.browser.click("radio", "JSON").await;
    page.write("{\"a\": oops}").await;
    page.browser
        .until_text("Not JSON: neither a number nor true, false, null in line 1, column 7")
        .await;
    page.browser.click("button", "Send").await;
    page.browser.until("the text has the focus", "document.activeElement.id === 'body'").await;
    page.write("{\"a\": 12345678901234567890}").await;
    page.browser.click("button", "Format JSON").await;
    page.browser.click("button", "Send").await;
    page.until_confirmed(1).await;
    page.until_received(1).await;
    amqp.until_counts(0, 1).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_repeat_at_a_rate_shows_its_progress_and_refuses_odd_numbers_beside_the_field() {
    let (page, _relay, _amqp) = start().await;
    let browser = &page.browser;
    page.open_repeat().await;
    for (field, odd) in [("How many", "0"), ("Per second", "0")] {
        browser.fill("spinbutton", field, odd).await;
        let wrong = format!("find('spinbutton', '{field}').ariaInvalid === 'true'");
        browser.until("the number is marked as wrong", &wrong).await;
        browser.until("it cannot be started", "find('button', 'Start').disabled").await;
        browser.fill("spinbutton", field, "40").await;
    }
    let steady = "find('radio', 'At a steady rate').ariaChecked === 'true'";
    browser.until("who types a rate wants it", steady).await;
    browser.click("button", "Start").await;
    let bar = "find('progressbar', 'Messages confirmed')";
    browser.until("the bar is on its way", &format!("{bar}?.value > 0 && {bar}.max === 40")).await;
    browser.until_text("40 of 40 confirmed").await;
    browser.until_text("per second").await;
    browser.until_text("Done in").await;
    page.until_received(40).await;
    browser.assert_console_clean().await;
}

#[tokio::test]
async fn the_repeat_opens_in_place_and_closes_again() {
    let (page, _relay, _amqp) = start().await;
    let browser = &page.browser;
    let expanded = |is: bool| format!("find('button', 'Repeat\u{2026}').ariaExpanded === '{is}'");
    browser.until("it is closed at first", &expanded(false)).await;
    assert!(!browser.holds("find('group', 'Repeat')").await, "it takes no room until it is wanted");
    browser.click("button", "Repeat\u{2026}").await;
    browser.until("it is open", &expanded(true)).await;
    let focused =
        "document.activeElement === find('spinbutton', 'How many', find('group', 'Repeat'))";
    browser.until("its first field has the focus", focused).await;
    browser
        .until("under the message", "find('region', 'Send').contains(document.activeElement)")
        .await;
    browser.fill("spinbutton", "How many", "3").await;
    browser.click("button", "Start").await;
    browser.until_text("3 of 3 confirmed").await;
    browser.click("button", "Repeat\u{2026}").await;
    browser.until("it is closed", "!find('group', 'Repeat')").await;
    browser.until("what it did stays", "find('group', 'Repeat progress')").await;
    browser.assert_console_clean().await;
}
