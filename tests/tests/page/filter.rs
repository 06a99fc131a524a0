//! The filter, its mistakes, ranges of time, "Export" and "Clear": what the list shows.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use serde_json::{Value, json};
use thirtyfour::Key;
use warren_tests::{amqp::Amqp, page::Page};

use crate::{axe::BARS, layout::drag, start};

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
    page.until_rows(&["a Needle in a body", "property", "header"]).await;
    amqp.publish_with(b"header's value", with_header("x", "my needle")).await;
    amqp.publish(b"not this").await;
    page.browser.until_text("4 of 12").await;
    page.until_rows(&["a Needle in a body", "property", "header", "header's value"]).await;

    page.browser.fill("searchbox", "Filter", "nothing has this").await;
    page.browser.until_text("0 of 12").await;
    page.until_rows(&[]).await;
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
    page.until_rows(&[]).await;
    amqp.until_counts(1, 0).await;
    page.browser.assert_console_clean().await;
}

/// Waits until the list shows just the messages with these numbers.
async fn until_numbers(page: &Page, numbers: &[usize]) {
    let condition = format!(
        "[...document.querySelectorAll('.message')].map((row) => Number(row.dataset.number)).join()
            === '{}'",
        numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    );
    page.browser.until(&format!("the list shows {numbers:?}"), &condition).await;
}

/// Waits until the filter's text is this.
async fn until_filter(page: &Page, text: &str) {
    let condition = format!("find('searchbox', 'Filter').value === {}", Value::from(text));
    page.browser.until(&format!("the filter is {text:?}"), &condition).await;
}

/// Five messages of which each is alone in something.
async fn publish_five(amqp: &Amqp) {
    amqp.bind("amq.topic", "order.#").await;
    let mut headers = FieldTable::default();
    headers.insert("tries".into(), AMQPValue::LongLongInt(3));
    headers.insert("tenant".into(), AMQPValue::LongString("light blue".into()));
    let first = BasicProperties::default().with_type("order.created".into()).with_headers(headers);
    let body = br#"{"total":150,"items":[{"sku":"A-1"}]}"#;
    amqp.publish_by("amq.topic", "order.eu.new", body, first).await;
    let second = BasicProperties::default().with_app_id("shop".into());
    amqp.publish_with(br#"{"total":20,"items":[{"sku":"B-2"}]}"#, second).await;
    amqp.publish("x".repeat(3_000).as_bytes()).await;
    amqp.publish_named(b"Order 4711, two words", "m-1").await;
    amqp.publish(b"\xff\x00").await;
}

#[tokio::test]
async fn every_kind_of_term_finds_what_it_says_and_with_a_minus_the_others() {
    let (page, _relay, amqp) = start().await;
    publish_five(&amqp).await;
    page.until_received(5).await;
    for (filter, numbers) in [
        ("key:order.*", &[1][..]),
        ("key:order.#", &[1]),
        ("key:hello", &[2, 3, 4, 5]),
        ("exchange:amq.topic", &[1]),
        ("exchange:\"\"", &[2, 3, 4, 5]),
        ("type:order.created", &[1]),
        ("app:shop", &[2]),
        ("id:m-*", &[4]),
        ("header.tries", &[1]),
        ("header.tries>=3", &[1]),
        ("header.tries>3", &[]),
        ("header.tenant=\"light blue\"", &[1]),
        (".total", &[1, 2]),
        (".total>100", &[1]),
        (".items[0].sku=B-2", &[2]),
        ("size>2k", &[3]),
        ("binary", &[5]),
        ("redelivered", &[]),
        ("\"two words\"", &[4]),
        ("words two", &[4]),
        ("/Order \\d{4}/", &[4]),
        ("/^order/i", &[4]),
        ("/^order/", &[]),
        ("-key:hello", &[1]),
        ("-binary -size>2k", &[1, 2, 4]),
        (".total -app:shop", &[1]),
    ] {
        page.browser.fill("searchbox", "Filter", filter).await;
        page.browser.until_text(&format!("{} of 5", numbers.len())).await;
        until_numbers(&page, numbers).await;
    }
    // New arrivals are looked at in the same way.
    page.browser.fill("searchbox", "Filter", ".total<50").await;
    amqp.publish(br#"{"total":4}"#).await;
    amqp.publish(br#"{"total":400}"#).await;
    page.browser.until_text("2 of 7").await;
    until_numbers(&page, &[2, 6]).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_mistake_is_said_while_typing_and_the_list_stays_and_nothing_moves() {
    let (page, _relay, amqp) = start().await;
    publish_five(&amqp).await;
    page.until_received(5).await;
    page.browser.fill("searchbox", "Filter", "key:order.*").await;
    until_numbers(&page, &[1]).await;
    let place =
        "const { y, height } = document.querySelector('[role=log]').getBoundingClientRect();
                 return [y, height];";
    let before = page.browser.eval(place, Vec::new()).await;
    let field = page.browser.find("searchbox", "Filter").await;
    field.send_keys(" \"two wor").await.unwrap();
    let said = |words: &str| {
        format!(
            "document.getElementById(find('searchbox', 'Filter').getAttribute('aria-describedby'))
                .textContent.includes({})",
            Value::from(words)
        )
    };
    page.browser.until("the mistake is said", &said("the quote is not closed")).await;
    until_numbers(&page, &[1]).await;
    page.browser
        .until("the field says so", "find('searchbox', 'Filter').ariaInvalid === 'true'")
        .await;
    assert_eq!(page.browser.eval(place, Vec::new()).await, before);
    // Corrected, it counts again.
    field.send_keys("ds\"").await.unwrap();
    until_numbers(&page, &[]).await;
    page.browser
        .until("nothing is said", "document.querySelector('#filter-mistake').textContent === ''")
        .await;
    for (filter, words) in [
        ("key:", "key: needs a value, as in key:order.*"),
        ("size>", "size> needs a number of bytes, as in size>1k"),
        ("deliveries>x", "deliveries> needs a number, as in deliveries>3"),
        ("header.", "header. needs a name, as in header.x-death"),
        (".a[", "this is no path to a JSON value, such as .items[0].sku"),
        ("/(/", "regular expression: "),
    ] {
        page.browser.fill("searchbox", "Filter", filter).await;
        page.browser.until(&format!("{filter} is said to be mistaken"), &said(words)).await;
    }
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_click_on_a_value_filters_for_it_or_without_it() {
    let (page, _relay, amqp) = start().await;
    publish_five(&amqp).await;
    page.until_received(5).await;
    page.open_details(1).await;
    let body = ("group", "Body");
    page.browser.click_in(body, "button", "\"A-1\"").await;
    page.browser.click_in(body, "button", "Filter for this value").await;
    until_filter(&page, ".items[0].sku=A-1").await;
    until_numbers(&page, &[1]).await;
    page.browser.click_in(body, "button", "Filter this value out").await;
    until_filter(&page, "-.items[0].sku=A-1").await;
    until_numbers(&page, &[2, 3, 4, 5]).await;
    page.browser.click_in(body, "button", "150").await;
    page.browser.click_in(body, "button", "Filter this value out").await;
    until_filter(&page, "-.items[0].sku=A-1 -.total=150").await;

    page.browser.fill("searchbox", "Filter", "").await;
    for (tab, name, filter) in [
        ("Headers", "tenant", "header.tenant=\"light blue\""),
        ("Headers", "tries", "header.tries=3"),
        ("Properties", "type", "type:order.created"),
        ("Properties", "routing_key", "key:order.eu.new"),
        ("Properties", "exchange", "exchange:amq.topic"),
    ] {
        page.browser.find("searchbox", "Filter").await.send_keys(Key::Escape).await.unwrap();
        until_filter(&page, "").await;
        page.browser.click("tab", tab).await;
        page.browser.find("group", tab).await;
        let click = "const [name] = arguments;
            [...document.querySelectorAll('.details > div')]
                .find((row) => row.querySelector('dt').textContent === name)
                .querySelector('[aria-label=\"Filter for this value\"]').click();";
        page.browser.eval(click, vec![Value::from(name)]).await;
        until_filter(&page, filter).await;
        until_numbers(&page, &[1]).await;
    }
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn dragging_over_the_bars_filters_by_time() {
    let (page, _relay, amqp) = start().await;
    amqp.publish(b"in time").await;
    page.until_received(1).await;
    let counted = "document.querySelector('.bars path').getAttribute('d') !== ''";
    page.browser.until("it is counted", counted).await;
    let width = page.browser.find("slider", BARS).await.rect().await.unwrap().width;

    // The page is younger than what lies at the left.
    drag(&page, "slider", BARS, width * 0.05, width * 0.15).await;
    page.browser.until_text("0 of 1").await;
    page.browser.find("button", "All times").await;
    page.browser.until_text("No message passes the filter.").await;
    drag(&page, "slider", BARS, width * 0.3, width - 1.0).await;
    page.browser.until_text("1 of 1").await;
    until_numbers(&page, &[1]).await;
    // What arrives later is not in the range, whatever the text.
    amqp.publish(b"too late").await;
    page.browser.until_text("1 of 2").await;
    page.browser.fill("searchbox", "Filter", "late").await;
    page.browser.until_text("0 of 2").await;
    page.browser.click("button", "All times").await;
    page.browser.until_text("1 of 2").await;
    until_numbers(&page, &[2]).await;
    page.browser.find("searchbox", "Filter").await.send_keys(Key::Escape).await.unwrap();
    until_numbers(&page, &[1, 2]).await;

    // By the keyboard: a few seconds, further to the left, and away.
    let slider = page.browser.find("slider", BARS).await;
    let shows = |found: &str| {
        format!("document.querySelector('[data-found]')?.textContent.startsWith('{found} ')")
    };
    // Until its left end is 100 s ago, before the page was there.
    let left = format!("Number(find('slider', {}).ariaValueNow) <= 20", Value::from(BARS));
    while !page.browser.holds(&left).await {
        slider.send_keys(Key::Left).await.unwrap();
    }
    page.browser.until("it lies before both", &shows("0 of 2")).await;
    while !page.browser.holds(&shows("2 of 2")).await {
        slider.send_keys(Key::Shift + Key::Right).await.unwrap();
    }
    slider.send_keys(Key::Escape).await.unwrap();
    page.browser.until("there is no range", "!find('button', 'All times')").await;
    until_numbers(&page, &[1, 2]).await;
    page.browser.assert_console_clean().await;
}
