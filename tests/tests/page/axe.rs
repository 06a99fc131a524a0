//! axe-core finds nothing that keeps people with disabilities from using the page: in both themes,
//! wide and narrow, in whatever state the page is.

use warren_tests::{page::Page, proxy::relay_on_a_line};

use crate::{receiving::assert_fits, start};

/// Asks axe-core about the page as it stands, in every look.
async fn check(page: &Page, state: &str) {
    for (width, theme) in [(1280, "light"), (360, "light"), (360, "dark"), (1280, "dark")] {
        page.browser.look(width, 800, theme).await;
        page.browser.until("the width is set", &format!("innerWidth === {width}")).await;
        // Another theme's colours fade in.
        page.browser.until("nothing moves", "!document.getAnimations().length").await;
        page.browser.assert_accessible(&format!("{state}, {width} px, {theme}")).await;
        assert_fits(page, state).await;
    }
}

#[tokio::test]
async fn everything_is_accessible_while_messages_flow() {
    let (page, _relay, amqp) = start().await;
    page.browser.until_text("[*] Waiting for messages.").await;
    check(&page, "empty").await;

    page.send("Hello World!").await;
    page.until_confirmed(1).await;
    amqp.publish(b"\xff\xfe\x00").await;
    amqp.publish(br#"{"order": 4711}"#).await;
    page.until_received(3).await;
    check(&page, "messages in both lists").await;

    page.open_details(3).await;
    for form in ["Text", "JSON", "Hex", "Base64"] {
        page.body_as(form).await;
        check(&page, &format!("details as {form}")).await;
    }
    page.browser.click("button", "Close").await;

    page.browser.click("summary", "Properties").await;
    for row in 1..=3 {
        page.browser.click("button", "Add header").await;
        let kind = page.browser.find("combobox", &format!("Header {row} type")).await;
        kind.send_keys(["string", "number", "boolean"][row - 1]).await.unwrap();
    }
    page.browser.fill("textbox", "Priority", "256").await;
    page.browser.fill("textbox", "Expiration", "soon").await;
    page.browser.fill("textbox", "Header 2 value", "many").await;
    page.browser.click("button", "Send").await;
    page.browser.until_text("A whole number from 0 to 255").await;
    page.browser.until_text("A name is missing").await;
    check(&page, "properties with errors").await;
    for _ in 0..3 {
        page.browser.click("button", "Remove header 1").await;
    }
    for field in ["Priority", "Expiration"] {
        page.browser.fill("textbox", field, "1").await;
    }

    for (format, words) in [("JSON", "Not JSON"), ("Base64", "Not Base64")] {
        page.browser.click_in(("radiogroup", "Format"), "radio", format).await;
        page.browser.until_text(words).await;
        check(&page, &format!("an error in {format}")).await;
    }
    page.browser.click_in(("radiogroup", "Format"), "radio", "File").await;
    page.browser.click("button", "Send").await;
    page.browser.until_text("or drop one here").await;
    check(&page, "no file").await;

    page.browser.click_in(("radiogroup", "Format"), "radio", "Text").await;
    page.browser.fill("spinbutton", "How many", "0").await;
    check(&page, "an error in Repeat").await;
    page.browser.fill("spinbutton", "How many", "1000000").await;
    page.browser.fill("spinbutton", "Per second", "2").await;
    page.browser.click("button", "Start").await;
    page.until_repeated(1).await;
    check(&page, "a repeat that runs").await;
    page.browser.click("button", "Stop").await;

    page.acknowledge("Manual").await;
    let received = page.received().await;
    amqp.publish(b"by hand").await;
    page.until_row("by hand").await;
    check(&page, "manual").await;
    page.click_row(received + 1, "Ack").await;
    page.browser.fill("searchbox", "Filter", "nowhere").await;
    page.browser.until_text("0 of").await;
    check(&page, "a filter that finds nothing").await;
    page.set_receiving(false).await;
    page.browser.until_text("Paused").await;
    page.browser.click("button", "Clear").await;
    check(&page, "paused and cleared").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn everything_is_accessible_while_the_broker_or_the_relay_is_away() {
    let (relay, line, _amqp) = relay_on_a_line().await;
    let page = Page::open(&relay).await;
    line.cut();
    page.until_broker("Not connected").await;
    page.send("waits").await;
    page.browser.until_text("1 message waits here").await;
    check(&page, "the broker is away").await;
    drop(relay);
    page.until_broker("Unknown").await;
    check(&page, "the relay is away").await;
}
