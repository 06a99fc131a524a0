//! Hostile messages in every view: nothing runs, nothing is asked for, nothing is reported.

use std::fs;

use lapin::{
    BasicProperties, Connection, ConnectionProperties, ExchangeKind,
    options::{BasicPublishOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};
use serde_json::json;
use thirtyfour::Key;
use warren_tests::{amqp::QUEUE, browser::Browser, node, page::Page, relay::Relay};

const MARKUP: &str = "<img src=x onerror=ran()><script>ran()</script>";

/// Each runs, or shows something else than it is, where a page is careless in its own way.
const HOSTILE: [&str; 14] = [
    MARKUP,
    "\"><svg/onload=ran()>",
    "'\"--></style></textarea></title></script><script>ran()</script>",
    "javascript:ran()",
    "<a href=javascript:ran()>x</a><iframe srcdoc='<script>parent.ran()</script>'>",
    "{{constructor.constructor('ran()')()}}${ran()}#{ran()}<%= ran() %>",
    "<style>*{background:url(http://evil.test/x)}</style><link rel=stylesheet href=//evil.test>",
    "<base href=//evil.test><meta http-equiv=refresh content='0;url=//evil.test'>",
    "&lt;img src=x onerror=ran()&gt;&#x3c;script&#x3e;ran()",
    "\u{202e}\u{2066}\u{200b}\u{feff}reversed",
    "\u{2028}\u{2029}\u{0}\u{7f}\u{85}",
    "\u{1b}[2J\u{1b}]0;x\u{7}",
    "a\r\nSet-Cookie: x=1\r\n\r\n<script>ran()</script>",
    "__proto__",
];

/// Before the page's own script: counts what must not happen.
const WATCH: &str = "
    window.seen = [];
    window.ran = () => seen.push('content ran');
    document.addEventListener('securitypolicyviolation',
        (event) => seen.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
    for (const dialog of ['alert', 'confirm', 'prompt', 'print', 'open']) {
        window[dialog] = () => seen.push(dialog);
    }
    addEventListener('error', (event) => seen.push(`error ${event.message}`), true);";

/// Elements and attributes that the page never makes itself.
const MADE_BY_CONTENT: &str = "body script, iframe, object, embed, base, img, video, audio, math, a[href], \
     meta[http-equiv], style, [style*=url], [onerror], [onload], [onclick], [srcdoc]";

async fn assert_unharmed(page: &Page, view: &str) {
    let script =
        "return [seen, [...document.querySelectorAll(arguments[0])].map((e) => e.outerHTML),
        performance.getEntriesByType('resource').map((entry) => entry.name)
            .filter((name) => !name.startsWith(location.origin) && !name.startsWith('blob:')),
        document.cookie, Object.prototype.hasOwnProperty('ran')];";
    let seen = page.browser.eval(script, vec![MADE_BY_CONTENT.into()]).await;
    assert_eq!(seen, json!([[], [], [], "", false]), "{view}");
}

async fn publish(url: &str, queue: &str) -> usize {
    let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.queue_declare(QUEUE.into(), durable(), FieldTable::default()).await.unwrap();
    // Takes nothing, so that each send fails with the queue's name in its detail.
    let mut full = FieldTable::default();
    full.insert("x-max-length".into(), AMQPValue::LongInt(0));
    full.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
    channel.queue_declare(queue.into(), durable(), full).await.unwrap();
    let mut count = 0;
    let bodies = HOSTILE.iter().map(|text| text.as_bytes().to_vec()).chain([
        // Half of a surrogate pair, in UTF-8's manner; what is no text at all; nested for long.
        b"\xed\xa0\x80<script>ran()</script>".to_vec(),
        (0..=255).collect(),
        "<div onclick=ran()>".repeat(50_000).into_bytes(),
        json!({ MARKUP: [MARKUP, { "__proto__": { "ran": true } }] }).to_string().into_bytes(),
        "[".repeat(10_000).into_bytes(),
    ]);
    for (number, body) in bodies.enumerate() {
        let text = HOSTILE[number % HOSTILE.len()];
        // RabbitMQ takes line ends out of the names of exchanges.
        let exchange = HOSTILE[(number + 1) % HOSTILE.len()].replace(['\r', '\n'], "");
        let exchange = format!("{number} {exchange}");
        let (durable, none) = (ExchangeDeclareOptions::default(), FieldTable::default());
        let kind = ExchangeKind::Direct;
        channel.exchange_declare(exchange.as_str().into(), kind, durable, none).await.unwrap();
        channel
            .queue_bind(
                QUEUE.into(),
                exchange.as_str().into(),
                text.into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await
            .unwrap();
        let mut headers = FieldTable::default();
        headers.insert(text.into(), AMQPValue::LongString(text.into()));
        headers.insert("table".into(), AMQPValue::FieldTable(headers.clone()));
        let properties = BasicProperties::default()
            .with_content_type(text.into())
            .with_content_encoding(text.into())
            .with_correlation_id(text.into())
            .with_reply_to(text.into())
            .with_message_id(text.into())
            .with_type(text.into())
            .with_app_id(text.into())
            .with_headers(headers);
        let options = BasicPublishOptions::default();
        channel
            .basic_publish(exchange.as_str().into(), text.into(), options, &body, properties)
            .await
            .unwrap();
        count += 1;
    }
    connection.close(200, "OK".into()).await.unwrap();
    count
}

fn durable() -> QueueDeclareOptions {
    QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() }
}

#[tokio::test]
async fn hostile_messages_do_nothing_in_any_view() {
    let url = node::vhost().await;
    let full = format!("{MARKUP} full");
    let count = publish(&url, &full).await;
    let relay = Relay::ready(&url, &["--queue", QUEUE, "--queue", &full]).await;
    let browser = Browser::open("about:blank").await;
    let watch = json!({ "source": WATCH });
    let cdp = browser.driver().cdp();
    cdp.send_raw("Page.addScriptToEvaluateOnNewDocument", watch).await.unwrap();
    let page = Page { browser };
    page.go_to(&relay).await;
    page.until_received(count).await;
    assert_unharmed(&page, "received").await;

    for theme in ["light", "dark"] {
        for width in [1280, 360] {
            page.browser.look(width, 800, theme).await;
            for number in 1..=count {
                open_details(&page, number, count).await;
                for form in ["Text", "JSON", "Hex", "Base64"] {
                    page.browser.eval(SHOW_AS, vec![form.into()]).await;
                }
                for tab in ["Properties", "Headers", "Body"] {
                    page.browser.click_in(("region", "Message"), "tab", tab).await;
                }
                assert_unharmed(&page, &format!("message {number}, {width} px, {theme}")).await;
            }
        }
    }
    page.browser.look(1280, 800, "light").await;
    for text in HOSTILE.iter().filter(|text| !text.contains(['\u{0}', '\r', '\n', '\u{1b}'])) {
        page.browser.fill("searchbox", "Filter", text).await;
    }
    assert_unharmed(&page, "filtered").await;
    let filter = page.browser.find("searchbox", "Filter").await;
    filter.send_keys(Key::Control + "a").await.unwrap();
    filter.send_keys(Key::Backspace).await.unwrap();
    page.browser.until("all are shown", "!document.querySelector('[data-found]')").await;
    page.browser.click("button", "Export").await;
    assert_unharmed(&page, "exported").await;

    // What was received goes into the form, and out again.
    for number in 1..=count {
        open_details(&page, number, count).await;
        page.browser.click_in(("region", "Message"), "button", "Send again").await;
        let filled = "find('region', 'Send').contains(document.activeElement)";
        page.browser.until("the form has it", filled).await;
        page.browser.click("button", "Send").await;
    }
    page.until_confirmed(count.min(100)).await;
    page.until_received(2 * count).await;
    assert_unharmed(&page, "sent again").await;
    page.send_to(&full).await;
    page.send(MARKUP).await;
    page.browser.until_text("may be full").await;
    assert_unharmed(&page, "failed").await;

    page.acknowledge("Manual ack").await;
    page.browser.click("button", "Clear").await;
    page.send_to(QUEUE).await;
    page.send(MARKUP).await;
    page.until_row(MARKUP).await;
    page.click_row(2 * count + 1, "Ack").await;
    assert_unharmed(&page, "by hand").await;

    // A file has a name of its own, and a type by which the browser would show it.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("<img src=x onerror=ran()>.html");
    fs::write(&file, MARKUP).unwrap();
    page.browser.click_in(("radiogroup", "Format"), "radio", "File").await;
    let input = page.browser.find("file", "Choose a file").await;
    input.send_keys(file.to_str().unwrap()).await.unwrap();
    page.browser.until("the file is read", "document.querySelector('#file-words .file')").await;
    page.browser.click("button", "Send").await;
    page.until_received(2 * count + 2).await;
    assert_unharmed(&page, "file").await;
    page.browser.assert_console_clean().await;

    // Had anything run, it would have been seen.
    let careless = "const div = document.createElement('div'); document.body.append(div);
        div.innerHTML = arguments[0];";
    page.browser.eval(careless, vec![MARKUP.into()]).await;
    page.browser.until("the page's policy stops it", "seen.length > 0").await;
}

/// Those of one that may be out of sight.
async fn open_details(page: &Page, number: usize, count: usize) {
    let scroll = "const scroller = document.querySelector('.scroller');
        scroller.scrollTop = scroller.scrollHeight * (arguments[0] - 1) / arguments[1];";
    page.browser.eval(scroll, vec![number.into(), count.into()]).await;
    page.open_details(number).await;
}

const SHOW_AS: &str = "
    const forms = [...document.querySelectorAll('.inspector [role=radiogroup] [role=radio]')];
    forms.find((form) => form.textContent.trim() === arguments[0]).click();";
