//! How long frames take while 100,000 messages are kept and 1,000 more arrive each second.
//!
//! It asserts that all of it works, and prints the figures: they depend on the machine and on
//! what else runs on it.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::interval;
use warren_tests::{
    amqp::{Amqp, QUEUE},
    mover::{SOURCE, TARGET},
    moves::{Summary, dead_letters, die},
    node::{self, Rabbit},
    page::Page,
    relay::Relay,
};

use crate::start;

const KEPT: usize = 100_000;
/// As many messages, so often: 1,000 a second.
const SOME: usize = 20;
const PACE: Duration = Duration::from_millis(20);

/// What is done in each frame, and what comes of it: the frames' times in milliseconds.
const MEASURE: &str = "
    const [what, done] = arguments;
    const list = document.querySelector('[role=log]');
    const scroller = list.closest('.scroller') ?? list;
    const filter = document.querySelector('input[type=search]');
    const body = document.querySelector('textarea');
    const type = (field, text) => {
        field.value = text;
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    };
    const each = {
        follow: () => {},
        scroll: (frame) => { scroller.scrollTop = (frame * 9973) % scroller.scrollHeight; },
        filter: (frame) => { if (frame % 60 === 0) type(filter, ['', 'x', 'xx', 'nothing'][frame / 60 % 4]); },
        choose: (frame) => {
            const rows = document.querySelectorAll('[role=log] .message');
            if (frame % 10 === 0) rows[frame % rows.length]?.click();
        },
        tick: (frame) => {
            const press = (key) => list.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey: key === 'X', bubbles: true }));
            if (frame % 30 === 0) press(frame % 60 === 0 ? 'X' : 'Escape');
            scroller.scrollTop = (frame * 9973) % scroller.scrollHeight;
        },
        type: (frame) => { if (frame % 6 === 0) type(body, 'x'.repeat(frame)); },
    }[what];
    const times = [];
    let [frame, last] = [0, performance.now()];
    const next = (now) => {
        if (frame > 0) times.push(now - last);
        last = now;
        if (frame === 300) {
            times.sort((one, other) => one - other);
            const at = (part) => times[Math.floor((times.length - 1) * part)].toFixed(0);
            done(`p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)} ms`);
            return;
        }
        each(frame);
        frame += 1;
        requestAnimationFrame(next);
    };
    requestAnimationFrame(next);";

#[tokio::test]
async fn a_hundred_thousand_messages_can_be_scrolled_filtered_and_selected_while_more_arrive() {
    let (page, _relay, amqp) = start().await;
    for part in 1..=10 {
        amqp.fill(QUEUE, KEPT / 10, 100).await;
        page.until_received(KEPT / 10 * part).await;
    }
    let measure = async {
        for what in ["follow", "scroll", "filter", "choose", "tick", "type"] {
            let frames = page.browser.driver().execute_async(MEASURE, vec![what.into()]).await;
            println!("{KEPT} kept, 1,000 per second, {what}: {}", frames.unwrap().json());
        }
    };
    tokio::select! {
        () = measure => {}
        () = trickle(&amqp) => {}
    }
    page.browser.assert_console_clean().await;
}

async fn trickle(amqp: &Amqp) {
    let mut pace = interval(PACE);
    loop {
        pace.tick().await;
        amqp.fill(QUEUE, SOME, 100).await;
    }
}

/// Keeps the page's WebAssembly instance where the test finds it.
const KEEP_WASM: &str = "
    addEventListener('TrunkApplicationStarted', ({ detail }) => { window.wasm = detail.wasm; });";

#[tokio::test]
async fn the_tabs_memory_is_flat_once_the_view_is_full() {
    let (page, relay, amqp) = start().await;
    keep_wasm(&page, &relay).await;
    page.receive().await;
    let mut memory = Vec::new();
    for part in 1..=30 {
        amqp.fill(QUEUE, KEPT / 10, 100).await;
        page.until_received(KEPT / 10 * part).await;
        if part % 10 == 0 {
            memory.push(memory_mib(&page).await);
        }
    }
    assert_flat(&memory);
}

#[tokio::test]
async fn the_tabs_memory_is_flat_while_it_watches_and_every_event_is_seen_or_counted() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.fill(QUEUE, 0, 1).await;
    node::trace_on(Rabbit::V3, &url).await;
    let relay = Relay::ready(&url, &["--queue", QUEUE]).await;
    let page = Page::open_only(&relay).await;
    keep_wasm(&page, &relay).await;
    page.choose("Watch").await;
    page.browser.until_text("copies of what is published to and delivered from hello").await;
    let mut memory = Vec::new();
    for part in 1..=30 {
        amqp.fill(QUEUE, KEPT / 10, 100).await;
        let counted = format!(
            "['published', 'delivered', 'missed'].map((name) => Number(document.querySelector(\
             `[data-counter=${{name}}]`).dataset.value)).reduce((a, b) => a + b) === {}",
            KEPT / 10 * part
        );
        page.browser.until("all is seen or missed", &counted).await;
        if part % 10 == 0 {
            memory.push(memory_mib(&page).await);
        }
    }
    assert_flat(&memory);
    amqp.until_counts_of(QUEUE, u32::try_from(3 * KEPT).unwrap(), 0).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn the_tabs_memory_is_flat_while_it_moves_dead_letters() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    dead_letters(&amqp, KEPT as u64).await;
    let relay = Relay::ready(&url, &["--queue", SOURCE, "--queue", TARGET]).await;
    let page = Page::open_only(&relay).await;
    keep_wasm(&page, &relay).await;
    // What the page does at most: the figure to compare with.
    page.send_to(TARGET).await;
    let since = Instant::now();
    page.repeat(&"x".repeat(100), KEPT as u64).await;
    for part in 1..=10 {
        page.until_repeated((KEPT / 10 * part) as u64).await;
    }
    let sent = KEPT as f64 / since.elapsed().as_secs_f64();
    amqp.purge_queue(TARGET).await;
    page.receive_by_hand(SOURCE).await;
    let mut memory = Vec::new();
    for round in 0..3 {
        if round > 0 {
            die(&amqp, KEPT as u64).await;
        }
        let since = Instant::now();
        page.move_all(KEPT as u64).await;
        for part in 1..=10 {
            page.until_moved((KEPT / 10 * part) as u64).await;
        }
        let Summary { moved, total, notes } = page.move_over().await;
        let moves = KEPT as f64 / since.elapsed().as_secs_f64();
        assert_eq!((moved, total, notes), (KEPT as u64, KEPT as u64, vec![]));
        println!("{moves:.0} moved a second, {:.2} of {sent:.0} sent a second", moves / sent);
        amqp.until_counts_of(TARGET, u32::try_from(KEPT).unwrap(), 0).await;
        amqp.purge_queue(TARGET).await;
        page.close_move().await;
        memory.push(memory_mib(&page).await);
    }
    assert_flat(&memory);
    page.browser.assert_console_clean().await;
}

/// Opens the page anew so that [`memory_mib`] can tell of it.
async fn keep_wasm(page: &Page, relay: &Relay) {
    let keep = json!({ "source": KEEP_WASM });
    let cdp = page.browser.driver().cdp();
    cdp.send_raw("Page.addScriptToEvaluateOnNewDocument", keep).await.unwrap();
    page.browser.go_to(&relay.url()).await;
    page.until_connected().await;
}

/// What the tab's scripts and its WebAssembly take, in MiB.
async fn memory_mib(page: &Page) -> u64 {
    let cdp = page.browser.driver().cdp();
    cdp.send_raw("HeapProfiler.collectGarbage", json!({})).await.unwrap();
    let bytes = "return performance.memory.usedJSHeapSize + wasm.memory.buffer.byteLength;";
    page.browser.eval(bytes, Vec::new()).await.as_u64().unwrap() >> 20
}

fn assert_flat(memory: &[u64]) {
    println!("MiB after each {KEPT} messages: {memory:?}");
    // Nothing but noise: 100,000 more messages of 100 bytes would be 30 MiB.
    assert!(memory[2] <= memory[1] + 8, "{memory:?} MiB");
    assert!(memory[1] <= memory[0] + memory[0] / 2, "{memory:?} MiB");
}
