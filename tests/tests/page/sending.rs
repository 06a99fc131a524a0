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
