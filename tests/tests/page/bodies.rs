//! The body of the message that is open: a tree of JSON, charsets, content encodings, MessagePack
//! and CBOR, and what is odd about it. What is saved is always what came.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use serde_json::{Value, json};
use warren_tests::page::Page;

use crate::start;

/// A body and its content type.
fn typed(kind: &str) -> BasicProperties {
    BasicProperties::default().with_content_type(kind.into())
}

/// `text`, `times` times, compressed by the browser as `format`.
async fn compressed(page: &Page, format: &str, text: &str, times: usize) -> Vec<u8> {
    const COMPRESS: &str = "
        const [format, text, times, done] = arguments;
        const stream = new CompressionStream(format);
        const writer = stream.writable.getWriter();
        const part = new TextEncoder().encode(text);
        const write = async () => {
            for (let at = 0; at < times; at += 1) await writer.write(part);
            await writer.close();
        };
        Promise.all([new Response(stream.readable).arrayBuffer(), write()])
            .then(([buffer]) => done([...new Uint8Array(buffer)]));";
    page.browser.allow_long_scripts().await;
    let arguments = vec![json!(format), json!(text), json!(times)];
    let bytes = page.browser.driver().execute_async(COMPRESS, arguments).await.unwrap();
    serde_json::from_value(bytes.json().clone()).unwrap()
}

/// What "Save" gives of the message that is open.
async fn saved(page: &Page) -> Vec<u8> {
    page.browser.click_in(("region", "Message"), "button", "Save").await;
    page.browser.downloaded().await.1
}

/// Waits until the body is shown as `text`.
async fn until_shown(page: &Page, text: &str) {
    let shown = format!(
        "document.querySelector('.inspector .content')?.textContent.trimEnd() === {}",
        Value::from(text)
    );
    page.browser.until(&format!("the body is shown as {text:?}"), &shown).await;
}

#[tokio::test]
async fn a_tree_of_json_folds_and_shows_every_number_and_string_as_it_is_written() {
    let (page, _relay, amqp) = start().await;
    let body = r#"{"big":12345678901234567890,"one":1.0,"far":1e400,"text":"\u0041\n","list":[{"deep":null},[]]}"#;
    amqp.publish(body.as_bytes()).await;
    page.until_received(1).await;
    page.open_details(1).await;
    let tree = r#"{
  "big": 12345678901234567890,
  "one": 1.0,
  "far": 1e400,
  "text": "\u0041\n",
  "list": [
    {
      "deep": null
    },
    []
  ]
}"#;
    until_shown(&page, tree).await;

    // The list, then all of it; what is inside stays folded.
    let fold = "return [...document.querySelectorAll('.inspector [aria-label=Fold]')].map((button) => button.ariaExpanded);";
    assert_eq!(page.browser.eval(fold, Vec::new()).await, json!(["true", "true", "true"]));
    let second = "document.querySelectorAll('.inspector [aria-label=Fold]')[1].click();";
    page.browser.eval(second, Vec::new()).await;
    let folded = r#"{
  "big": 12345678901234567890,
  "one": 1.0,
  "far": 1e400,
  "text": "\u0041\n",
  "list": […]
}"#;
    until_shown(&page, folded).await;
    page.browser.click_in(("group", "Body"), "button", "Fold").await;
    until_shown(&page, "{…}").await;
    page.browser.click_in(("group", "Body"), "button", "Unfold").await;
    until_shown(&page, folded).await;
    page.browser.click_in(("group", "Body"), "button", "Unfold").await;
    until_shown(&page, tree).await;

    // Copied is the whole, whatever is folded.
    page.browser.click_in(("group", "Body"), "button", "Fold").await;
    page.browser.click_in(("region", "Message"), "button", "Copy").await;
    page.browser.until_text("Copied.").await;
    assert_eq!(page.browser.clipboard().await, tree);
    assert_eq!(saved(&page).await, body.as_bytes());
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_text_is_read_in_the_charset_that_its_content_type_names_and_oddities_are_named() {
    let (page, _relay, amqp) = start().await;
    let messages = [
        (&b"Zo\xeb \x80"[..], "text/plain; charset=windows-1252", "Zo\u{eb} \u{20ac}"),
        (b"\xc4\xe3\xba\xc3", "text/plain; charset=\"GB18030\"", "\u{4f60}\u{597d}"),
        (b"h\0i\0", "text/plain; charset=utf-16le", "hi"),
    ];
    for (body, kind, _) in messages {
        amqp.publish_with(body, typed(kind)).await;
    }
    amqp.publish_with(b"plain", typed("text/plain; charset=x-none")).await;
    amqp.publish_with(b"\xff\xff", typed("text/plain; charset=shift_jis")).await;
    amqp.publish(b"\xef\xbb\xbfmarked").await;
    amqp.publish(b"a\0b\0").await;
    page.until_received(7).await;
    for (number, (body, kind, text)) in messages.into_iter().enumerate() {
        page.open_details(number + 1).await;
        until_shown(&page, text).await;
        let (_, label) = kind.split_once('=').unwrap();
        let label = label.trim_matches('"').to_lowercase();
        page.browser.until_text(&format!("charset {label}")).await;
        assert_eq!(saved(&page).await, body);
    }
    for (number, words) in [
        (4, "The browser does not know the charset x-none."),
        (5, "This body is not text in the charset shift_jis."),
        (6, "It begins with a UTF-8 byte order mark (BOM)."),
        (7, "It has 2 NUL bytes."),
    ] {
        page.open_details(number).await;
        page.browser.click_in(("radiogroup", "Show body as"), "radio", "Text").await;
        page.browser.until_text(words).await;
    }
    page.browser.assert_console_clean().await;
}

/// A text is shorter in UTF-8 than in UTF-16, and may be longer than in Latin-1.
#[tokio::test]
async fn what_is_shown_of_a_body_in_a_charset_is_said_to_be_all_only_where_it_is() {
    let (page, _relay, amqp) = start().await;
    let wide: Vec<u8> = r#"{"a":[1,2]}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    amqp.publish_with(&wide, typed("application/json; charset=utf-16le")).await;
    let item = [b"\"".as_slice(), &[0xeb; 1_000], b"\","].concat();
    let narrow = [b"[".as_slice(), &item.repeat(300), b"1]"].concat();
    amqp.publish_with(&narrow, typed("application/json; charset=iso-8859-1")).await;
    let numbers = format!("[{}1]", "1,".repeat(20_000));
    amqp.publish(numbers.as_bytes()).await;
    page.until_received(3).await;
    page.open_details(1).await;
    until_shown(&page, "{\n  \"a\": [\n    1,\n    2\n  ]\n}").await;
    assert!(!page.browser.text().await.contains("Save gives all"), "all of it is shown");
    page.open_details(2).await;
    page.browser.until_text("lines are shown. Save gives all.").await;
    page.open_details(3).await;
    page.browser.until_text("The first 20,000 lines are shown. Save gives all.").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_compressed_body_is_shown_decoded_or_as_it_came_and_saved_as_it_came() {
    let (page, _relay, amqp) = start().await;
    let text = r#"{"packed":true}"#;
    let mut number = 0;
    for (encoding, format) in [("gzip", "gzip"), ("deflate", "deflate"), ("deflate", "deflate-raw")]
    {
        let body = compressed(&page, format, text, 1).await;
        let properties = typed("application/json").with_content_encoding(encoding.into());
        amqp.publish_with(&body, properties).await;
        number += 1;
        page.until_received(number).await;
        page.open_details(number).await;
        until_shown(&page, "{\n  \"packed\": true\n}").await;
        page.browser.until_text(&format!("{encoding} \u{b7} {} B \u{2192} 15 B", body.len())).await;
        page.browser.click_in(("radiogroup", "content_encoding"), "radio", "as it came").await;
        page.browser.click_in(("radiogroup", "Show body as"), "radio", "Hex").await;
        let first = format!("00000000  {:02x} {:02x}", body[0], body[1]);
        let shown = format!(
            "document.querySelector('.inspector .content').textContent.startsWith('{first}')"
        );
        page.browser.until("the bytes that came are shown", &shown).await;
        assert_eq!(saved(&page).await, body);
        page.browser.click_in(("radiogroup", "content_encoding"), "radio", "decoded").await;
        page.browser.click_in(("radiogroup", "Show body as"), "radio", "JSON").await;
        until_shown(&page, "{\n  \"packed\": true\n}").await;
        assert_eq!(saved(&page).await, body);
    }
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_body_that_would_decompress_to_256_mib_or_to_nothing_is_named_and_can_still_be_saved() {
    let (page, _relay, amqp) = start().await;
    let bomb = compressed(&page, "gzip", &"0".repeat(64 * 1024), 4 * 1024).await;
    let whole = compressed(&page, "gzip", "cut short", 1).await;
    let encoded = BasicProperties::default().with_content_encoding("gzip".into());
    amqp.publish_with(&bomb, encoded.clone()).await;
    amqp.publish_with(&whole[..whole.len() - 9], encoded.clone()).await;
    amqp.publish_with(b"not compressed at all", encoded).await;
    page.until_received(3).await;
    page.open_details(1).await;
    page.browser.until_text("Decompressed, the body is larger than 64 MiB.").await;
    assert!(saved(&page).await == bomb);
    for number in [2, 3] {
        page.open_details(number).await;
        page.browser.until_text("The body is not compressed as its content encoding says").await;
    }
    // It is shown as it came.
    assert_eq!(page.body_as("Text").await, "not compressed at all");
    // Whoever goes on to another message while one is decompressed sees that one.
    page.open_details(1).await;
    page.open_details(3).await;
    page.browser.until_text("The body is not compressed as its content encoding says").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn messagepack_and_cbor_are_shown_as_json_exact_and_saved_as_they_came() {
    let (page, _relay, amqp) = start().await;
    let packed = [
        &b"\x83\xa1n\xcf\xff\xff\xff\xff\xff\xff\xff\xff"[..],
        b"\xa1b\xc4\x02\x01\x02\xa4list\x94\x01\xff\xc3\xc0",
    ]
    .concat();
    let cbor = b"\xa2\x61n\x1b\xff\xff\xff\xff\xff\xff\xff\xff\x61f\xf9\x3e\x00";
    let packed_json = "{\n  \"n\": 18446744073709551615,\n  \"b\": {\n    \"$bytes\": \"AQI=\"\n  },\n  \
                       \"list\": [\n    1,\n    -1,\n    true,\n    null\n  ]\n}";
    let cbor_json = "{\n  \"n\": 18446744073709551615,\n  \"f\": 1.5\n}";
    let messages = [
        (&packed[..], "application/msgpack", "MessagePack", packed_json),
        (&packed, "application/octet-stream", "MessagePack", packed_json),
        (cbor, "application/cbor", "CBOR", cbor_json),
    ];
    for (body, kind, ..) in messages {
        amqp.publish_with(body, typed(kind)).await;
    }
    amqp.publish_with(&cbor[..5], typed("application/cbor")).await;
    page.until_received(4).await;
    for (number, (body, _, name, json)) in messages.into_iter().enumerate() {
        page.open_details(number + 1).await;
        until_shown(&page, json).await;
        page.browser.until_text(&format!("{name}, shown as JSON")).await;
        assert_eq!(saved(&page).await, body);
    }
    page.open_details(4).await;
    page.browser.until_text("Not CBOR: the data end too early at byte").await;
    assert!(page.body_as("Hex").await.starts_with("00000000  a2 61 6e 1b ff"));
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_timestamp_is_read_as_seconds_or_milliseconds_and_never_beyond_the_year_9999() {
    let (page, _relay, amqp) = start().await;
    let times = [
        (0, "0 (1970-01-01T00:00:00.000Z)"),
        (1_700_000_000, "1700000000 (2023-11-14T22:13:20.000Z)"),
        (253_402_300_799, "253402300799 (9999-12-31T23:59:59.000Z)"),
        (1_700_000_000_000, "1700000000000 (2023-11-14T22:13:20.000Z, taken as milliseconds)"),
        (u64::MAX, "18446744073709551615 (beyond the year 9999)"),
    ];
    for (time, _) in times {
        let mut headers = FieldTable::default();
        headers.insert("at".into(), AMQPValue::Timestamp(time));
        let properties = BasicProperties::default().with_timestamp(time).with_headers(headers);
        amqp.publish_with(b"timed", properties).await;
    }
    page.until_received(times.len()).await;
    for (number, (_, words)) in times.into_iter().enumerate() {
        page.open_details(number + 1).await;
        for (tab, name) in [("Properties", "timestamp"), ("Headers", "at")] {
            page.browser.click("tab", tab).await;
            let shown = format!(
                "[...document.querySelectorAll('.details > div')].some((row) =>
                    row.querySelector('dt').textContent === '{name}'
                    && row.querySelector('bdi').textContent === {})",
                Value::from(words)
            );
            page.browser.until(&format!("{name} is {words:?}"), &shown).await;
        }
    }
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_message_is_compared_with_the_one_that_is_pinned() {
    let (page, _relay, amqp) = start().await;
    let tenant = |name: &str| {
        let mut headers = FieldTable::default();
        headers.insert("tenant".into(), AMQPValue::LongString(name.into()));
        typed("application/json").with_headers(headers)
    };
    amqp.publish_with(br#"{"a":1,"b":2}"#, tenant("blue")).await;
    amqp.publish_with(br#"{"a":1,"b":3}"#, tenant("red")).await;
    amqp.publish_with(br#"{"a":1,"b":2}"#, tenant("blue")).await;
    page.until_received(3).await;
    page.open_details(1).await;
    assert!(!page.browser.holds("find('tab', 'Compare')").await);
    page.browser.click_in(("region", "Message"), "button", "Pin").await;
    page.browser.find_in(("region", "Message"), "button", "Unpin").await;
    assert!(!page.browser.holds("find('tab', 'Compare')").await);

    page.open_details(2).await;
    page.browser.click("tab", "Compare").await;
    page.browser.until_text("Compared with message 1, which is pinned").await;
    let changes = "return ['.details del', '.details ins', '.diff del', '.diff ins'].map((part) =>
        [...document.querySelectorAll(`.compare ${part}`)].map((change) => change.textContent.trim()));";
    let wanted = json!([["blue"], ["red"], ["-   \"b\": 2"], ["+   \"b\": 3"]]);
    assert_eq!(page.browser.eval(changes, Vec::new()).await, wanted);

    page.browser.click_in(("region", "Message"), "button", "Next").await;
    page.browser.until_text("The two messages are equal in body, properties and headers.").await;
    // It stays pinned wherever it is looked at, until it is unpinned.
    page.open_details(1).await;
    page.browser.click_in(("region", "Message"), "button", "Unpin").await;
    page.open_details(2).await;
    assert!(!page.browser.holds("find('tab', 'Compare')").await);
    page.browser.assert_console_clean().await;
}
