//! The page itself, in Chromium: it sends, something breaks, and another client counts what
//! arrives.

use serde_json::{Value, json};
use warren_tests::{
    amqp::{Amqp, Shape},
    browser::Browser,
    fault::{Fault, repeat},
    flow::Flow,
    node,
    own_node::OwnNode,
    page::Page,
    proxy::Proxy,
    relay::Relay,
};

/// Messages that the page sends. It draws after each click, so some 20 to 200 a second.
const COUNT: u64 = 300;
/// How many may take as long as a test waits for anything.
const STEP: usize = 50;

/// Writes each number into the message body and clicks Send; reloads the page after one of them.
const SEND: &str = "
    const [first, last, reload] = arguments;
    const body = document.getElementById('body');
    const isSend = (button) => button.textContent.trim() === 'Send';
    const send = [...document.querySelectorAll('button')].find(isSend);
    window.sending = true;
    (async () => {
        for (let number = first; number <= last; number += 1) {
            body.value = number;
            send.click();
            await new Promise((done) => setTimeout(done));
            sessionStorage.setItem('sent', number);
            if (number === reload) {
                location.reload();
                return;
            }
        }
    })();";

/// The page's outbox is empty, and nothing in it has failed.
const ALL_CONFIRMED: &str = "
    !find('list', 'Sent').querySelector('[data-state]:not([data-state=confirmed])')";

/// A page that only sends, at this address of a relay.
async fn open(address: &str) -> Page {
    let page = Page { browser: Browser::open(&format!("http://{address}")).await };
    page.until_connected().await;
    page.set_receiving(false).await;
    page
}

async fn send(page: &Page, first: u64, reload: Option<u64>) {
    let arguments: Vec<Value> = vec![json!(first), json!(COUNT), json!(reload)];
    page.browser.eval(SEND, arguments).await;
}

async fn until_sent(page: &Page, count: u64) {
    for count in (0..count).step_by(STEP).chain([count]) {
        let condition = format!("Number(sessionStorage.getItem('sent')) >= {count}");
        page.browser.until(&format!("{count} messages are handed in"), &condition).await;
    }
}

/// Sends all and waits for this repetition's moment.
async fn moment(page: &Page, fault: &mut Fault) {
    send(page, 1, None).await;
    until_sent(page, fault.moment_of(COUNT)).await;
}

/// Everything that was handed in is confirmed, and has arrived.
async fn assert_whole(page: &Page, flow: Flow, amqp: &Amqp) {
    until_sent(page, COUNT).await;
    // The relay may wait up to 30 s before it tries again; the flow waits that long.
    flow.until_broker("up").await;
    page.until_connected().await;
    page.browser.until("every message is confirmed", ALL_CONFIRMED).await;
    flow.arrived(amqp, <[u64]>::is_empty).await.assert_whole();
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
        let flow = Flow::receiving(&relay.address, COUNT);
        let moment = fault.moment_of(COUNT);
        send(&page, 1, Some(moment)).await;
        until_sent(&page, moment).await;
        page.browser.until("the page is reloaded", "!window.sending").await;
        page.until_connected().await;
        send(&page, moment + 1, None).await;
        assert_whole(&page, flow, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_killed_relay_costs_the_page_nothing() {
    repeat("page: relay killed", async |mut fault| {
        let (url, amqp) = start().await;
        let mut relay = Relay::start(&url, &[]).await;
        let page = open(&relay.address).await;
        let flow = Flow::receiving(&relay.address, COUNT);
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
        let flow = Flow::receiving(&relay.address, COUNT);
        moment(&page, &mut fault).await;
        proxy.cut();
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
        let page = open(&relay.address).await;
        let flow = Flow::receiving(&relay.address, COUNT);
        moment(&page, &mut fault).await;
        proxy.silence();
        flow.until_broker("down").await;
        proxy.mend();
        assert_whole(&page, flow, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_is_stopped_and_started_costs_the_page_nothing() {
    repeat("page: broker stopped and started", async |mut fault| {
        let mut taken = OwnNode::take().await;
        let node = taken.as_mut().unwrap();
        let amqp = Amqp::connect(node.url()).await;
        amqp.delete().await;
        amqp.declare(Shape::Durable).await;
        let relay = Relay::start(node.url(), &[]).await;
        let page = open(&relay.address).await;
        let flow = Flow::receiving(&relay.address, COUNT);
        moment(&page, &mut fault).await;
        node.stop().await;
        flow.until_broker("down").await;
        node.start_again().await;
        let amqp = Amqp::connect(node.url()).await;
        assert_whole(&page, flow, &amqp).await;
    })
    .await;
}
