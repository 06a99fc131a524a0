//! The page itself, in Chromium: it sends, something breaks, and another client counts what
//! arrives.

use std::{collections::HashSet, time::Instant};

use serde_json::Value;
use warren_tests::{
    amqp::{Amqp, Shape},
    browser::Browser,
    fault::{Fault, repeat},
    flow::{FLOW, Flow},
    node::{self, Rabbit},
    own_node::OwnNode,
    page::Page,
    proxy::Proxy,
    relay::Relay,
    wait,
};

/// How many confirmed messages may take as long as a test waits for anything.
const STEP: usize = 1_000;

/// A page at this address of a relay, which receives.
async fn open_receiving(address: &str) -> Page {
    let page = Page { browser: Browser::open(&format!("http://{address}")).await };
    page.until_connected().await;
    page.receive().await;
    page
}

/// A page that only sends.
async fn open(address: &str) -> Page {
    let page = open_receiving(address).await;
    page.set_receiving(false).await;
    page
}

async fn until_confirmed(page: &Page, count: u64) {
    for count in (0..count).step_by(STEP).chain([count]) {
        page.until_repeated(count).await;
    }
}

/// Sends [`FLOW`] messages and waits for this repetition's moment.
async fn moment(page: &Page, fault: &mut Fault) {
    page.repeat("{n}", FLOW).await;
    until_confirmed(page, fault.moment_of(FLOW)).await;
}

/// Everything is confirmed and has arrived.
async fn assert_whole(page: &Page, flow: Flow, amqp: &Amqp) {
    // The relay may wait up to 30 s before it tries again; the flow waits that long.
    flow.until_broker("up").await;
    page.until_connected().await;
    until_confirmed(page, FLOW).await;
    flow.arrived(amqp, <[u64]>::is_empty).await.assert_whole();
}

/// [`assert_whole`] of a page that has received itself what it has sent.
async fn assert_received_whole(page: &Page, amqp: &Amqp) {
    until_confirmed(page, FLOW).await;
    let mut ids = HashSet::new();
    let all = async || {
        ids = received_ids(page).await;
        (ids.len() as u64 >= FLOW).then_some(())
    };
    let arrived = wait::within(wait::LIMIT, all).await;
    assert!(arrived.is_some(), "{} of {FLOW} were received", ids.len());
    assert_eq!(ids.len() as u64, FLOW, "more were received than sent");
    // What the page could not settle comes again, and is no duplicate.
    let (received, again) = ("counter('received')", "counter('duplicates')");
    let honest = format!("{received} - {again} >= {FLOW}");
    page.until_counters("no message's first arrival counts as a duplicate", &honest).await;
    // What the page has not settled would come back when it goes.
    page.browser.go_to("about:blank").await;
    amqp.until_counts(0, 0).await;
}

/// The `message_id` of every message that the page has received, by its export: none has left the
/// view.
async fn received_ids(page: &Page) -> HashSet<String> {
    page.assert_counter("dropped", 0).await;
    page.browser.click("button", "Export").await;
    let (_, file) = page.browser.downloaded().await;
    let id = |line: &str| {
        let message: Value = serde_json::from_str(line).unwrap();
        message["properties"]["message_id"].as_str().unwrap().to_owned()
    };
    String::from_utf8(file).unwrap().lines().map(id).collect()
}

async fn start() -> (String, Amqp) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    (url, amqp)
}

#[tokio::test]
async fn a_reload_in_the_middle_loses_nothing() {
    repeat("page reloaded", async |mut fault| {
        let (url, amqp) = start().await;
        let relay = Relay::start(&url, &[]).await;
        let page = open(&relay.address).await;
        let flow = Flow::receiving(&relay.address, FLOW);
        moment(&page, &mut fault).await;
        page.browser.reload().await;
        page.until_connected().await;
        page.browser.until("what was kept is taken back", "!sessionStorage['warren.repeat']").await;
        page.browser.until_drawn().await;
        // What the outbox had not taken yet was not accepted, and the page says how much it took.
        let made = page.repeat_ended_at().await.unwrap_or(FLOW);
        let not_made = |missing: &[u64]| missing.iter().copied().eq(made + 1..=FLOW);
        let report = flow.arrived(&amqp, not_made).await;
        report.assert_honest();
        let text = page.browser.text().await;
        assert!(not_made(&report.missing), "{made} were made, lost: {report:?}\n{text}");
    })
    .await;
}

#[tokio::test]
async fn a_killed_relay_costs_the_page_nothing() {
    repeat("page: relay killed", async |mut fault| {
        let (url, amqp) = start().await;
        let mut relay = Relay::start(&url, &[]).await;
        let page = open(&relay.address).await;
        let flow = Flow::receiving(&relay.address, FLOW);
        moment(&page, &mut fault).await;
        relay.program.kill();
        relay.program.ended().await;
        let _again = Relay::start_on(&relay.address, &url, &[]).await;
        assert_whole(&page, flow, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_cut_websocket_costs_the_page_nothing() {
    repeat("page: WebSocket cut", async |mut fault| {
        let (url, amqp) = start().await;
        let relay = Relay::start(&url, &[]).await;
        let proxy = Proxy::to(&relay.address).await;
        let page = open(&proxy.address.to_string()).await;
        let flow = Flow::receiving(&relay.address, FLOW);
        moment(&page, &mut fault).await;
        proxy.cut();
        proxy.mend();
        assert_whole(&page, flow, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_websocket_that_swallows_everything_costs_the_page_nothing() {
    repeat("page: WebSocket silent", async |mut fault| {
        let (url, amqp) = start().await;
        let relay = Relay::start(&url, &[]).await;
        let proxy = Proxy::to(&relay.address).await;
        let page = open(&proxy.address.to_string()).await;
        let flow = Flow::receiving(&relay.address, FLOW);
        moment(&page, &mut fault).await;
        let since = Instant::now();
        proxy.silence();
        page.until_cut_off().await;
        println!("page: WebSocket silent: noticed after {:.1} s", since.elapsed().as_secs_f64());
        proxy.mend();
        assert_whole(&page, flow, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_line_to_the_broker_that_swallows_everything_costs_the_page_nothing() {
    repeat("page: line to the broker silent", async |mut fault| {
        let (url, amqp) = start().await;
        let proxy = Proxy::start(&url).await;
        let relay = Relay::start(&proxy.amqp_url(), &[]).await;
        let near = Proxy::to(&relay.address).await;
        let page = open(&near.address.to_string()).await;
        let flow = Flow::receiving(&relay.address, FLOW);
        moment(&page, &mut fault).await;
        let connections = near.accepted();
        proxy.silence();
        flow.until_broker("down").await;
        proxy.mend();
        assert_whole(&page, flow, &amqp).await;
        assert_eq!(near.accepted(), connections, "the page has kept its link to the relay");
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_is_stopped_and_started_costs_the_page_nothing() {
    repeat("page: broker stopped and started", async |mut fault| {
        let mut node = OwnNode::take(Rabbit::V3).await;
        let amqp = Amqp::connect(node.url()).await;
        amqp.declare(Shape::Durable).await;
        let relay = Relay::start(node.url(), &[]).await;
        let page = open(&relay.address).await;
        let flow = Flow::receiving(&relay.address, FLOW);
        moment(&page, &mut fault).await;
        node.stop().await;
        flow.until_broker("down").await;
        node.start_again().await;
        let amqp = Amqp::connect(node.url()).await;
        assert_whole(&page, flow, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn under_an_alarm_the_page_says_why_its_messages_wait() {
    repeat("page: memory alarm", async |mut fault| {
        let node = OwnNode::take(Rabbit::V3).await;
        let amqp = Amqp::connect(node.url()).await;
        amqp.declare(Shape::Durable).await;
        let relay = Relay::start(node.url(), &[]).await;
        let page = open(&relay.address).await;
        let flow = Flow::receiving(&relay.address, FLOW + 1);
        moment(&page, &mut fault).await;
        node.ctl(&["set_vm_memory_high_watermark", "0"]).await;
        // A broker under an alarm says so to whoever publishes next.
        page.send(&(FLOW + 1).to_string()).await;
        page.until_broker("Blocked").await;
        page.until_broker("Low on memory").await;
        node.ctl(&["set_vm_memory_high_watermark", "0.4"]).await;
        assert_whole(&page, flow, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_cut_websocket_costs_a_page_that_receives_nothing() {
    repeat("receiving page: WebSocket cut", async |mut fault| {
        let (url, amqp) = start().await;
        let relay = Relay::start(&url, &[]).await;
        let proxy = Proxy::to(&relay.address).await;
        let page = open_receiving(&proxy.address.to_string()).await;
        moment(&page, &mut fault).await;
        proxy.cut();
        page.until_cut_off().await;
        proxy.mend();
        page.until_connected().await;
        assert_received_whole(&page, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_killed_relay_costs_a_page_that_receives_nothing() {
    repeat("receiving page: relay killed", async |mut fault| {
        let (url, amqp) = start().await;
        let mut relay = Relay::start(&url, &[]).await;
        let page = open_receiving(&relay.address).await;
        moment(&page, &mut fault).await;
        relay.program.kill();
        relay.program.ended().await;
        page.until_cut_off().await;
        let _again = Relay::start_on(&relay.address, &url, &[]).await;
        page.until_connected().await;
        assert_received_whole(&page, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_cut_line_to_the_broker_costs_a_page_that_receives_nothing() {
    repeat("receiving page: line to the broker cut", async |mut fault| {
        let (url, amqp) = start().await;
        let proxy = Proxy::start(&url).await;
        let relay = Relay::start(&proxy.amqp_url(), &[]).await;
        let page = open_receiving(&relay.address).await;
        moment(&page, &mut fault).await;
        proxy.cut();
        page.until_cut_off().await;
        proxy.mend();
        page.until_connected().await;
        assert_received_whole(&page, &amqp).await;
    })
    .await;
}
