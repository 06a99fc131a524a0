//! The header and what is wrong below it: broker and relay, several queues, rates, the theme.

use warren_tests::{amqp::Amqp, node, page::Page, proxy::relay_on_a_line, relay::Relay};

use crate::start;

/// A message was sent that the broker has not taken yet.
pub(crate) const WAITS: &str = "find('list', 'Sent')?.querySelector('[data-state=queued]')";

#[tokio::test]
async fn one_queue_is_sent_to_while_another_is_received_from() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    for queue in ["hello", "orders"] {
        amqp.fill(queue, 0, 1).await;
    }
    let relay = Relay::start(&url, &["--queue", "hello", "--queue", "orders"]).await;
    let page = Page::open(&relay).await;
    let current = |queue: &str, is: bool| {
        format!(
            "(find('list', 'Queues')?.querySelector('[data-queue={queue}] button')\
             ?.getAttribute('aria-current') === 'true') === {is}"
        )
    };
    page.browser.until("hello is the current queue", &current("hello", true)).await;
    page.browser.until("orders is not", &current("orders", false)).await;
    // Sent elsewhere, the queue that is received from stays the current one.
    page.send_to("orders").await;
    page.send("an order").await;
    page.until_confirmed(1).await;
    amqp.until_counts_of("orders", 1, 0).await;
    amqp.publish(b"to hello").await;
    page.until_row("to hello").await;
    assert_eq!(page.received().await, 1);
    page.browser.until_text("to orders").await;
    let ready = "find('list', 'Queues').querySelector('[data-queue=orders][data-ready=\"1\"]')";
    page.browser.until("orders is seen to have a message", ready).await;

    // An entry of the list is for both panels.
    page.browser
        .eval("document.querySelector('[data-queue=orders] button').click();", Vec::new())
        .await;
    page.browser.until("hello is no longer current", &current("hello", false)).await;
    page.receive().await;
    page.until_row("an order").await;
    amqp.until_counts_of("orders", 0, 1).await;
    amqp.until_counts_of("hello", 0, 0).await;
    page.browser.reload().await;
    page.until_connected().await;
    amqp.until_counts_of("orders", 0, 1).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn what_flows_is_drawn_and_counted_and_the_theme_is_remembered() {
    let (page, _relay, _amqp) = start().await;
    page.send("one").await;
    page.until_received(1).await;
    let drawn = "document.querySelector('.rates [role=img]')?.getAttribute('aria-label')\
                 .includes('1 at most, received')";
    page.browser.until("the picture's words have what was sent", drawn).await;
    page.browser.until_text("\u{2191} 0/s").await;

    let ground = "return getComputedStyle(document.body).backgroundColor;";
    page.browser.look(1280, 900, "light").await;
    let light = page.browser.eval(ground, Vec::new()).await;
    page.browser.click("button", "Theme: system").await;
    page.browser.click("button", "Theme: light").await;
    page.browser.find("button", "Theme: dark").await;
    let dark = page.browser.eval(ground, Vec::new()).await;
    assert_ne!(light, dark);
    page.browser.reload().await;
    page.browser.find("button", "Theme: dark").await;
    assert_eq!(page.browser.eval(ground, Vec::new()).await, dark);
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_broker_and_a_relay_that_are_away_are_told_apart_and_when_the_next_try_is() {
    let (relay, line, amqp) = relay_on_a_line().await;
    let page = Page::open(&relay).await;
    line.cut();
    page.until_broker("Not connected").await;
    page.until_broker("RabbitMQ is not connected.").await;
    page.until_broker("Next try in").await;
    page.send("kept meanwhile").await;
    page.browser.until("it waits", WAITS).await;
    page.browser.until_text("1 message waits here until the broker takes it.").await;
    line.mend();
    page.until_confirmed(1).await;
    page.until_row("kept meanwhile").await;
    amqp.until_counts(0, 1).await;
    drop(relay);
    page.until_broker("Relay unreachable.").await;
    page.until_broker("Next try in").await;
    page.until_broker("Not connected").await;
    page.browser.find("button", "Try now").await;
}

#[tokio::test]
async fn a_wrong_password_is_said_below_the_header() {
    let url = node::vhost().await;
    let wrong = url.replacen("guest:guest@", "guest:wrong@", 1);
    let relay = Relay::start(&wrong, &[]).await;
    let browser = warren_tests::browser::Browser::open(&relay.url()).await;
    let page = Page { browser };
    page.until_broker("Not connected").await;
    page.until_broker("Login failed for user").await;
}

/// The first page on a relay where nothing happens: what it hears comes from the relay's clock
/// alone, and a page takes 13.5 s of silence for a dead link.
#[tokio::test]
async fn a_page_on_which_nothing_happens_keeps_its_link() {
    let (page, relay, _) = start().await;
    page.until_broker("Connected").await;
    for seconds in [15, 30] {
        let old = format!("performance.now() > {seconds}_000");
        page.browser.until(&format!("the page is {seconds} s old"), &old).await;
    }
    let (_, metrics) = relay.get("/metrics").await;
    let (_, started) = metrics.split_once("warren_sessions_started_total ").unwrap();
    assert!(started.starts_with("1\n"), "{metrics}");
}
