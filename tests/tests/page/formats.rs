//! The Send panel's formats, properties and list: what the queue gets is what was written.

use std::fs;

use lapin::types::AMQPValue;

use crate::start;

#[tokio::test]
async fn each_format_sends_its_bytes_and_its_content_type() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    let format = async |name| {
        page.browser.click_in(("radiogroup", "Format"), "radio", name).await;
    };
    page.send("plain").await;
    format("JSON").await;
    page.write("{\"a\":1.50}").await;
    page.browser.click_in(("region", "Send"), "button", "Format").await;
    let laid_out = "find('textbox', 'Message body').value === '{\\n  \"a\": 1.50\\n}'";
    page.browser.until("the JSON is laid out", laid_out).await;
    page.browser.click("button", "Send").await;
    page.until_confirmed(2).await;
    format("Base64").await;
    page.write("/w D!").await;
    page.browser.until_text("Not Base64: '!' at character 4 is out of place").await;
    page.send("/w D+\n").await;
    page.until_confirmed(3).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("some \u{e9}.bin");
    fs::write(&file, b"\x00\xff file").unwrap();
    format("File").await;
    page.browser.click("button", "Send").await;
    page.browser.until_text("Choose a file").await;
    let input = page.browser.find("file", "Choose a file").await;
    input.send_keys(file.to_str().unwrap()).await.unwrap();
    page.browser.until_text("some \u{e9}.bin 7 B").await;
    page.browser.click("button", "Send").await;
    page.until_confirmed(4).await;

    let wanted: [(&[u8], Option<&str>); 4] = [
        (b"plain", None),
        (b"{\n  \"a\": 1.50\n}", Some("application/json")),
        (b"\xff\x00\xfe", None),
        (b"\x00\xff file", Some("application/octet-stream")),
    ];
    for (delivery, (body, kind)) in amqp.consume(4).await.iter().zip(wanted) {
        assert_eq!(delivery.data, body);
        let sent = delivery.properties.content_type().as_ref().map(|kind| kind.as_str());
        assert_eq!(sent, kind);
    }
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn properties_and_typed_headers_reach_the_queue_and_mistakes_do_not() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    let browser = &page.browser;
    browser.click("summary", "Properties").await;
    for (field, value) in [
        ("Content type", "text/x-test"),
        ("Priority", "300"),
        ("Expiration", "60000"),
        ("Correlation id", "c"),
        ("Reply to", "r"),
        ("Message id", "m"),
        ("Type", "t"),
        ("App id", "a"),
    ] {
        browser.fill("textbox", field, value).await;
    }
    browser.click("checkbox", "Persistent").await;
    for (row, kind, value) in [(1, "string", "blue"), (2, "number", "-7"), (3, "boolean", "")] {
        browser.click("button", "Add header").await;
        browser.fill("textbox", &format!("Header {row} name"), kind).await;
        let choice = browser.find("combobox", &format!("Header {row} type")).await;
        choice.send_keys(kind).await.unwrap();
        if !value.is_empty() {
            browser.fill("textbox", &format!("Header {row} value"), value).await;
        }
    }
    browser.until_text("A whole number from 0 to 255").await;
    browser.click("button", "Send").await;
    let focused = "document.activeElement === find('textbox', 'Priority')";
    browser.until("the mistake has the focus", focused).await;
    browser.fill("textbox", "Priority", "7").await;
    browser.click("button", "Send").await;
    page.until_confirmed(1).await;
    amqp.until_counts(1, 0).await;

    let sent = amqp.consume(1).await.remove(0).properties;
    let texts = [
        sent.content_type(),
        sent.expiration(),
        sent.correlation_id(),
        sent.reply_to(),
        sent.message_id(),
        sent.kind(),
        sent.app_id(),
    ];
    let texts = texts.map(|text| text.as_ref().map(|text| text.as_str()).unwrap_or_default());
    assert_eq!(texts, ["text/x-test", "60000", "c", "r", "m", "t", "a"]);
    assert_eq!(*sent.priority(), Some(7));
    assert_ne!(*sent.delivery_mode(), Some(2));
    let headers = sent.headers().as_ref().unwrap().inner();
    assert_eq!(headers.get("string"), Some(&AMQPValue::LongString("blue".into())));
    assert_eq!(headers.get("number"), Some(&AMQPValue::LongLongInt(-7)));
    assert_eq!(headers.get("boolean"), Some(&AMQPValue::Boolean(true)));
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn the_sent_list_says_what_became_of_each_message_and_sends_it_again() {
    let (page, _relay, amqp) = start().await;
    page.send("Hello World!").await;
    page.until_confirmed(1).await;
    page.browser.until_text("[x] Sent 'Hello World!'").await;
    let took = "/confirmed \\d+ ms/.test(find('list', 'Sent').textContent)";
    page.browser.until("how long it took is said", took).await;
    // A latency of its own messages, and none of others'.
    page.until_row_is(1, "says how long it took", "/\\d ms/.test(row?.textContent)").await;
    page.browser.click_in(("list", "Sent"), "button", "Send again").await;
    page.until_confirmed(2).await;
    page.until_received(2).await;
    page.assert_counter("duplicates", 0).await;
    page.write("something else").await;
    page.browser.click_in(("list", "Sent"), "button", "Edit").await;
    let back = "find('textbox', 'Message body').value === 'Hello World!'";
    page.browser.until("the message is in the form again", back).await;
    page.browser.until("which has the focus", "document.activeElement.id === 'body'").await;

    amqp.publish_named(b"twice", "the same").await;
    amqp.publish_named(b"twice", "the same").await;
    page.until_received(4).await;
    page.until_row_is(4, "is a duplicate", "row?.textContent.includes('duplicate')").await;
    page.until_row_is(4, "has no latency", "!/\\d ms/.test(row?.textContent)").await;
    page.assert_counter("duplicates", 1).await;

    // What cannot come through is said in its row.
    page.browser.click("summary", "Properties").await;
    page.browser.click("button", "Add header").await;
    page.browser.fill("textbox", "Header 1 name", "CC").await;
    page.browser.click("button", "Send").await;
    page.browser.until_text("[!] Failed 'Hello World!'").await;
    page.browser.until_text("a property is not allowed").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn the_sent_list_has_the_last_hundred() {
    let (page, _relay, amqp) = start().await;
    page.repeat("number {n}", 130).await;
    page.until_repeated(130).await;
    page.until_received(130).await;
    let list = "find('list', 'Sent').querySelectorAll('li').length === 100 \
                && find('list', 'Sent').textContent.includes('number 130') \
                && !find('list', 'Sent').textContent.includes(\"'number 30'\")";
    page.browser.until("the last hundred are listed", list).await;
    amqp.until_counts(0, 1).await;
    page.browser.assert_console_clean().await;
}
