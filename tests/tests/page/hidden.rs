//! A tab in the background goes on receiving and settling, and comes back without a freeze.

use warren_tests::amqp::QUEUE;

use crate::start;

const MESSAGES: usize = 50_000;

/// Notes every task that keeps the page from answering for more than 50 ms.
const WATCH: &str = "
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) window.longest = Math.max(longest, task.duration);
    }).observe({ type: 'longtask' });";

#[tokio::test]
async fn a_hidden_tab_takes_50_000_messages_settles_them_and_shows_them_when_it_comes_back() {
    let (page, _relay, amqp) = start().await;
    let driver = page.browser.driver();
    driver.minimize_window().await.unwrap();
    page.browser.until("the tab is hidden", "document.hidden").await;

    amqp.fill(QUEUE, MESSAGES, 100).await;
    page.until_received(MESSAGES).await;
    assert!(page.browser.eval("return document.hidden;", Vec::new()).await.as_bool().unwrap());
    page.browser.eval(WATCH, Vec::new()).await;
    driver.maximize_window().await.unwrap();
    page.browser.until("the tab is seen", "!document.hidden").await;
    page.until_row(&"x".repeat(100)).await;
    let longest = page.browser.eval("return window.longest;", Vec::new()).await;
    println!("the longest task of a tab that comes back after {MESSAGES} messages: {longest} ms");

    page.assert_counter("duplicates", 0).await;
    // Settled, one and all: a page that goes gives back what it has not settled.
    page.browser.assert_console_clean().await;
    page.browser.go_to("about:blank").await;
    amqp.until_counts(0, 0).await;
}
