//! Where things are: nothing moves when names are long, errors are, or queues are many; and the
//! dividers move what the user moves.

use serde_json::json;
use warren_tests::{amqp::Amqp, browser::Browser, node, page::Page, relay::Relay};

use crate::{receiving::assert_fits, start};

/// Where the parts of the page are that a user aims at.
async fn places(page: &Page) -> Vec<[f64; 4]> {
    const PLACES: &str = "
        return ['.send h2', '.receive h2', '#filter', '.received', '.receive footer',
            '.send .primary', 'header .rates', '.tabs', '.pill']
            .map((part) => document.querySelector(part).getBoundingClientRect())
            .map(({ x, y, height, bottom }) => [x, y, height, bottom].map(Math.round));";
    serde_json::from_value(page.browser.eval(PLACES, Vec::new()).await).unwrap()
}

async fn open(url: &str, args: &[&str]) -> (Page, Relay) {
    let relay = Relay::start(url, args).await;
    let page = Page { browser: Browser::open(&relay.url()).await };
    page.browser.look(1440, 900, "light").await;
    page.browser.until("the page is there", "find('region', 'Receive')").await;
    (page, relay)
}

#[tokio::test]
async fn nothing_moves_for_a_long_name_or_many_queues() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    let long = format!("orders.{}", "eu-central-1.incoming.".repeat(11));
    for queue in ["hello", "b", "c", "d", "e", &long] {
        amqp.fill(queue, 0, 1).await;
    }
    let (short, _one) = open(&url, &["--queue", "hello"]).await;
    let many = ["hello", "b", "c", "d", "e", &long].map(|queue| ["--queue", queue]).concat();
    let (full, _two) = open(&url, &many).await;
    for page in [&short, &full] {
        page.until_connected().await;
        page.receive().await;
        page.send("one").await;
        page.until_confirmed(1).await;
        page.browser.until("rates are shown", "document.querySelector('.rates svg')").await;
    }
    let before = places(&short).await;
    assert_eq!(places(&full).await, before);
    full.choose_queue(&long).await;
    full.send("to the long one").await;
    full.until_row("to the long one").await;
    assert_eq!(places(&full).await, before);
    // The whole name is in the title.
    let title = "return [...document.querySelectorAll('.tabs button, .send select')]
        .some((element) => element.title.startsWith(arguments[0]));";
    assert_eq!(full.browser.eval(title, vec![json!(long)]).await, true);
    for page in [&short, &full] {
        page.browser.assert_console_clean().await;
    }
}

#[tokio::test]
async fn many_sent_messages_scroll_in_their_own_list() {
    let (page, _relay, amqp) = start().await;
    for _ in 0..60 {
        page.browser.click("button", "Send").await;
    }
    page.until_confirmed(60).await;
    for width in [1440, 900, 360] {
        page.browser.look(width, 900, "light").await;
        page.browser.until("the width is set", &format!("innerWidth === {width}")).await;
        assert_fits(&page, &format!("60 sent, {width} px")).await;
    }
    amqp.until_counts(0, 1).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_long_error_takes_the_place_of_a_short_one() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.fill("hello", 0, 1).await;
    let (_, host) = url.split_once('@').unwrap();
    let long = format!("amqp://{}:wrong@{host}", "somebody-with-a-long-name-".repeat(8));
    let refused = "amqp://guest:guest@127.0.0.1:1/%2f";
    let mut seen = Vec::new();
    for (url, words) in [(refused, "RabbitMQ is not connected."), (&long, "Login failed")] {
        let (page, _relay) = open(url, &[]).await;
        page.until_broker(words).await;
        let strip = "document.querySelector('.strip.bad').textContent.includes('Next try in')";
        page.browser.until("the next try is said", strip).await;
        seen.push(places(&page).await);
        page.browser.assert_console_clean().await;
    }
    assert_eq!(seen[0], seen[1]);
}

/// Drags with the pointer over an element, from one place to another, in pixels from its left edge.
pub(crate) async fn drag(page: &Page, role: &str, name: &str, from: f64, to: f64) {
    let rect = page.browser.find(role, name).await.rect().await.unwrap();
    let y = rect.y + rect.height / 2.0;
    let cdp = page.browser.driver().cdp();
    for (kind, part, button, buttons) in [
        ("mouseMoved", from, "none", 0),
        ("mousePressed", from, "left", 1),
        ("mouseMoved", (from + to) / 2.0, "left", 1),
        ("mouseMoved", to, "left", 1),
        ("mouseReleased", to, "left", 0),
    ] {
        let event = json!({ "type": kind, "x": rect.x + part, "y": y, "button": button,
            "buttons": buttons, "clickCount": 1 });
        cdp.send_raw("Input.dispatchMouseEvent", event).await.unwrap();
    }
}

/// Waits until the part is so wide.
async fn until_width(page: &Page, part: &str, wanted: f64) {
    let condition =
        format!("Math.abs(find('region', '{part}').getBoundingClientRect().width - {wanted}) < 1");
    page.browser.until(&format!("{part} is {wanted} px wide"), &condition).await;
}

#[tokio::test]
async fn dividers_are_moved_by_pointer_and_arrow_keys_and_stay_where_they_were_put() {
    let (page, _relay, amqp) = start().await;
    page.browser.look(1440, 900, "light").await;
    amqp.publish(b"one").await;
    page.until_received(1).await;
    page.open_details(1).await;
    until_width(&page, "Send", 400.0).await;
    until_width(&page, "Message", 420.0).await;
    drag(&page, "separator", "Width of the Send panel", 0.5, 100.5).await;
    until_width(&page, "Send", 500.0).await;
    drag(&page, "separator", "Size of the message view", 0.5, -49.5).await;
    until_width(&page, "Message", 470.0).await;

    for (name, part, key, width) in [
        ("Width of the Send panel", "Send", "\u{e014}", 516.0),
        ("Width of the Send panel", "Send", "\u{e012}", 500.0),
        ("Size of the message view", "Message", "\u{e012}", 486.0),
        ("Size of the message view", "Message", "\u{e014}", 470.0),
    ] {
        page.browser.find("separator", name).await.send_keys(key).await.unwrap();
        until_width(&page, part, width).await;
    }
    // Within bounds, whatever the pointer does.
    drag(&page, "separator", "Width of the Send panel", 0.5, -480.0).await;
    until_width(&page, "Send", 320.0).await;
    let value = "find('separator', 'Width of the Send panel').ariaValueNow === '320'";
    page.browser.until("the divider says its size", value).await;

    page.browser.reload().await;
    page.until_connected().await;
    until_width(&page, "Send", 320.0).await;
    amqp.publish(b"two").await;
    page.until_received(1).await;
    page.open_details(1).await;
    until_width(&page, "Message", 470.0).await;
    page.browser.assert_console_clean().await;
}
