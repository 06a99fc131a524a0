//! The Send panel's formats, properties and list: what the queue gets is what was written.

use std::fs;

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use serde_json::json;
use thirtyfour::{Key, components::SelectElement};

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
    page.browser.click_in(("region", "Send"), "button", "Format JSON").await;
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
    let missing = "document.getElementById('file-words').querySelector('.error')?.textContent\
                   .includes('Choose a file')";
    page.browser.until("the page says that no file is chosen", missing).await;
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
    for (name, value) in [
        ("content_type", "text/x-test"),
        ("priority", "300"),
        ("expiration", "60000"),
        ("correlation_id", "c"),
        ("reply_to", "r"),
        ("message_id", "m"),
        ("type", "t"),
        ("app_id", "a"),
    ] {
        page.set_property(name, value).await;
    }
    page.edit_property("persistent").await;
    let kept = "find('checkbox', 'persistent').checked";
    browser.until("who edits it wants it changed", &format!("!{kept}")).await;
    for (kind, value) in [("string", "blue"), ("number", "-7"), ("boolean", "")] {
        page.add_header(kind, kind, value).await;
    }
    browser.click_in(("group", "Edit boolean"), "button", "Done").await;
    browser.until_text("priority: A whole number from 0 to 255").await;
    browser.click("button", "Send").await;
    let focused = "document.activeElement === find('textbox', 'priority')";
    browser.until("the mistake is open, and has the focus", focused).await;
    let told =
        "find('group', 'Edit priority').textContent.includes('A whole number from 0 to 255')";
    browser.until("what is wrong is said beside it", told).await;
    browser.fill("textbox", "priority", "7").await;
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
    let took = "/^\\d+ ms$/.test(find('list', 'Sent').querySelector('.outcome').textContent)";
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
    page.add_header("CC", "string", "other").await;
    page.browser.click("button", "Send").await;
    page.browser.until_text("[!] Failed 'Hello World!'").await;
    let why = "find('list', 'Sent').querySelector('[data-state=failed] .reason')?.textContent\
               .includes('a property is not allowed')";
    page.browser.until("its row says why", why).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn the_sent_list_has_the_last_hundred() {
    let (page, _relay, amqp) = start().await;
    page.repeat("number {n}", 130).await;
    page.until_repeated(130).await;
    page.until_received(130).await;
    let list = "((bodies) => bodies.length === 100 && bodies.includes('number 130') \
                && !bodies.includes('number 30'))\
                ([...find('list', 'Sent').querySelectorAll('li .body')].map((body) => body.textContent))";
    page.browser.until("the last hundred are listed", list).await;
    amqp.until_counts(0, 1).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_chip_is_edited_in_place_and_removed() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    let browser = &page.browser;
    page.set_property("priority", "3").await;
    page.set_property("type", "order").await;
    page.add_header("tenant", "string", "a").await;
    browser.press(Key::Enter).await;
    browser.until("Enter ends it", "!find('group', 'Edit tenant')").await;
    let shows = |name: &str, value: &str| {
        format!("find('button', 'Edit {name}: {value}')?.textContent === '{name} {value}'")
    };
    for (name, value) in [("priority", "3"), ("type", "order"), ("tenant", "a")] {
        browser.until(&format!("{name} has a chip"), &shows(name, value)).await;
    }
    let offered = |name: &str| {
        format!("find('combobox', 'Add a property').querySelector('option[value={name}]')")
    };
    assert!(!browser.holds(&offered("type")).await, "what is set is not offered again");

    // One editor at a time, which closes by its own chip too.
    browser.click("button", "Edit priority: 3").await;
    let focused = "document.activeElement === find('textbox', 'priority')";
    browser.until("the editor has the focus", focused).await;
    browser.click("button", "Edit tenant: a").await;
    browser.until("the other one is open", "find('group', 'Edit tenant')").await;
    browser.until("the first is closed", "!find('group', 'Edit priority')").await;
    browser.fill("textbox", "Header value", "b").await;
    browser.until("the chip follows", &shows("tenant", "b")).await;
    browser.click("button", "Edit tenant: b").await;
    browser.until("its chip closes it", "!find('group', 'Edit tenant')").await;

    browser.click("button", "Edit type: order").await;
    browser.click("button", "Remove type").await;
    browser.until("the chip is gone", "!find('button', 'Edit type: order')").await;
    browser.until("and offered again", &offered("type")).await;
    browser.click("button", "Edit priority: 3").await;
    browser.press(Key::Escape).await;
    browser.until("Escape closes it", "!find('group', 'Edit priority')").await;
    // A header that was begun and left is none, and a second one has its own editor.
    browser.click("button", "Add a header").await;
    browser.click("button", "Add a header").await;
    browser.fill("textbox", "Header name", "second").await;
    browser.until("there is one of them", &shows("second", "")).await;
    browser.click("button", "Remove second").await;
    browser.until("it is removed", "!find('button', 'Edit second: ')").await;
    browser.click("button", "Send").await;
    page.until_confirmed(1).await;

    let sent = amqp.consume(1).await.remove(0).properties;
    assert_eq!((*sent.priority(), sent.kind().as_ref()), (Some(3), None));
    let headers = sent.headers().as_ref().unwrap().inner();
    assert_eq!(headers.len(), 1);
    assert_eq!(headers.get("tenant"), Some(&AMQPValue::LongString("b".into())));
    browser.assert_console_clean().await;
}

#[tokio::test]
async fn what_the_form_cannot_show_of_a_message_goes_out_again_unless_it_is_left_out() {
    let (page, _relay, amqp) = start().await;
    let mut headers = FieldTable::default();
    headers.insert("when".into(), AMQPValue::Timestamp(1_700_000_000));
    headers.insert("table".into(), AMQPValue::FieldTable(FieldTable::default()));
    let properties = BasicProperties::default()
        .with_timestamp(1_700_000_000)
        .with_content_encoding("identity".into())
        .with_headers(headers);
    amqp.publish_with(b"kept", properties).await;
    page.until_received(1).await;
    page.open_details(1).await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    let browser = &page.browser;
    browser.click_in(("region", "Message"), "button", "Send again").await;
    let group = ("group", "Properties and headers");
    for name in ["timestamp", "header table"] {
        let button = format!("Leave out {name}");
        browser.click_in(group, "button", &button).await;
        let gone = format!("!find('button', '{button}')");
        browser.until(&format!("{name} is left out"), &gone).await;
    }
    for name in ["content_encoding", "header when"] {
        browser.find_in(group, "button", &format!("Leave out {name}")).await;
    }
    browser.click("button", "Send").await;
    page.until_confirmed(1).await;

    let delivery = amqp.consume(1).await.remove(0);
    assert_eq!(delivery.data, b"kept");
    let sent = delivery.properties;
    assert_eq!(*sent.timestamp(), None);
    let encoding = sent.content_encoding().as_ref().map(|encoding| encoding.as_str());
    assert_eq!(encoding, Some("identity"));
    let headers = sent.headers().as_ref().unwrap().inner();
    assert_eq!(headers.len(), 1);
    assert_eq!(headers.get("when"), Some(&AMQPValue::Timestamp(1_700_000_000)));
    browser.assert_console_clean().await;
}

/// Pastes as a browser does: the page is told first, and then the text takes the place of all that
/// is in the text box, whose line ends are line feeds.
const PASTE: &str = "
    const [text] = arguments;
    const body = document.getElementById('body');
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    body.focus();
    body.select();
    const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    if (body.dispatchEvent(paste)) {
        body.setRangeText(text.replace(/\\r\\n?/g, '\\n'), 0, body.value.length, 'end');
        body.dispatchEvent(new InputEvent('input', { inputType: 'insertFromPaste', bubbles: true }));
    }";

#[tokio::test]
async fn pasted_line_ends_are_kept_and_said_and_can_be_chosen() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    let browser = &page.browser;
    let says = |ends: &str| format!("find('combobox', 'Line ends')?.value === '{ends}'");
    assert!(!browser.holds("find('combobox', 'Line ends')").await, "line feeds need no word");
    let pasted = [("a\r\nb\r\n", "CRLF"), ("MSH|A\rPID|1\r", "CR"), ("a\nb\n", "LF")];
    for (sent, (text, ends)) in (1..).zip(pasted) {
        browser.eval(PASTE, vec![text.into()]).await;
        browser.until(&format!("the page says {ends}"), &says(ends)).await;
        browser.click("button", "Send").await;
        page.until_confirmed(sent).await;
    }
    let choice = browser.find("combobox", "Line ends").await;
    SelectElement::new(&choice).await.unwrap().select_by_visible_text("CRLF").await.unwrap();
    browser.until("the page says CRLF", &says("CRLF")).await;
    browser.click("button", "Send").await;
    page.until_confirmed(4).await;
    // What a text box cannot keep is shown as Base64.
    browser.eval(PASTE, vec!["a\r\nb\nc\r".into()]).await;
    browser.until_text("mixes LF, CRLF and CR line ends").await;
    let base64 = "find('radio', 'Base64', find('radiogroup', 'Format')).ariaChecked === 'true'";
    browser.until("it is Base64", base64).await;
    browser.click("button", "Send").await;
    page.until_confirmed(5).await;

    let wanted = ["a\r\nb\r\n", "MSH|A\rPID|1\r", "a\nb\n", "a\r\nb\r\n", "a\r\nb\nc\r"];
    for (delivery, body) in amqp.consume(wanted.len()).await.iter().zip(wanted) {
        assert_eq!(String::from_utf8_lossy(&delivery.data), body);
    }
    browser.assert_console_clean().await;
}

/// Drops a text on the text box, as a browser does: at its end, or where it would be that of what is
/// marked, in its own place; with a file where one is named.
const DROP_TEXT: &str = "
    const [text, file] = arguments;
    const body = document.getElementById('body');
    const dataTransfer = new DataTransfer();
    dataTransfer.setData('text/plain', text);
    if (file) dataTransfer.items.add(new File(['x'], file));
    const drop = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
    if (body.dispatchEvent(drop)) {
        const moves = body.value.slice(body.selectionStart, body.selectionEnd) === text;
        const from = moves ? body.selectionStart : body.value.length;
        body.setRangeText(text.replace(/\\r\\n?/g, '\\n'), from, body.value.length, 'end');
        body.dispatchEvent(new InputEvent('input', { inputType: 'insertFromDrop', bubbles: true }));
    }";

#[tokio::test]
async fn line_ends_of_a_text_that_is_dropped_are_kept_as_those_of_one_that_is_pasted() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    let browser = &page.browser;
    let clear = async || {
        page.write("").await;
        browser.until("it is empty", "document.getElementById('body').value === ''").await;
    };
    let crlf = "find('combobox', 'Line ends')?.value === 'CRLF'";
    clear().await;
    browser.eval(DROP_TEXT, vec!["a\r\nb".into()]).await;
    browser.until("the page says CRLF", crlf).await;
    browser.click("button", "Send").await;
    page.until_confirmed(1).await;
    // What moves within the text box has the line ends that the rest has.
    browser.eval("document.getElementById('body').select();", Vec::new()).await;
    browser.eval(DROP_TEXT, vec!["a\nb".into()]).await;
    browser.click("button", "Send").await;
    page.until_confirmed(2).await;
    assert!(browser.holds(crlf).await, "a move has changed the line ends");
    browser.eval(DROP_TEXT, vec!["c\rd".into()]).await;
    browser.until_text("had other line ends; all lines now end with CRLF").await;
    clear().await;
    browser.eval(DROP_TEXT, vec!["a\r\nb\nc\r".into()]).await;
    browser.until_text("mixes LF, CRLF and CR line ends").await;
    browser.click("button", "Send").await;
    page.until_confirmed(3).await;
    for (delivery, body) in amqp.consume(3).await.iter().zip(["a\r\nb", "a\r\nb", "a\r\nb\nc\r"]) {
        assert_eq!(String::from_utf8_lossy(&delivery.data), body);
    }

    // A desktop may name a file as text too.
    browser.click_in(("radiogroup", "Format"), "radio", "Text").await;
    clear().await;
    browser.eval(DROP_TEXT, vec!["file:///x\r\n".into(), "dropped.bin".into()]).await;
    let file = "find('radio', 'File', find('radiogroup', 'Format')).ariaChecked === 'true'";
    browser.until("the format is File", file).await;
    browser.until_text("dropped.bin 1 B").await;
    browser.assert_console_clean().await;
}

/// Drops a file on the header; says whether the browser would still open it.
const DROP: &str = "
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array([0, 255, 13, 10])], 'dropped.bin'));
    const [header] = document.getElementsByTagName('header');
    return ['dragover', 'drop'].map((kind) => header.dispatchEvent(
        new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true })));";

#[tokio::test]
async fn a_file_that_is_dropped_on_the_header_is_picked() {
    let (page, _relay, amqp) = start().await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    let browser = &page.browser;
    assert_eq!(browser.eval(DROP, Vec::new()).await, json!([false, false]));
    let file = "find('radio', 'File', find('radiogroup', 'Format')).ariaChecked === 'true'";
    browser.until("the format is File", file).await;
    browser.until_text("dropped.bin 4 B").await;
    browser.click("button", "Send").await;
    page.until_confirmed(1).await;
    assert_eq!(amqp.consume(1).await[0].data, b"\x00\xff\r\n");
    browser.assert_console_clean().await;
}
