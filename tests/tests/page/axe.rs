//! axe-core finds nothing that keeps people with disabilities from using the page: in both themes
//! and languages, on wide, middling and narrow screens, in whatever state the page is.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use thirtyfour::Key;
use warren_tests::{
    amqp::{Amqp, Shape},
    node,
    page::Page,
    proxy::relay_on_a_line,
    relay::Relay,
};

use crate::{header::WAITS, receiving::assert_fits, start};

/// Switches the language by its button, wherever the page is: a dialog may lie over it.
async fn switch(page: &Page, lang: &str) {
    const SWITCH: &str = "
        const names = ['Language: English', '\u{8bed}\u{8a00}\u{ff1a}\u{7b80}\u{4f53}\u{4e2d}\u{6587}'];
        names.map((name) => document.querySelector(`header [aria-label='${name}']`))
            .find(Boolean).click();";
    page.browser.eval(SWITCH, Vec::new()).await;
    let condition = format!("document.documentElement.lang === '{lang}'");
    page.browser.until(&format!("the page speaks {lang}"), &condition).await;
}

/// Asks axe-core about the page as it stands, in every look.
async fn check(page: &Page, state: &str) {
    for lang in ["en", "zh-CN"] {
        if lang != "en" {
            switch(page, lang).await;
        }
        for (width, theme) in [
            (1440, "light"),
            (1024, "light"),
            (360, "light"),
            (360, "dark"),
            (1024, "dark"),
            (1440, "dark"),
        ] {
            page.browser.look(width, 900, theme).await;
            page.browser.until("the width is set", &format!("innerWidth === {width}")).await;
            // Another theme's colours fade in.
            page.browser.until("nothing moves", "!document.getAnimations().length").await;
            let state = format!("{state}, {width} px, {theme}, {lang}");
            page.browser.assert_accessible(&state).await;
            assert_fits(page, &state).await;
        }
    }
    switch(page, "en").await;
    page.browser.look(1440, 900, "light").await;
}

/// Messages of every kind that the list and the view of one show in their own way.
async fn publish_some(amqp: &Amqp) {
    let mut headers = FieldTable::default();
    headers.insert("tenant".into(), AMQPValue::LongString("blue".into()));
    headers.insert("small".into(), AMQPValue::ShortShortInt(-5));
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_type("order.created".into())
        .with_timestamp(1_700_000_000)
        .with_headers(headers);
    amqp.publish_with(br#"{"order":4711,"items":[{"sku":"A-1","ok":true}]}"#, properties).await;
    amqp.publish(b"\xff\xfe\x00").await;
    amqp.publish_named(b"twice", "b9d2").await;
    amqp.publish_named(b"twice", "b9d2").await;
    amqp.publish_with_headers(b"often", &[("x-delivery-count", 16)]).await;
}

#[tokio::test]
async fn the_page_is_accessible_empty_and_while_messages_flow() {
    let (page, _relay, amqp) = start().await;
    page.browser.until_text("[*] Waiting for messages.").await;
    check(&page, "empty").await;
    page.send("Hello World!").await;
    page.until_confirmed(1).await;
    publish_some(&amqp).await;
    page.until_received(6).await;
    check(&page, "messages in both lists").await;
    page.browser.click("button", "Keys").await;
    check(&page, "the sheet of keys").await;
    page.browser.click("button", "Close").await;
    page.browser.until("the sheet is gone", "!document.querySelector('dialog')").await;
    let list = page.browser.find("log", "Received messages").await;
    list.send_keys(Key::Control + "k").await.unwrap();
    page.browser.find("combobox", "Find an action").await;
    check(&page, "the palette").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_message_in_full_is_accessible_in_each_of_its_views() {
    let (page, _relay, amqp) = start().await;
    page.browser.look(1440, 900, "light").await;
    publish_some(&amqp).await;
    page.until_received(5).await;
    page.open_details(1).await;
    for form in ["JSON", "Text", "Hex", "Base64"] {
        page.body_as(form).await;
        check(&page, &format!("a body as {form}")).await;
    }
    page.body_as("JSON").await;
    page.browser.click_in(("group", "Body"), "button", "\"A-1\"").await;
    page.browser.find_in(("group", "Body"), "button", "Filter for this value").await;
    check(&page, "what can be done with a value").await;
    for tab in ["Properties", "Headers"] {
        page.browser.click("tab", tab).await;
        page.browser.find("group", tab).await;
        check(&page, tab).await;
    }
    page.browser.click_in(("region", "Message"), "button", "Pin").await;
    page.open_details(5).await;
    page.browser.click("tab", "Compare").await;
    page.browser.find("group", "Compare").await;
    check(&page, "a comparison").await;
    page.browser.click("tab", "Body").await;
    page.browser.until_text("Delivered 17 times.").await;
    check(&page, "a message near the delivery limit").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn columns_filters_and_messages_to_acknowledge_are_accessible() {
    let (page, _relay, amqp) = start().await;
    page.browser.look(1440, 900, "light").await;
    page.acknowledge("Manual ack").await;
    publish_some(&amqp).await;
    page.until_received(5).await;
    check(&page, "manual").await;
    page.open_details(2).await;
    check(&page, "an open message in full").await;
    page.click_row(2, "Ack").await;
    page.click_row(3, "Requeue").await;
    page.click_row(4, "Reject").await;
    page.until_row_is(4, "is rejected", "row?.dataset.ackState === 'rejected'").await;
    check(&page, "messages that were settled").await;
    page.browser.click("button", "Close").await;

    page.browser.click("button", "Columns").await;
    for column in ["Exchange", "Type"] {
        page.browser.click_in(("group", "Columns"), "checkbox", column).await;
    }
    page.browser.fill("textbox", "Add a column", "header.tenant").await;
    page.browser.click_in(("group", "Columns"), "button", "Add").await;
    page.browser.fill("textbox", "Add a column", "tenant").await;
    page.browser.click_in(("group", "Columns"), "button", "Add").await;
    page.browser.until_text("Write header.NAME or .json.path").await;
    check(&page, "the menu of columns").await;
    page.browser.click("button", "Columns").await;

    page.browser.find("slider", BARS).await.send_keys("\u{e012}").await.unwrap();
    page.browser.find("button", "All times").await;
    check(&page, "a range of time").await;
    page.browser.click("button", "All times").await;
    page.browser.fill("searchbox", "Filter", "key:").await;
    page.browser.until_text("key: needs a value, as in key:order.*").await;
    check(&page, "a filter with a mistake").await;
    page.browser.fill("searchbox", "Filter", "nowhere").await;
    page.browser.until_text("No message passes the filter.").await;
    check(&page, "a filter that finds nothing").await;
    page.set_receiving(false).await;
    page.browser.until_text("paused").await;
    page.browser.click("button", "Clear").await;
    page.browser.until_text("Cleared").await;
    check(&page, "paused and cleared").await;
    page.browser.assert_console_clean().await;
}

pub(crate) const BARS: &str =
    "Messages received in each of the last 120 seconds. Drag to filter by time.";

#[tokio::test]
async fn a_selection_and_what_is_asked_about_it_are_accessible() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    for queue in ["orders", "dead"] {
        amqp.fill(queue, 0, 1).await;
    }
    amqp.fill("dead", 3, 10).await;
    let relay = Relay::ready(&url, &["--queue", "dead", "--queue", "orders"]).await;
    let page = Page::open_only(&relay).await;
    page.browser.look(1440, 900, "light").await;
    page.show_queue("dead").await;
    page.choose("Receive").await;
    page.until_received(3).await;
    for number in [1, 3] {
        page.browser.click("checkbox", &format!("Select message {number}")).await;
    }
    let bar = ("group", "Selected messages");
    page.browser.find("group", "Selected messages").await;
    check(&page, "a selection").await;
    page.browser.click_in(bar, "button", "Move to").await;
    check(&page, "where to move").await;
    page.browser.click_in(("group", "Move to"), "button", "orders").await;
    page.browser.find("button", "Cancel").await;
    check(&page, "whether to move").await;
    page.browser.click("button", "Move").await;
    page.browser.until_text("2 of 2 moved").await;
    check(&page, "what was moved").await;
    page.browser.click("checkbox", "Select message 2").await;
    page.browser.click_in(bar, "button", "Reject").await;
    page.browser.find("button", "Keep").await;
    check(&page, "whether to reject").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn what_is_written_and_what_is_wrong_with_it_is_accessible() {
    let (page, _relay, _amqp) = start().await;
    page.browser.look(1440, 900, "light").await;
    for (kind, value) in [("string", "blue"), ("number", "1"), ("boolean", "")] {
        page.add_header(&format!("a-{kind}"), kind, value).await;
    }
    check(&page, "a header that is edited").await;
    page.edit_property("priority").await;
    page.browser.fill("textbox", "priority", "256").await;
    page.browser.until_text("A whole number from 0 to 255").await;
    check(&page, "a property with a mistake").await;
    page.browser.fill("textbox", "priority", "25").await;
    page.browser.click_in(("group", "Edit priority"), "button", "Done").await;
    check(&page, "chips").await;

    for (format, words) in [("JSON", "Not JSON"), ("Base64", "Not Base64")] {
        page.browser.click_in(("radiogroup", "Format"), "radio", format).await;
        page.browser.until_text(words).await;
        check(&page, &format!("an error in {format}")).await;
    }
    page.browser.click_in(("radiogroup", "Format"), "radio", "File").await;
    page.browser.click_in(("region", "Send"), "button", "Send").await;
    page.browser.until_text("or drop one").await;
    check(&page, "no file").await;

    page.browser.click_in(("radiogroup", "Format"), "radio", "Text").await;
    page.open_repeat().await;
    page.browser.fill("spinbutton", "How many", "0").await;
    check(&page, "an error in Repeat").await;
    page.browser.fill("spinbutton", "How many", "1000000").await;
    page.browser.click("radio", "At a steady rate").await;
    page.browser.fill("spinbutton", "Per second", "2").await;
    page.browser.click("button", "Start").await;
    page.until_repeated(1).await;
    check(&page, "a repeat that runs").await;
    page.browser.click("button", "Stop").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_queue_of_somebodys_is_accessible_in_each_mode() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.fill("orders", 3, 10).await;
    let relay = Relay::ready(&url, &["--queue", "orders"]).await;
    let page = Page::open_only(&relay).await;
    page.browser.until_text("3 messages wait in orders").await;
    check(&page, "nothing was chosen").await;
    page.choose("Watch").await;
    page.browser.until_text("tracing is off on the vhost").await;
    check(&page, "nothing to watch").await;
    page.choose("Look").await;
    page.until_received(3).await;
    check(&page, "a look").await;
    page.browser.click_in(("region", "Receive"), "button", "Pause").await;
    page.until_row_is(3, "was given back", "row?.dataset.ackState === 'given-back'").await;
    check(&page, "a look that was paused").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_stream_is_accessible_with_the_places_to_begin_at() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare_with(Shape::Durable, stream()).await;
    amqp.publish(b"first").await;
    let relay = Relay::ready(&url, &["--queue", "hello"]).await;
    let page = Page::open_only(&relay).await;
    page.choose("Receive").await;
    page.browser.click_in(("radiogroup", "from"), "radio", "First").await;
    page.until_received(1).await;
    check(&page, "a stream").await;
    for (place, field) in [("Offset\u{2026}", "Offset"), ("Time\u{2026}", "Time (this computer's)")]
    {
        page.browser.click_in(("radiogroup", "from"), "radio", place).await;
        let shown = format!("document.querySelector(`.from input[aria-label=\"{field}\"]`)");
        page.browser.until("the field is there", &shown).await;
        page.browser.click("button", "Begin here").await;
        check(&page, &format!("a place by {field}, with a mistake")).await;
    }
    page.browser.assert_console_clean().await;
}

/// The arguments that make a queue a stream.
pub(crate) fn stream() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("stream".into()));
    arguments
}

#[tokio::test]
async fn everything_is_accessible_while_the_broker_or_the_relay_is_away() {
    let (relay, line, _amqp) = relay_on_a_line().await;
    let page = Page::open(&relay).await;
    line.cut();
    page.until_broker("RabbitMQ is not connected.").await;
    page.send("waits").await;
    page.browser.until("it waits", WAITS).await;
    check(&page, "the broker is away").await;
    drop(relay);
    page.until_broker("Relay unreachable.").await;
    check(&page, "the relay is away").await;
}

#[tokio::test]
async fn saved_messages_headers_as_json_and_a_replay_are_accessible() {
    let (page, _relay, _amqp) = start().await;
    let browser = &page.browser;
    page.add_header("x-tenant", "string", "eu-1").await;
    browser.click("button", "Edit all headers as JSON").await;
    let field = browser.find("textbox", "Headers as JSON").await;
    browser.paste(&field, "{\"x-tenant\": {\"$type\": \"txt\"}}").await;
    browser.until_text("the type txt is unknown").await;
    check(&page, "wrong headers as JSON").await;
    browser.paste(&field, "{\"x-tenant\": \"eu-1\"}").await;
    browser.click_in(("group", "Headers as JSON"), "button", "Done").await;
    browser.click("button", "More ways to send").await;
    check(&page, "the menu beside Send").await;
    browser.click("button", "Save as\u{2026}").await;
    browser.fill("textbox", "Name of the saved message", "a {n}").await;
    check(&page, "a message that is to be saved").await;
    browser.click("button", "Save").await;
    browser.until_text("Saved as a {n}.").await;
    browser.click("button", "Saved messages").await;
    browser.find("button", "Rename a {n}").await;
    check(&page, "saved messages").await;
    let file = "{\"queue\": \"hello\", \"body\": {\"text\": \"a\"}}\n{\"queue\": \"other\", \"body\": \
                {\"text\": \"b\"}, \"properties\": {\"user_id\": \"u\"}}\nnot JSON";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("messages.ndjson");
    std::fs::write(&path, file).unwrap();
    let input = browser.find("file", "Replay\u{2026}").await;
    input.send_keys(path.to_str().unwrap()).await.unwrap();
    browser.until_text("messages.ndjson: 2 messages").await;
    check(&page, "what is in a file").await;
    browser.click_in(("group", "Replay"), "button", "Start").await;
    browser.until_text("Stopped at line 2").await;
    check(&page, "a replay that has stopped").await;
    browser.assert_console_clean().await;
}
