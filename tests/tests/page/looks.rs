//! The page as it looks: empty, in flow, with a message in full, narrow, dark, Chinese, cut off. They are the README's
//! pictures, written into `docs/` where `WARREN_UPDATE_SCREENSHOTS` is set.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use warren_tests::{
    amqp::Amqp,
    node::{self, Rabbit},
    page::Page,
    picture,
    proxy::relay_on_a_line,
    relay::Relay,
};

use crate::{header::WAITS, receiving::assert_fits, start};

/// Those that the repository has.
const PICTURES: [&str; 10] =
    ["watch", "look", "select", "empty", "flow", "details", "dark", "narrow", "chinese", "down"];

/// Takes the picture called `name`.
pub(crate) async fn picture(page: &Page, name: &str, size: (u32, u32), theme: &str) {
    picture::take(&page.browser, name, size, theme, PICTURES.contains(&name)).await;
    assert_fits(page, name).await;
}

#[tokio::test]
async fn the_page_fits_wide_and_narrow_screens_in_both_themes_whatever_it_shows() {
    let (page, _relay, amqp) = start().await;
    page.browser.until_text("[*] Waiting for messages.").await;
    page.until_queue(0, 1).await;
    picture(&page, "empty", (1440, 900), "light").await;

    page.browser.click("button", "Send").await;
    page.until_confirmed(1).await;
    publish_some(&amqp).await;
    page.send("{\"order\": 4713, \"paid\": false}").await;
    page.until_confirmed(2).await;
    page.until_received(14).await;
    let counted = "document.querySelector('.rates [role=img]')?.getAttribute('aria-label')\
                   .match(/received \\d+ now and [1-9]/)";
    page.browser.until("what flowed is drawn", counted).await;
    picture(&page, "flow", (1440, 900), "light").await;
    picture(&page, "wide", (2560, 1080), "light").await;

    page.open_details(13).await;
    page.body_as("JSON").await;
    picture(&page, "details", (1440, 900), "light").await;
    picture(&page, "dark", (1440, 900), "dark").await;
    picture(&page, "narrow-details", (360, 800), "dark").await;
    page.browser.look(1440, 900, "light").await;
    page.browser.click("button", "Language: English").await;
    page.browser.until("the page is Chinese", "document.documentElement.lang === 'zh-CN'").await;
    picture(&page, "chinese", (1440, 900), "light").await;
    page.browser.click("button", "\u{8bed}\u{8a00}\u{ff1a}\u{7b80}\u{4f53}\u{4e2d}\u{6587}").await;
    page.browser.click("button", "Close").await;
    picture(&page, "narrow", (360, 800), "light").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn the_page_fits_the_screen_while_the_broker_is_away() {
    let (relay, line, amqp) = relay_on_a_line().await;
    let page = Page::open(&relay).await;
    publish_some(&amqp).await;
    page.until_received(12).await;
    line.cut();
    page.until_broker("Next try in").await;
    page.send("{\"order\": 4714}").await;
    page.browser.until("it waits", WAITS).await;
    picture(&page, "down", (1440, 900), "light").await;
    picture(&page, "narrow-down", (360, 800), "dark").await;
}

#[tokio::test]
async fn the_page_fits_the_screen_whatever_is_done_with_a_queue() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.fill("orders", 0, 1).await;
    for number in 1..=3 {
        let body = format!("{{\"order\": {}, \"paid\": true}}", 4710 + number);
        amqp.publish_to("orders", body.as_bytes(), BasicProperties::default()).await;
    }
    let relay = Relay::ready(&url, &["--queue", "orders"]).await;
    let page = Page::open_only(&relay).await;
    page.browser.until_text("3 messages wait in orders").await;
    let looks = [
        ((1440, 900), "light"),
        ((1024, 800), "dark"),
        ((780, 800), "light"),
        ((360, 800), "light"),
        ((2560, 1080), "dark"),
    ];
    let pictures = async |name: &str| {
        for (size, theme) in looks {
            let (width, _) = size;
            let name = if width == 1440 { name.to_owned() } else { format!("{name}-{width}") };
            picture(&page, &name, size, theme).await;
        }
        page.browser.look(1440, 900, "light").await;
    };
    pictures("start").await;
    page.choose("Watch").await;
    page.browser.until_text("tracing is off on the vhost").await;
    pictures("not-traced").await;
    page.choose("Look").await;
    page.until_received(3).await;
    pictures("look").await;
    page.choose("Receive").await;
    page.until_received(6).await;
    page.acknowledge("Manual ack").await;
    pictures("receive").await;
    page.browser.click("button", "Language: English").await;
    page.browser.until("the page is Chinese", "document.documentElement.lang === 'zh-CN'").await;
    pictures("receive-chinese").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn the_page_fits_the_screen_while_it_watches_others() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.fill("orders", 0, 1).await;
    node::trace_on(Rabbit::V3, &url).await;
    let relay = Relay::ready(&url, &["--queue", "orders"]).await;
    let page = Page::open_only(&relay).await;
    page.choose("Watch").await;
    page.browser.until_text("copies of what is published to and delivered from orders").await;
    let shop = Amqp::connect(&user_of(&url, "shop").await).await;
    let billing = Amqp::connect(&user_of(&url, "billing").await).await;
    for number in 4_708..4_718 {
        let properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_message_id(format!("order-{number}").into());
        let body = format!(
            "{{\"order\": {number}, \"paid\": {}, \"customer\": {{\"name\": \"Zo\u{eb}\", \"tier\": \
             \"gold\"}}, \"items\": [{{\"sku\": \"A-1\", \"count\": 2}}]}}",
            number % 2 == 1
        );
        shop.publish_to("orders", body.as_bytes(), properties).await;
        if number == 4_712 {
            billing.fetch("orders", false).await;
        }
        billing.fetch("orders", true).await;
    }
    page.browser
        .until("all is seen", "document.querySelectorAll('[data-number]').length >= 15")
        .await;
    page.open_details(15).await;
    page.body_as("JSON").await;
    picture(&page, "watch", (1440, 900), "light").await;
    picture(&page, "watch-dark", (1440, 900), "dark").await;
    page.browser.click("tab", "Life").await;
    picture(&page, "life", (1440, 900), "light").await;
    picture(&page, "narrow-life", (360, 800), "dark").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn the_page_fits_the_screen_while_dead_letters_are_selected_and_moved() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    for queue in ["orders.dead", "orders", "invoices"] {
        amqp.fill(queue, 0, 1).await;
    }
    for number in 4_708..4_720 {
        let (queue, reason, error) = match number % 4 {
            0 => ("invoices", "expired", "no answer"),
            _ => ("orders", "rejected", "card declined"),
        };
        let mut headers = FieldTable::default();
        headers.insert("x-first-death-queue".into(), AMQPValue::LongString(queue.into()));
        headers.insert("x-first-death-reason".into(), AMQPValue::LongString(reason.into()));
        let properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_message_id(format!("order-{number}").into())
            .with_type(if queue == "orders" { "order.failed" } else { "invoice.late" }.into())
            .with_headers(headers);
        let body = format!(
            "{{\"order\": {number}, \"error\": \"{error}\", \"attempt\": 3, \"total\": {}.40}}",
            number % 97
        );
        amqp.publish_to("orders.dead", body.as_bytes(), properties).await;
    }
    let queues = ["--queue", "orders.dead", "--queue", "orders", "--queue", "invoices"];
    let relay = Relay::ready(&url, &queues).await;
    let page = Page::open_only(&relay).await;
    page.receive_by_hand("orders.dead").await;
    page.until_received(12).await;
    for number in [2, 3, 5, 6, 9] {
        page.browser.click("checkbox", &format!("Select message {number}")).await;
    }
    let looks = [
        ("", (1440, 900), "light"),
        ("-dark", (1440, 900), "dark"),
        ("-1024", (1024, 800), "light"),
        ("-360", (360, 800), "light"),
    ];
    let pictures = async |name: &str| {
        for (of, size, theme) in looks {
            picture(&page, &format!("{name}{of}"), size, theme).await;
        }
        page.browser.look(1440, 900, "light").await;
    };
    pictures("select").await;
    page.browser.press("X").await;
    let bar = ("group", "Selected messages");
    page.browser.click_in(bar, "button", "Move to orders").await;
    page.browser.find("group", "Select only").await;
    page.browser.assert_accessible("the question before a move").await;
    pictures("move").await;
    page.browser.click("button", "Language: English").await;
    page.browser.until("the page is Chinese", "document.documentElement.lang === 'zh-CN'").await;
    pictures("move-chinese").await;
    page.browser.assert_console_clean().await;
}

/// A user of this name, who may do everything in the vhost at `url`: its address.
async fn user_of(url: &str, name: &str) -> String {
    let (_, broker) = url.split_once('@').unwrap();
    let (_, vhost) = broker.split_once('/').unwrap();
    node::ctl(&["add_user", name, name]).await;
    node::ctl(&["set_permissions", "-p", vhost, name, ".*", ".*", ".*"]).await;
    format!("amqp://{name}:{name}@{broker}")
}

/// What a shop might send.
async fn publish_some(amqp: &Amqp) {
    for body in ["Good morning, Zo\u{eb}!", "line one\nline two", "<b>not bold</b>"] {
        amqp.publish(body.as_bytes()).await;
    }
    amqp.publish(b"\x89PNG\r\n\x1a\n\xff\x00\x01\x02").await;
    amqp.publish_named(b"twice", "b9d2").await;
    amqp.publish_named(b"twice", "b9d2").await;
    for number in 1..=5 {
        amqp.publish(format!("sensor {number}: {}.5 \u{b0}C", 17 + number).as_bytes()).await;
    }
    let mut headers = FieldTable::default();
    headers.insert("tenant".into(), AMQPValue::LongString("blue".into()));
    headers.insert("attempt".into(), AMQPValue::LongLongInt(2));
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_correlation_id("order-4711".into())
        .with_reply_to("invoices".into())
        .with_app_id("shop".into())
        .with_delivery_mode(2)
        .with_headers(headers);
    let order = br#"{"order": 4711, "paid": true, "items": [{"sku": "A-1", "count": 2}, {"sku": "B-7", "count": 1}]}"#;
    amqp.publish_with(order, properties).await;
}
