//! The filter, "Export" and "Clear": what the list shows.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::start;

#[tokio::test]
async fn the_filter_looks_at_bodies_properties_and_headers_of_new_arrivals_too() {
    let (page, _relay, amqp) = start().await;
    let with_header = |name: &str, value: &str| {
        let mut headers = FieldTable::default();
        headers.insert(name.into(), AMQPValue::LongString(value.into()));
        BasicProperties::default().with_headers(headers)
    };
    for number in 0..7 {
        amqp.publish(format!("other {number}").as_bytes()).await;
    }
    amqp.publish(b"a Needle in a body").await;
    amqp.publish_with(
        b"property",
        BasicProperties::default().with_correlation_id("needle-1".into()),
    )
    .await;
    amqp.publish_with(b"header", with_header("needle", "x")).await;
    page.until_received(10).await;

    page.browser.fill("searchbox", "Filter", "NEEDLE").await;
    page.browser.until_text("3 of 10").await;
    assert_eq!(page.rows().await, ["a Needle in a body", "property", "header"]);
    amqp.publish_with(b"header's value", with_header("x", "my needle")).await;
    amqp.publish(b"not this").await;
    page.browser.until_text("4 of 12").await;
    page.until_row("header's value").await;
    assert_eq!(page.rows().await.len(), 4);

    page.browser.fill("searchbox", "Filter", "nothing has this").await;
    page.browser.until_text("0 of 12").await;
    assert!(page.rows().await.is_empty());
    page.browser.press(Key::Escape).await;
    page.browser
        .until("all are shown", "document.querySelectorAll('.message').length === 12")
        .await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn an_export_is_what_the_filter_shows_exact_and_clear_changes_nothing_in_the_queue() {
    let (page, _relay, amqp) = start().await;
    let properties = BasicProperties::default().with_app_id("out".into()).with_priority(3);
    let text = "two\nlines, \"quoted\", \u{1f407}";
    amqp.publish(b"not this one").await;
    amqp.publish_with(text.as_bytes(), properties.clone()).await;
    amqp.publish_with(b"\xff\x00\xfe", properties).await;
    page.until_received(3).await;
    page.browser.fill("searchbox", "Filter", "out").await;
    page.browser.until_text("2 of 3").await;
    page.browser.click("button", "Export").await;
    let (name, file) = page.browser.downloaded().await;
    assert!(name.starts_with("messages-") && name.ends_with(".ndjson"), "{name}");
    page.browser.until_text("Exported 2 messages as").await;
    let file = String::from_utf8(file).unwrap();
    let lines: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(file.ends_with('\n') && lines.len() == 2, "{file}");
    for (line, (number, body)) in
        lines.iter().zip([(2, json!({ "text": text })), (3, json!({ "base64": "/wD+" }))])
    {
        let wanted = json!({ "app_id": "out", "priority": 3 });
        assert_eq!((&line["number"], &line["body"]), (&json!(number), &body));
        assert_eq!((&line["properties"], &line["routing_key"]), (&wanted, &json!("hello")));
    }

    page.browser.find("searchbox", "Filter").await.send_keys(Key::Escape).await.unwrap();
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    amqp.publish(b"waits").await;
    page.browser.click("button", "Clear").await;
    let words = "Cleared 3 messages from this view; nothing in the queue has changed.";
    page.browser.until_text(words).await;
    page.assert_counter("kept", 0).await;
    page.assert_counter("dropped", 3).await;
    page.assert_counter("received", 3).await;
    assert!(page.rows().await.is_empty());
    amqp.until_counts(1, 0).await;
    page.browser.assert_console_clean().await;
}
