//! Watch, Look and Receive on a queue that a user named.

use warren_tests::{amqp::Amqp, node, page::Page, relay::Relay};

/// A relay with two queues of a user's, `orders` with three messages in it, and its page.
async fn start() -> (Page, Relay, Amqp) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.fill("orders", 3, 10).await;
    amqp.fill("other", 0, 1).await;
    let relay = Relay::ready(&url, &["--queue", "orders", "--queue", "other"]).await;
    (Page::open_only(&relay).await, relay, amqp)
}

const START: &str = "find('group', 'What to do with this queue')";

#[tokio::test]
async fn nothing_is_taken_from_a_queue_until_somebody_says_so_and_that_is_remembered() {
    let (page, _relay, amqp) = start().await;
    page.browser.until_text("3 messages wait in orders, 0 consumers").await;
    page.browser.until_text("nothing is taken from orders").await;
    for mode in ["Watch", "Look", "Receive"] {
        page.browser.find_in(("group", "What to do with this queue"), "button", mode).await;
    }
    amqp.until_counts_of("orders", 3, 0).await;
    page.browser.screenshot("start").await;
    page.browser.assert_accessible("a queue for which nothing was chosen").await;

    page.receive().await;
    page.until_received(3).await;
    amqp.until_counts_of("orders", 0, 1).await;
    // Another queue has a choice of its own.
    page.show_queue("other").await;
    page.browser.until("nothing was chosen for it", START).await;
    amqp.until_counts_of("orders", 0, 0).await;
    page.show_queue("orders").await;
    amqp.until_counts_of("orders", 0, 1).await;
    page.browser.reload().await;
    page.until_connected().await;
    amqp.until_counts_of("orders", 0, 1).await;
    page.set_receiving(false).await;
    amqp.until_counts_of("orders", 0, 0).await;
    page.browser.reload().await;
    page.until_connected().await;
    page.browser.find("button", "Resume").await;
    page.browser.until_text("paused: no messages wait in orders").await;
    amqp.until_counts_of("orders", 0, 0).await;
    page.browser.assert_console_clean().await;
}
