//! The Details of a message: each view, and what leaves the page.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use serde_json::{Map, Value};
use warren_tests::wait;

use crate::start;

#[tokio::test]
async fn each_view_shows_the_body_and_copy_gives_what_is_shown() {
    let (page, _relay, amqp) = start().await;
    let json = "{\"b\":1.0,\"a\":[12345678901234567890,\"\u{e9}\"]}";
    amqp.publish(json.as_bytes()).await;
    amqp.publish(b"\xff\x00Warren, sixteen and more").await;
    page.until_received(2).await;

    // What can be read as JSON is shown so at once.
    page.open_details(1).await;
    let chosen = "find('radio', 'JSON', find('radiogroup', 'Show body as') ?? undefined)?.ariaChecked === 'true'";
    page.browser.until("it is shown as JSON", chosen).await;
    assert_eq!(page.body_as("Text").await, json);
    page.browser.click("button", "Copy").await;
    page.browser.until_text("Copied.").await;
    assert_eq!(page.browser.clipboard().await, json);
    let indented =
        "{\n  \"b\": 1.0,\n  \"a\": [\n    12345678901234567890,\n    \"\u{e9}\"\n  ]\n}";
    assert_eq!(page.body_as("JSON").await.trim_end(), indented);
    page.browser.click("button", "Copy").await;
    let seen = || "the clipboard has something else".to_owned();
    let copied = async || (page.browser.clipboard().await == indented).then_some(());
    wait::until("what is shown is on the clipboard", seen, copied).await;

    page.open_details(2).await;
    page.browser.until_text("It has 1 NUL byte.").await;
    page.browser.click_in(("radiogroup", "Show body as"), "radio", "Text").await;
    page.browser.until_text("This body is not text. Hex and Base64 show it.").await;
    let hex = "00000000  ff 00 57 61 72 72 65 6e  2c 20 73 69 78 74 65 65  |..Warren, sixtee|\n\
               00000010  6e 20 61 6e 64 20 6d 6f  72 65                    |n and more|\n";
    assert_eq!(page.body_as("Hex").await, hex);
    assert_eq!(page.body_as("Base64").await, "/wBXYXJyZW4sIHNpeHRlZW4gYW5kIG1vcmU=");
    page.browser.click("button", "Save").await;
    let (name, saved) = page.browser.downloaded().await;
    assert_eq!(
        (name.as_str(), &saved[..]),
        ("message-2.bin", &b"\xff\x00Warren, sixteen and more"[..])
    );
    // Its button goes with the details, and the keyboard must not start from the top.
    page.browser.click("button", "Close").await;
    let on_list = "document.activeElement.getAttribute('role') === 'log'";
    page.browser.until("the list has the focus", on_list).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_large_body_is_shown_in_part_and_saved_whole() {
    let (page, _relay, amqp) = start().await;
    let large: Vec<u8> = (0..1024 * 1024_u32).map(|at| b'a' + (at % 23) as u8).collect();
    amqp.publish(&large).await;
    page.until_received(1).await;
    page.open_details(1).await;
    for form in ["Text", "Hex", "Base64"] {
        page.body_as(form).await;
        page.browser.until_text("of 1.0 MiB are shown. Save gives all.").await;
    }
    assert_eq!(page.body_as("Text").await.as_bytes(), &large[..256 * 1024]);
    page.browser.click("button", "Save").await;
    let (name, saved) = page.browser.downloaded().await;
    assert_eq!(name, "message-1.txt");
    assert!(saved == large, "{} bytes were saved, and not the same", saved.len());
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn properties_and_headers_are_all_shown_and_go_along_when_it_is_sent_again() {
    let (page, _relay, amqp) = start().await;
    let mut headers = FieldTable::default();
    headers.insert("tenant".into(), AMQPValue::LongString("blue".into()));
    headers.insert("attempt".into(), AMQPValue::LongLongInt(3));
    headers.insert("urgent".into(), AMQPValue::Boolean(true));
    headers.insert("small".into(), AMQPValue::ShortShortInt(-5));
    let properties = BasicProperties::default()
        .with_content_type("text/x-note".into())
        .with_correlation_id("c-1".into())
        .with_reply_to("answers".into())
        .with_type("note".into())
        .with_app_id("tests".into())
        .with_message_id("m-1".into())
        .with_priority(4)
        .with_delivery_mode(2)
        .with_headers(headers);
    amqp.publish_with(b"a note", properties.clone()).await;
    page.until_received(1).await;
    page.open_details(1).await;
    let mut shown = Map::new();
    for tab in ["Properties", "Headers"] {
        page.browser.click("tab", tab).await;
        page.browser.find("group", tab).await;
        let rows = "return Object.fromEntries([...document.querySelectorAll('.details > div')]
            .map((row) => ['dt', 'bdi', '.kind'].map((part) => row.querySelector(part)?.textContent))
            .map(([name, value, kind]) => [name, kind ? `${value} ${kind}` : value]));";
        let Value::Object(rows) = page.browser.eval(rows, Vec::new()).await else { panic!() };
        shown.extend(rows);
    }
    for (name, value) in [
        ("queue", "hello"),
        ("exchange", "(default)"),
        ("routing_key", "hello"),
        ("redelivered", "no"),
        ("content_type", "text/x-note"),
        ("correlation_id", "c-1"),
        ("reply_to", "answers"),
        ("type", "note"),
        ("app_id", "tests"),
        ("message_id", "m-1"),
        ("priority", "4"),
        ("persistent", "yes"),
        ("tenant", "blue long_string"),
        ("attempt", "3 long_long_int"),
        ("urgent", "true boolean"),
        ("small", "-5 (unsigned 251) short_short_int"),
    ] {
        assert_eq!(shown[name], value, "{name}: {shown:#?}");
    }

    page.browser.click_in(("region", "Message"), "button", "Send again").await;
    let filled = "find('textbox', 'Message body').value === 'a note'";
    page.browser.until("the Send panel has the message", filled).await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    page.browser.click_in(("region", "Send"), "button", "Send").await;
    page.until_confirmed(1).await;
    let sent = amqp.consume(1).await.remove(0);
    assert_eq!(sent.data, b"a note");
    // Another message has another name; all else is as it was.
    assert_ne!(sent.properties.message_id(), properties.message_id());
    let sent = sent.properties.clone().with_message_id("m-1".into());
    assert_eq!(sent, properties);
    page.browser.assert_console_clean().await;
}
