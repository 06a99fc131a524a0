//! What is measured in Chromium: a plain echo, the page, and amqp-client.js.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use warren_tests::{browser::Browser, page::Page, relay::Relay};

use crate::{
    load::Load,
    sockets::{self, Server},
};

/// Deliveries that are not acknowledged yet: the page's.
const PREFETCH: usize = 2_000;
/// Bytes of one `publish`, roughly: the page's.
const PUBLISH_BYTES: usize = 256 * 1024;

/// amqp-client.js in a vhost of its own, by a plain relay that passes its bytes on.
pub(crate) struct AmqpPeer {
    relay: Server,
    vhost: String,
    script: String,
}

impl AmqpPeer {
    /// In the vhost at `url`, which is one of the tests' node.
    pub(crate) async fn new(url: &str) -> Self {
        let (_, rest) = url.split_once('@').unwrap();
        let (broker, vhost) = rest.split_once('/').unwrap();
        let script = xtask::npm::AMQP_CLIENT.file().unwrap();
        Self {
            relay: sockets::amqp_relay(broker.to_owned()).await,
            vhost: vhost.to_owned(),
            script: std::fs::read_to_string(script).unwrap(),
        }
    }
}

/// Milliseconds of each message that was clicked.
pub(crate) struct Clicks {
    /// From the click until its row is painted.
    pub(crate) painted: Vec<f64>,
    /// From the socket's `send` until its delivery is there.
    pub(crate) sockets: Vec<f64>,
}

/// WebSocket messages per second, each way, of `bytes` bytes.
pub(crate) async fn echo(browser: &Browser, server: &Server, bytes: usize, count: usize) -> f64 {
    let url = go_to(browser, server).await;
    let arguments = vec![url.into(), bytes.into(), count.into()];
    let ms = run(browser, include_str!("js/echo.js"), arguments).await;
    count as f64 / number(&ms) * 1000.0
}

/// Messages per second through the page: sent by its repeat, confirmed, received and shown.
pub(crate) async fn throughput(page: &Page, load: Load) -> f64 {
    page.write(&load.body()).await;
    // The form stays open from one run to the next.
    let is_open = "return document.getElementById('repeat-total') !== null;";
    if page.browser.eval(is_open, Vec::new()).await != Value::Bool(true) {
        page.browser.click("button", "Repeat…").await;
    }
    page.browser.fill("spinbutton", "How many", &load.count.to_string()).await;
    let ms = run(&page.browser, include_str!("js/repeat.js"), vec![load.count.into()]).await;
    load.count as f64 / number(&ms) * 1000.0
}

/// Watches in the page while `work` lets so many events pass: events a second, and how many were missed.
pub(crate) async fn watch(
    page: &Page,
    count: usize,
    work: impl Future<Output = f64>,
) -> (f64, f64) {
    const COUNTED: &str = "
        const counters = ['published', 'delivered', 'missed'];
        const counter = (name) => document.querySelector(`[data-counter=${name}]`);
        return counters.reduce((sum, name) => sum + Number(counter(name)?.dataset.value ?? 0), 0);";
    let before = page.browser.eval(COUNTED, Vec::new()).await;
    let script = run(&page.browser, include_str!("js/watch.js"), vec![before, count.into()]);
    let (seen, _) = tokio::join!(script, work);
    let missed = number(&seen["missed"]);
    ((count as f64 - missed) / number(&seen["ms"]) * 1000.0, missed)
}

/// Milliseconds from before `publish`, of one message at a time, until the watching page has painted it;
/// the first `skip` are not told.
pub(crate) async fn watch_delays(
    page: &Page,
    count: usize,
    skip: usize,
    publish: impl AsyncFn(),
) -> Vec<f64> {
    page.browser.eval(include_str!("js/watch_times.js"), Vec::new()).await;
    let mut times = Vec::with_capacity(count);
    for at in 0..skip + count {
        let begun = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1000.0;
        publish().await;
        let painted = format!("window.publishedAt[{at}]");
        page.browser.until("the event is painted", &painted).await;
        let painted = page.browser.eval(&format!("return {painted};"), Vec::new()).await;
        times.push(number(&painted) - begun);
    }
    times.split_off(skip)
}

/// One message at a time through the page, by its button; the first `skip` are not told.
pub(crate) async fn clicks(page: &Page, relay: &Relay, count: usize, skip: usize) -> Clicks {
    before_page(&page.browser, include_str!("js/watch_sockets.js")).await;
    page.go_to(relay).await;
    let times =
        run(&page.browser, include_str!("js/click.js"), vec![count.into(), skip.into()]).await;
    Clicks { painted: numbers(&times["painted"]), sockets: numbers(&times["sockets"]) }
}

/// p99 of the animation frames, in milliseconds, while the list is scrolled through.
pub(crate) async fn scrolling(page: &Page) -> f64 {
    const FRAMES: usize = 120;
    number(&run(&page.browser, include_str!("js/scroll.js"), vec![FRAMES.into()]).await)
}

/// One message at a time with amqp-client.js, in milliseconds; the first `skip` are not told.
pub(crate) async fn amqp_client_latencies(
    browser: &Browser,
    peer: &AmqpPeer,
    count: usize,
    skip: usize,
) -> Vec<f64> {
    let url = go_to(browser, &peer.relay).await;
    let AmqpPeer { script, vhost, .. } = peer;
    let arguments =
        vec![script.as_str().into(), url.into(), vhost.as_str().into(), count.into(), skip.into()];
    numbers(&run(browser, include_str!("js/amqp_client_latencies.js"), arguments).await)
}

/// Messages per second through amqp-client.js, as its README uses it or `tuned`, once it is warm.
pub(crate) async fn amqp_client_throughput(
    browser: &Browser,
    peer: &AmqpPeer,
    load: Load,
    tuned: bool,
) -> f64 {
    let url = go_to(browser, &peer.relay).await;
    let AmqpPeer { script, vhost, .. } = peer;
    let arguments = vec![
        script.as_str().into(),
        url.into(),
        vhost.as_str().into(),
        tuned.into(),
        load.bytes.into(),
        json!([load.warm_up().count, load.count]),
        load.window().into(),
        PREFETCH.into(),
    ];
    let ms = run(browser, include_str!("js/amqp_client_throughput.js"), arguments).await;
    load.count as f64 / number(&ms) * 1000.0
}

/// Messages per second through a small client of the relay's protocol in JavaScript, once it is warm.
pub(crate) async fn relay_client_throughput(browser: &Browser, url: &str, load: Load) -> f64 {
    // An empty page, of an origin that the relay lets in.
    let blank = sockets::echo().await;
    go_to(browser, &blank).await;
    let origin = format!("http://{}", blank.address);
    let relay = Relay::start(url, &["--origin", &origin]).await;
    let at_once = (PUBLISH_BYTES / load.bytes).clamp(1, load.window() / 2);
    let arguments = vec![
        format!("ws://{}/ws", relay.address).into(),
        load.bytes.into(),
        json!([load.warm_up().count, load.count]),
        load.window().into(),
        PREFETCH.into(),
        at_once.into(),
    ];
    let ms = run(browser, include_str!("js/relay_client_throughput.js"), arguments).await;
    browser.go_to("about:blank").await;
    load.count as f64 / number(&ms) * 1000.0
}

/// Milliseconds from navigation until the page is connected and ready to send, with nothing in
/// the browser's cache, and the bytes that went over the wire for it.
pub(crate) async fn first_load(relay: &Relay) -> (f64, f64) {
    const BYTES: &str = "
        const entries = [...performance.getEntriesByType('navigation'),
            ...performance.getEntriesByType('resource')];
        return entries.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);";
    let browser = Browser::open("about:blank").await;
    before_page(&browser, include_str!("js/first_load.js")).await;
    browser.go_to(&relay.url()).await;
    browser.until("the page is ready", "window.readyMs").await;
    let ms = browser.eval("return window.readyMs;", Vec::new()).await;
    let bytes = browser.eval(BYTES, Vec::new()).await;
    (number(&ms), number(&bytes))
}

/// Opens the server's empty page, and gives the address of its WebSocket.
async fn go_to(browser: &Browser, server: &Server) -> String {
    browser.go_to(&format!("http://{}", server.address)).await;
    format!("ws://{}", server.address)
}

async fn before_page(browser: &Browser, source: &str) {
    let cdp = browser.driver().cdp();
    let source = json!({ "source": source });
    cdp.send_raw("Page.addScriptToEvaluateOnNewDocument", source).await.unwrap();
}

async fn run(browser: &Browser, script: &str, arguments: Vec<Value>) -> Value {
    match browser.driver().execute_async(script, arguments).await {
        Ok(done) => done.json().clone(),
        Err(error) => {
            let file = browser.screenshot("bench-failed").await;
            panic!("{error}\nscreenshot: {}\nscript:\n{script}", file.display());
        }
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number, but {value}"))
}

fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().unwrap_or_else(|| panic!("no numbers, but {value}"));
    values.iter().map(number).collect()
}
