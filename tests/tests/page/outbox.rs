//! Messages that wait in a tab belong to it alone: what becomes of them when the tab is duplicated,
//! and when it comes back a day later.

use serde_json::Value;
use warren_tests::{amqp::Amqp, page::Page, proxy::relay_on_a_line, relay::Relay};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// All that the tab has kept; none of it is lost when it is copied.
const KEPT: &str = "return { ...sessionStorage };";
const KEEP: &str = "
    sessionStorage.clear();
    for (const [name, value] of Object.entries(arguments[0])) sessionStorage.setItem(name, value);";

/// A page whose broker is away, in which these bodies wait to be sent; and what the tab has kept.
async fn waiting(relay: &Relay, page: &Page, bodies: &[&str]) -> Value {
    page.until_cut_off().await;
    for body in bodies {
        page.send(body).await;
    }
    let queued = format!(
        "find('list', 'Sent')?.querySelectorAll('[data-state=queued]').length === {}",
        bodies.len()
    );
    page.browser.until("they wait", &queued).await;
    let last = Value::from(*bodies.last().unwrap());
    let kept = format!("sessionStorage['warren.outbox']?.includes({last})");
    page.browser.until(&format!("{} has kept them", relay.address), &kept).await;
    page.browser.eval(KEPT, Vec::new()).await
}

/// Another page of the relay's, in whose tab this is kept; the page itself is not open in it.
async fn keep(relay: &Relay, page: &Page, kept: Value) {
    page.browser.go_to(&format!("{}/healthz", relay.url())).await;
    page.browser.eval(KEEP, vec![kept.clone()]).await;
    assert_eq!(page.browser.eval(KEPT, Vec::new()).await, kept);
}

/// Each body is in the queue once, in any order, and nothing else is.
async fn assert_queue(amqp: &Amqp, wanted: &[&str]) {
    amqp.until_counts(wanted.len() as u32, 0).await;
    let deliveries = amqp.consume(wanted.len()).await;
    let mut bodies: Vec<_> =
        deliveries.iter().map(|delivery| String::from_utf8_lossy(&delivery.data)).collect();
    bodies.sort();
    assert_eq!(bodies, wanted);
}

#[tokio::test]
async fn of_a_tab_and_its_duplicate_only_the_first_sends_what_waits() {
    let (relay, proxy, amqp) = relay_on_a_line().await;
    let page = Page::open(&relay).await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    proxy.cut();
    let kept = waiting(&relay, &page, &["1", "2", "3"]).await;

    let driver = page.browser.driver();
    let first = driver.window().await.unwrap();
    let second = driver.new_tab().await.unwrap();
    driver.switch_to_window(second).await.unwrap();
    keep(&relay, &page, kept.clone()).await;
    page.browser.go_to(&relay.url()).await;
    let id = kept["warren.outbox"].as_str().unwrap().split(' ').next().unwrap();
    let own = format!("!sessionStorage['warren.outbox'].startsWith({})", Value::from(id));
    page.browser.until("the duplicate has an outbox of its own", &own).await;
    page.set_receiving(false).await;
    proxy.mend();
    page.until_connected().await;
    page.send("4").await;
    page.until_confirmed(1).await;
    let listed = "find('list', 'Sent').querySelectorAll('li').length === 1";
    page.browser.until("the duplicate lists only its own", listed).await;
    let offer = page.browser.holds("find('button', 'Discard')").await;
    assert!(!offer, "what the first tab has is not offered in the second");

    driver.switch_to_window(first).await.unwrap();
    page.until_connected().await;
    page.until_confirmed(3).await;
    assert_queue(&amqp, &["1", "2", "3", "4"]).await;
}

#[tokio::test]
async fn what_was_kept_a_day_ago_is_sent_or_forgotten_as_the_user_says() {
    let (relay, proxy, amqp) = relay_on_a_line().await;
    let page = Page::open(&relay).await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    proxy.cut();
    let mut kept = waiting(&relay, &page, &["1", "2"]).await;
    let (header, lines) = kept["warren.outbox"].as_str().unwrap().split_once('\n').unwrap();
    let (id, saved_ms) = header.split_once(' ').unwrap();
    let saved_ms = saved_ms.parse::<u64>().unwrap() - DAY_MS;
    kept["warren.outbox"] = Value::from(format!("{id} {saved_ms}\n{lines}"));
    proxy.mend();

    // The first time it is sent.
    keep(&relay, &page, kept.clone()).await;
    page.browser.go_to(&relay.url()).await;
    page.until_connected().await;
    page.browser.until_text("2 messages of ").await;
    page.browser.until_text("in this tab were not confirmed.").await;
    // Messages keep their order: had they gone out, they would be there.
    page.send("3").await;
    page.until_confirmed(1).await;
    amqp.until_counts(1, 0).await;
    // Who reloads the page is asked again.
    page.browser.reload().await;
    page.until_connected().await;
    page.browser.click("button", "Send them").await;
    page.until_confirmed(2).await;
    page.browser.until("the question is gone", "!find('button', 'Send them')").await;
    assert_queue(&amqp, &["1", "2", "3"]).await;

    // And the second time forgotten, for good.
    keep(&relay, &page, kept).await;
    page.browser.go_to(&relay.url()).await;
    page.until_connected().await;
    page.browser.click("button", "Discard").await;
    page.browser.until("the question is gone", "!find('button', 'Discard')").await;
    page.browser.reload().await;
    page.until_connected().await;
    page.send("4").await;
    page.until_confirmed(1).await;
    let asked = page.browser.holds("find('button', 'Discard')").await;
    assert!(!asked, "what was forgotten is not offered again");
    assert_queue(&amqp, &["4"]).await;
    page.browser.assert_console_clean().await;
}
