//! The page's two languages: the browser's first, until the user chooses the other.

use warren_tests::{
    amqp::{Amqp, Shape},
    browser::Browser,
    node,
    page::Page,
    relay::Relay,
};

use crate::start;

const CHINESE: &str = "document.documentElement.lang === 'zh-CN' && find('status', '\u{72b6}\u{6001}')?.textContent \
     === '\u{5df2}\u{8fde}\u{63a5}'";
const ENGLISH: &str = "document.documentElement.lang === 'en' && find('status', 'Status')?.textContent === 'Connected'";

#[tokio::test]
async fn the_language_is_switched_in_the_header_and_remembered() {
    let (page, _relay, amqp) = start().await;
    page.browser.until("the page is English", ENGLISH).await;
    amqp.publish(b"\xff\xfe\x00").await;
    page.until_received(1).await;
    page.until_row_is(1, "is binary", "row.textContent.includes('binary')").await;
    page.browser.click("button", "Language: English").await;
    page.browser.until("the page is Chinese", CHINESE).await;
    // What is there already too, and the names that only screen readers hear.
    let row =
        "find('group', '\u{6d88}\u{606f} 1')?.textContent.includes('\u{4e8c}\u{8fdb}\u{5236}')";
    page.browser.until("the row is Chinese", row).await;
    page.browser.find("region", "\u{63a5}\u{6536}").await;
    page.browser.find("log", "\u{6536}\u{5230}\u{7684}\u{6d88}\u{606f}").await;
    page.browser.until_text("\u{6b63}\u{5728}\u{4ece} hello \u{63a5}\u{6536}").await;

    page.browser.reload().await;
    page.browser.until("the page is Chinese still", CHINESE).await;
    page.browser.click("button", "\u{8bed}\u{8a00}\u{ff1a}\u{7b80}\u{4f53}\u{4e2d}\u{6587}").await;
    page.browser.until("the page is English again", ENGLISH).await;
    page.browser.reload().await;
    page.browser.until("the page is English still", ENGLISH).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_browser_that_prefers_chinese_gets_it_at_once() {
    let url = node::vhost().await;
    Amqp::connect(&url).await.declare(Shape::Durable).await;
    let relay = Relay::start(&url, &[]).await;
    let page = Page { browser: Browser::open_in(&relay.url(), "zh-CN").await };
    page.browser.until("the page is Chinese", CHINESE).await;
    page.browser.until_text("[*] \u{6b63}\u{5728}\u{7b49}\u{5f85}\u{6d88}\u{606f}\u{3002}").await;
    let translated = page.browser.eval("return document.documentElement.translate;", vec![]).await;
    assert_eq!(translated, false);
    page.browser.click("button", "\u{8bed}\u{8a00}\u{ff1a}\u{7b80}\u{4f53}\u{4e2d}\u{6587}").await;
    page.browser.until("the page is English", ENGLISH).await;
    page.browser.reload().await;
    page.browser.until("the choice outlives the browser's wish", ENGLISH).await;
    page.browser.assert_console_clean().await;
}
