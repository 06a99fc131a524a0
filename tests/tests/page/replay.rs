//! An exported file sent again: the queue gets what was exported, and what cannot be sent is said before.

use std::fs;

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldArray, FieldTable},
};

use crate::start;

const REPLAY: (&str, &str) = ("group", "Replay");
const COUNT: usize = 10_000;
/// One of so many bodies is large.
const LARGE: usize = 500;

/// Bodies and properties of all kinds.
fn message(number: usize) -> (Vec<u8>, BasicProperties) {
    let body = match number % 4 {
        _ if number % LARGE == LARGE - 1 => b"\x00\xfelarge".repeat(20_000),
        0 => format!("plain {number}").into_bytes(),
        1 => vec![0xff, 0, b'\n', number as u8],
        2 => Vec::new(),
        _ => "two\r\nlines \u{2028}\u{1f407} ".repeat(number % 100).into_bytes(),
    };
    let mut headers = FieldTable::default();
    if number.is_multiple_of(3) {
        let mut table = FieldTable::default();
        table.insert("$type".into(), AMQPValue::Float(0.1));
        for (name, value) in [
            ("int", AMQPValue::LongInt(-5)),
            ("short", AMQPValue::ShortUInt(9)),
            ("at", AMQPValue::Timestamp(1_700_000_000)),
            ("bytes", AMQPValue::ByteArray(vec![0, 255].into())),
            ("binary", AMQPValue::LongString(vec![0xfe, 1].into())),
            ("list", AMQPValue::FieldArray(FieldArray::from(vec![AMQPValue::Void]))),
            ("table", AMQPValue::FieldTable(table)),
        ] {
            headers.insert(name.into(), value);
        }
    }
    let mut properties = BasicProperties::default()
        .with_message_id(format!("m-{number}").into())
        .with_delivery_mode(1 + number as u8 % 2)
        .with_timestamp(1_700_000_000 + number as u64);
    if number.is_multiple_of(7) {
        properties = properties.with_headers(FieldTable::default());
    }
    if number.is_multiple_of(3) {
        properties = properties
            .with_headers(headers)
            .with_content_encoding("identity".into())
            .with_correlation_id("c".into())
            .with_type("t \u{e9}".into());
    }
    (body, properties)
}

#[tokio::test]
async fn a_replayed_export_is_equal_to_the_original() {
    let (page, _relay, amqp) = start().await;
    let browser = &page.browser;
    amqp.publish_all((0..COUNT).map(message)).await;
    page.until_received(COUNT).await;
    browser.click("button", "Export").await;
    let (name, file) = browser.downloaded().await;
    page.set_receiving(false).await;
    amqp.until_counts(0, 0).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(&name);
    fs::write(&path, &file).unwrap();

    browser.click("button", "Saved messages").await;
    let input = browser.find("file", "Replay\u{2026}").await;
    input.send_keys(path.to_str().unwrap()).await.unwrap();
    browser.until_text(&format!("{name}: 10,000 messages")).await;
    browser.until_text("hello: 10,000 messages").await;
    browser.click_in(REPLAY, "button", "Start").await;
    browser.until_text("10,000 of 10,000 confirmed").await;
    browser.until_text("Done in").await;
    for (number, delivery) in amqp.consume(COUNT).await.into_iter().enumerate() {
        let (body, properties) = message(number);
        assert_eq!(delivery.data, body);
        assert_eq!(delivery.properties, properties, "{number}");
    }
    browser.click_in(REPLAY, "button", "Close").await;
    browser.until("the replay is gone", "!find('group', 'Replay')").await;
    browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_dropped_file_says_what_would_fail_and_stops_there_or_goes_to_one_queue() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    let browser = &page.browser;
    let file = "{\"queue\": \"hello\", \"properties\": {\"user_id\": \"x\", \"headers\": \
                {\"CC\": [\"a\"], \"x-death\": []}}, \"body\": {\"text\": \"one\"}}\n\
                {\"queue\": \"other\", \"body\": {\"text\": \"two\"}}\n\
                not JSON\n\
                {\"queue\": \"hello\", \"body\": {\"text\": \"three\"}}\n";
    const DROP: &str = "
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([arguments[0]], 'some.ndjson'));
        document.body.dispatchEvent(
            new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));";
    browser.eval(DROP, vec![file.into()]).await;
    for words in [
        "some.ndjson: 3 messages",
        "1 line is wrong; the first: line 3: it is not JSON, from character 1 on",
        "1 message would fail: this page may not send to \"other\" (first in line 2)",
        "Left out of the copies: CC, user_id, x-death",
    ] {
        browser.until_text(words).await;
    }
    browser.click_in(REPLAY, "button", "Start").await;
    browser.until_text("Stopped at line 2: this page may not send to queue \"other\".").await;
    amqp.until_counts(1, 0).await;
    browser.click_in(REPLAY, "button", "Close").await;

    browser.eval(DROP, vec![file.into()]).await;
    browser.click_in(REPLAY, "radio", "All to one queue").await;
    browser.click_in(REPLAY, "radio", "New ones").await;
    browser.click_in(REPLAY, "radio", "Go on").await;
    browser.click_in(REPLAY, "button", "Start").await;
    browser.until_text("3 of 3 confirmed \u{b7} 1 line skipped").await;
    let bodies: Vec<_> = amqp.consume(4).await.into_iter().map(|delivery| delivery.data).collect();
    assert_eq!(bodies, [&b"one"[..], b"one", b"two", b"three"]);
    browser.assert_console_clean().await;
}
