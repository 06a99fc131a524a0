//! Saved messages, and headers as JSON: what the queue gets is what was saved and written.

use std::fs;

use lapin::types::AMQPValue;
use thirtyfour::Key;

use crate::start;

const SEND: (&str, &str) = ("region", "Send");

#[tokio::test]
async fn a_message_is_saved_filled_in_renamed_exported_imported_and_deleted() {
    let (page, relay, amqp) = start().await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    let browser = &page.browser;
    page.write("{n} is {uuid}").await;
    page.set_property("type", "greeting-{n}").await;
    page.add_header("x-count", "number", "5").await;
    browser.click("button", "More ways to send").await;
    browser.click("button", "Save as\u{2026}").await;
    browser.fill("textbox", "Name of the saved message", "greeting").await;
    browser.click("button", "Save").await;
    browser.until_text("Saved as greeting.").await;
    // What is saved outlives the page.
    page.go_to(&relay).await;
    page.until_connected().await;
    browser.click("button", "Saved messages").await;
    browser.click("button", "Rename greeting").await;
    browser.fill("textbox", "New name", "hello \u{4f60}\u{597d}").await;
    browser.click("button", "Rename").await;
    browser.click("button", "Export all").await;
    let (name, file) = browser.downloaded().await;
    assert!(name.starts_with("saved-messages-") && name.ends_with(".json"), "{name}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("saved.json");
    fs::write(&path, &file).unwrap();
    let import = browser.find("file", "Import\u{2026}").await;
    import.send_keys(path.to_str().unwrap()).await.unwrap();
    browser.until_text("1 message added.").await;
    fs::write(&path, "{\"saved_messages\": [{\"name\": \"odd\"}]}").unwrap();
    let import = browser.find("file", "Import\u{2026}").await;
    import.send_keys(path.to_str().unwrap()).await.unwrap();
    browser.until_text("Nothing was imported: message \"odd\" is wrong").await;
    browser.click("button", "Delete hello \u{4f60}\u{597d}").await;
    browser.click("button", "Delete hello \u{4f60}\u{597d} for good").await;
    browser.click("button", "hello \u{4f60}\u{597d} (2)").await;
    let fills = browser.find("checkbox", "Fill in {n}, {uuid}, {now}").await;
    assert!(fills.is_selected().await.unwrap());
    for _ in 0..2 {
        browser.click_in(SEND, "button", "Send").await;
    }
    page.until_confirmed(2).await;
    for (delivery, number) in amqp.consume(2).await.iter().zip(1..) {
        let properties = &delivery.properties;
        let id = properties.message_id().as_ref().unwrap().as_str();
        assert_eq!(str::from_utf8(&delivery.data), Ok(&*format!("{number} is {id}")));
        let kind = properties.kind().as_ref().unwrap().as_str();
        assert_eq!(kind, format!("greeting-{number}"));
        let headers = properties.headers().as_ref().unwrap().inner();
        assert_eq!(headers["x-count"], AMQPValue::LongLongInt(5));
    }
    browser.assert_console_clean().await;
}

#[tokio::test]
async fn headers_are_edited_as_json_and_sent_with_their_types() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    let browser = &page.browser;
    page.write("typed").await;
    page.add_header("x-row", "number", "5").await;
    browser.press(Key::Enter).await;
    browser.click("button", "Edit all headers as JSON").await;
    let field = browser.find("textbox", "Headers as JSON").await;
    assert_eq!(field.value().await.unwrap().unwrap(), "{\n  \"x-row\": 5\n}");
    browser.paste(&field, "{\"x-row\": 5, \"x-int\": {\"$type\": \"long\", \"value\": 7}}").await;
    browser.until_text("Header \"x-int\", line 1, column 33: the type long is unknown").await;
    // It is said where it is, and nothing is sent.
    browser.click_in(SEND, "button", "Send").await;
    let right = "{\"x-row\": 5, \"x-int\": {\"$type\": \"long_int\", \"value\": 7}, \"x-at\": \
                 {\"$type\": \"timestamp\", \"value\": 1700000000}, \"x-list\": [true, null], \
                 \"x-table\": {\"a\": {\"$type\": \"short_int\", \"value\": -1}}}";
    browser.paste(&field, right).await;
    browser.click_in(("group", "Headers as JSON"), "button", "Done").await;
    browser.find("button", "Leave out header x-table").await;
    browser.click_in(SEND, "button", "Send").await;
    page.until_confirmed(1).await;
    let deliveries = amqp.consume(1).await;
    let headers = deliveries[0].properties.headers().as_ref().unwrap().inner();
    assert_eq!(headers.len(), 5);
    assert_eq!(headers["x-row"], AMQPValue::LongLongInt(5));
    assert_eq!(headers["x-int"], AMQPValue::LongInt(7));
    assert_eq!(headers["x-at"], AMQPValue::Timestamp(1_700_000_000));
    let AMQPValue::FieldArray(list) = &headers["x-list"] else { panic!("{headers:?}") };
    assert_eq!(list.as_slice(), [AMQPValue::Boolean(true), AMQPValue::Void]);
    let AMQPValue::FieldTable(table) = &headers["x-table"] else { panic!("{headers:?}") };
    assert_eq!(table.inner()["a"], AMQPValue::ShortInt(-1));
    browser.assert_console_clean().await;
}
