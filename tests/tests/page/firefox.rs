//! The page in Firefox: the main job, the modes, a move, both themes and both languages. All else is tested
//! in Chromium.

use lapin::BasicProperties;
use serde_json::Value;
use thirtyfour::Key;
use warren_tests::{
    amqp::{Amqp, Shape},
    browser::{Browser, Kind},
    node::{self, Rabbit},
    page::Page,
    relay::Relay,
};

use crate::receiving::assert_fits;

/// The relay's page in a new Firefox.
async fn open(relay: &Relay) -> Page {
    let page = Page { browser: Browser::open_with(Kind::Firefox, &relay.url(), "en-US").await };
    page.until_connected().await;
    page
}

#[tokio::test]
async fn firefox_sends_receives_shows_and_saves() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let relay = Relay::start(&url, &[]).await;
    let page = open(&relay).await;
    page.receive().await;
    page.browser.until_text("[*] Waiting for messages.").await;
    page.browser.click("button", "Send").await;
    page.until_confirmed(1).await;
    page.until_row("Hello World!").await;
    page.set_property("content_type", "application/json").await;
    page.add_header("tenant", "string", "blue").await;
    page.send("{\"order\": 4711, \"paid\": true}").await;
    page.until_confirmed(2).await;
    page.until_received(2).await;
    page.open_details(2).await;
    assert_eq!(page.body_as("JSON").await, "{\n  \"order\": 4711,\n  \"paid\": true\n}\n");
    page.browser.click("tab", "Headers").await;
    page.browser.until_text("tenant").await;

    page.browser.fill("searchbox", "Filter", "order").await;
    page.browser.until_text("1 of 2").await;
    page.browser.click("button", "Export").await;
    let (name, content) = page.browser.downloaded().await;
    assert!(name.starts_with("messages-") && name.ends_with(".ndjson"), "{name}");
    let line: Value = serde_json::from_slice(&content).unwrap();
    assert_eq!(line["properties"]["content_type"], "application/json");
    let filter = page.browser.find("searchbox", "Filter").await;
    filter.send_keys(Key::Control + "a").await.unwrap();
    filter.send_keys(Key::Backspace).await.unwrap();

    page.acknowledge("Manual ack").await;
    amqp.publish(b"by hand").await;
    page.until_row("by hand").await;
    page.click_row(3, "Ack").await;
    page.until_row_is(3, "is acknowledged", "row?.dataset.ackState === 'acknowledged'").await;
    page.repeat("number {n}", 1_000).await;
    page.until_repeated(1_000).await;
    page.browser.assert_console_clean().await;
    page.browser.reload().await;
    page.until_connected().await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn firefox_watches_looks_receives_and_moves() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.fill("orders", 3, 10).await;
    amqp.fill("other", 0, 1).await;
    let relay = Relay::ready(&url, &["--queue", "orders", "--queue", "other"]).await;
    let page = open(&relay).await;
    let browser = &page.browser;
    page.choose("Watch").await;
    browser.until_text("tracing is off on the vhost").await;
    browser.click_in(("region", "Receive"), "button", "Copy").await;
    browser.until_text("Copied.").await;
    let command = browser.clipboard().await;
    assert!(command.contains("trace_on"), "{command}");
    node::trace_on(Rabbit::V3, &url).await;
    browser.until_text("copies of what is published to and delivered from orders").await;
    amqp.publish_to("orders", b"seen", BasicProperties::default()).await;
    page.until_row("seen").await;
    amqp.until_counts_of("orders", 4, 0).await;
    node::trace_off(Rabbit::V3, &url).await;

    page.choose("Look").await;
    browser.until_text("4 shown, all given back when you leave").await;
    amqp.until_counts_of("orders", 0, 1).await;
    browser.click_in(("region", "Receive"), "button", "Pause").await;
    amqp.until_counts_of("orders", 4, 0).await;

    page.choose("Receive").await;
    let open = "document.querySelectorAll('.message[data-ack-state=open]').length === 4";
    browser.until("four are open", open).await;
    let boxes = "return [...document.querySelectorAll('.message[data-ack-state=open] input')]\
                 .slice(0, 2).map((box) => box.ariaLabel);";
    let boxes: Vec<String> = serde_json::from_value(browser.eval(boxes, Vec::new()).await).unwrap();
    for name in &boxes {
        browser.click("checkbox", name).await;
    }
    browser.screenshot("firefox-selection").await;
    browser.click_in(("group", "Selected messages"), "button", "Move to").await;
    browser.click_in(("group", "Move to"), "button", "other").await;
    browser.click("button", "Move").await;
    browser.until_text("2 of 2 moved").await;
    amqp.until_counts_of("other", 2, 0).await;
    browser.assert_console_clean().await;
    browser.go_to("about:blank").await;
    amqp.until_counts_of("orders", 2, 0).await;
}

#[tokio::test]
async fn firefox_shows_both_themes_and_both_languages() {
    /// The button that says what the language is.
    const TO_ENGLISH: &str = "\u{8bed}\u{8a00}\u{ff1a}\u{7b80}\u{4f53}\u{4e2d}\u{6587}";
    // What is closed is not drawn, and so Firefox does not go on with its colours.
    const STILL: &str =
        "!document.getAnimations().some((moves) => moves.effect.target.checkVisibility())";
    const SIGN: &str = "return document.querySelector('header button span').offsetWidth;";
    const GROUND: &str = "return getComputedStyle(document.body).backgroundColor;";
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let relay = Relay::start(&url, &[]).await;
    // 简体中文, for the browser prefers it.
    let page = Page { browser: Browser::open_with(Kind::Firefox, &relay.url(), "zh-CN").await };
    let browser = &page.browser;
    let chinese = "document.documentElement.lang === 'zh-CN' \
                   && find('status', '\u{72b6}\u{6001}')?.textContent === '\u{5df2}\u{8fde}\u{63a5}'";
    browser.until("the page is Chinese", chinese).await;
    browser.until_text("[*] \u{6b63}\u{5728}\u{7b49}\u{5f85}\u{6d88}\u{606f}\u{3002}").await;
    browser.click("button", TO_ENGLISH).await;
    page.until_connected().await;
    amqp.publish("{\"\u{8ba2}\u{5355}\": 4711, \"paid\": true}".as_bytes()).await;
    page.until_received(1).await;
    page.open_details(1).await;
    let (mut grounds, mut signs) = (Vec::new(), Vec::new());
    for language in ["english", "chinese"] {
        if language == "chinese" {
            browser.click("button", "Language: English").await;
            browser.until("the page is Chinese again", chinese).await;
        }
        for (width, theme) in [(1440, "light"), (1440, "dark"), (360, "light"), (360, "dark")] {
            browser.look(width, 900, theme).await;
            browser.until("the width is set", &format!("innerWidth === {width}")).await;
            let is_set = format!("matchMedia('(prefers-color-scheme: {theme})').matches");
            browser.until("the theme is set", &is_set).await;
            browser.until("nothing in sight moves", STILL).await;
            let name = format!("firefox-{language}-{width}-{theme}");
            assert_fits(&page, &name).await;
            browser.assert_accessible(&name).await;
            browser.screenshot(&name).await;
            grounds.push(browser.eval(GROUND, Vec::new()).await);
        }
        signs.push(browser.eval(SIGN, Vec::new()).await);
    }
    browser.look(1440, 900, "light").await;
    browser.click("button", TO_ENGLISH).await;
    assert_eq!(signs[0], signs[1], "the theme's sign is as wide in either language");
    assert_ne!(grounds[0], grounds[1], "light and dark");
    // Chosen in the page, a theme is the page's own.
    browser.click("button", "Theme: system").await;
    browser.click("button", "Theme: light").await;
    browser.find("button", "Theme: dark").await;
    browser.reload().await;
    page.until_connected().await;
    browser.find("button", "Theme: dark").await;
    assert_eq!(browser.eval(GROUND, Vec::new()).await, grounds[1]);
    browser.assert_console_clean().await;
}

/// Were nothing seen of the console, it would always be clean.
#[tokio::test]
async fn what_is_wrong_in_either_console_is_seen() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    for kind in [Kind::Chromium, Kind::Firefox] {
        let browser = Browser::open_with(kind, &relay.url(), "en-US").await;
        browser.assert_console_clean().await;
        for (wrong, words) in [
            ("console.error('an error of the page')", "an error of the page"),
            ("console.warn('a warning of the page')", "a warning of the page"),
            ("setTimeout(() => { throw new Error('thrown by the page') })", "thrown by the page"),
            ("document.body.setAttribute('style', 'color: red')", "style"),
            (
                "document.body.append(document.createElement('script'), \
              Object.assign(document.createElement('script'), { text: '0' }))",
                "script",
            ),
            ("fetch('http://127.0.0.1:1').catch(() => {})", "127.0.0.1:1"),
        ] {
            let mut seen = Vec::new();
            browser.eval(&format!("{wrong};"), Vec::new()).await;
            let found = warren_tests::wait::within(warren_tests::wait::LIMIT, async || {
                seen.extend(browser.console().await);
                seen.iter().any(|entry| entry.contains(words)).then_some(())
            });
            assert!(found.await.is_some(), "{kind:?}: {wrong}: {seen:#?}");
        }
        let seen = browser.console().await;
        assert!(seen.is_empty(), "{seen:#?}");
    }
}
