//! The page itself, in Chromium: it moves dead letters back to the queue in which they died, or sends an
//! exported file again, and something breaks. Afterwards each message is where the page says, counted by
//! its name, and the page goes on.

use std::{collections::BTreeMap, fs};

use warren_tests::{
    amqp::{Amqp, QUEUE, Shape},
    browser::Browser,
    fault::repeat,
    mover::{SOURCE, TARGET},
    moves::{Summary, dead_letters},
    node,
    page::Page,
    relay::Relay,
};

use crate::moving::{names, until_free};

const COUNT: u64 = 20_000;
const QUEUES: [&str; 4] = ["--queue", SOURCE, "--queue", TARGET];
/// Half of the window: what a move has in flight at most.
const IN_FLIGHT: u64 = 1_000;

/// So many dead letters, a relay at both queues, and a page that receives them.
async fn start() -> (String, Amqp, Relay, Page) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    dead_letters(&amqp, COUNT).await;
    let relay = Relay::ready(&url, &QUEUES).await;
    let page = Page { browser: Browser::open(&relay.url()).await };
    page.until_connected().await;
    page.receive_by_hand(SOURCE).await;
    (url, amqp, relay, page)
}

async fn ready(amqp: &Amqp, queue: &str) -> u64 {
    amqp.counts_of(queue).await.unwrap().0.into()
}

/// How many messages the source has, unsettled ones too.
async fn in_source(url: &str) -> u64 {
    let vhost = node::vhost_of(url);
    let args = ["list_queues", "-q", "-p", vhost, "--no-table-headers", "name", "messages"];
    let queues = node::ctl(&args).await;
    let count = queues.lines().find_map(|line| line.strip_prefix(SOURCE)).unwrap();
    count.trim().parse().unwrap()
}

/// The page moves what is left in the source, so many, and leaves: nothing is in the source, and each
/// message in the target. Gives how many are there once more, with the same name.
async fn go_on(page: &Page, amqp: &Amqp, left: u64) -> u64 {
    let before = ready(amqp, TARGET).await;
    page.move_all(left).await;
    let Summary { moved, total, notes } = page.move_over().await;
    assert_eq!((moved, total, notes), (left, left, vec![]));
    page.browser.assert_console_clean().await;
    page.browser.go_to("about:blank").await;
    amqp.until_counts_of(SOURCE, 0, 0).await;
    assert_eq!(ready(amqp, TARGET).await, before + left);
    let in_target = names(amqp, TARGET).await;
    assert!(in_target.keys().copied().eq(1..=COUNT), "{} of {COUNT}", in_target.len());
    before + left - COUNT
}

#[tokio::test]
async fn a_page_moves_all_dead_letters_back_to_where_they_died() {
    let (_, amqp, _relay, page) = start().await;
    page.move_all(COUNT).await;
    let Summary { moved, total, notes } = page.move_over().await;
    assert_eq!((moved, total, notes), (COUNT, COUNT, vec![]));
    page.browser.assert_console_clean().await;
    page.browser.go_to("about:blank").await;
    amqp.until_counts_of(SOURCE, 0, 0).await;
    let once: BTreeMap<u64, usize> = (1..=COUNT).map(|number| (number, 1)).collect();
    assert_eq!(names(&amqp, TARGET).await, once);
}

#[tokio::test]
async fn a_killed_relay_ends_a_pages_move_which_tells_the_truth_and_is_gone_on_with() {
    repeat("page moves: relay killed", async |mut fault| {
        let (url, amqp, mut relay, page) = start().await;
        page.move_all(COUNT).await;
        page.until_moved(fault.among(COUNT / 10..COUNT / 2)).await;
        relay.program.kill();
        relay.program.ended().await;
        let Summary { moved, total, notes } = page.move_over().await;
        assert!(notes[0].contains("the link to the relay was lost"), "{notes:?}");
        until_free(&amqp).await;
        let (source, target) = (ready(&amqp, SOURCE).await, ready(&amqp, TARGET).await);
        let unconfirmed = number_before(&notes, " on the way without a confirm");
        let left = number_before(&notes, &format!(" left in {SOURCE}."));
        assert!((moved..=moved + unconfirmed).contains(&target), "{target}: {moved}, {notes:?}");
        assert!(source >= unconfirmed + left && source + target >= COUNT, "{source}: {notes:?}");
        assert_eq!(moved + unconfirmed + left, total, "{notes:?}");
        let _again = Relay::start_on(&relay.address, &url, &QUEUES).await;
        page.until_connected().await;
        // What Chromium itself says of each try to connect while there was no relay.
        let said = page.browser.console().await;
        assert!(said.iter().all(|line| line.contains("ERR_CONNECTION_REFUSED")), "{said:#?}");
        page.close_move().await;
        assert_eq!(go_on(&page, &amqp, source).await, source + target - COUNT);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_is_reloaded_in_the_middle_of_a_move_goes_on_with_it() {
    repeat("page moves: page reloaded", async |mut fault| {
        let (url, amqp, _relay, page) = start().await;
        page.move_all(COUNT).await;
        page.until_moved(fault.among(COUNT / 10..COUNT / 2)).await;
        page.browser.reload().await;
        page.until_connected().await;
        page.browser.until_text("during a move from dead to orders: ").await;
        let text = page.browser.text().await;
        let (_, said) = text.split_once("during a move from dead to orders: ").unwrap();
        let (moved, _) = said.split_once(" of 20,000 moved. ").unwrap();
        let moved: u64 = moved.replace(',', "").parse().unwrap();
        page.set_receiving(false).await;
        until_free(&amqp).await;
        let target = ready(&amqp, TARGET).await;
        assert!((moved..=moved + IN_FLIGHT).contains(&target), "{target} for {moved}");
        // What came before the pause is still the page's, or on its way there.
        let left = in_source(&url).await;
        page.set_receiving(true).await;
        let twice = go_on(&page, &amqp, left).await;
        println!("page moves: page reloaded: {twice} messages are in the target twice");
    })
    .await;
}

#[tokio::test]
async fn a_move_that_is_stopped_has_moved_what_it_says_and_nothing_else() {
    repeat("page moves: stopped", async |mut fault| {
        let (_, amqp, _relay, page) = start().await;
        page.move_all(COUNT).await;
        page.until_moved(fault.among(COUNT / 10..COUNT / 2)).await;
        page.browser.click_in(("group", "Move"), "button", "Stop").await;
        let Summary { moved, total, notes } = page.move_over().await;
        let left = number_before(&notes, &format!(" left in {SOURCE}."));
        assert_eq!((notes.len(), notes[0].as_str(), total), (2, "Stopped.", COUNT), "{notes:?}");
        assert_eq!(moved + left, COUNT);
        assert_eq!(ready(&amqp, TARGET).await, moved);
        page.close_move().await;
        assert_eq!(go_on(&page, &amqp, left).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_killed_relay_costs_a_replay_nothing() {
    repeat("page replays: relay killed", async |mut fault| {
        let url = node::vhost().await;
        let amqp = Amqp::connect(&url).await;
        amqp.declare(Shape::Durable).await;
        let mut relay = Relay::ready(&url, &["--queue", QUEUE]).await;
        let page = Page::open_only(&relay).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.ndjson");
        let line = |number| {
            format!(
                "{{\"queue\":\"{QUEUE}\",\"properties\":{{\"message_id\":\"{number}\"}},\
                 \"body\":{{\"text\":\"{number}\"}}}}\n"
            )
        };
        fs::write(&path, (1..=COUNT).map(line).collect::<String>()).unwrap();
        page.browser.click("button", "Saved messages").await;
        let input = page.browser.find("file", "Replay\u{2026}").await;
        input.send_keys(path.to_str().unwrap()).await.unwrap();
        page.browser.click_in(("group", "Replay"), "button", "Start").await;
        until_replayed(&page, fault.among(COUNT / 10..COUNT / 2)).await;
        relay.program.kill();
        relay.program.ended().await;
        page.until_cut_off().await;
        assert!(!page.browser.holds(&replayed(COUNT)).await, "it was over before");
        let _again = Relay::start_on(&relay.address, &url, &["--queue", QUEUE]).await;
        page.until_connected().await;
        until_replayed(&page, COUNT).await;
        page.browser.until_text("20,000 of 20,000 confirmed").await;
        page.browser.until_text("Done in").await;
        let in_queue = names(&amqp, QUEUE).await;
        assert!(in_queue.keys().copied().eq(1..=COUNT), "{} of {COUNT}", in_queue.len());
    })
    .await;
}

async fn until_replayed(page: &Page, count: u64) {
    page.browser.until(&format!("{count} of the file are confirmed"), &replayed(count)).await;
}

fn replayed(count: u64) -> String {
    format!(
        "find('group', 'Replay')?.querySelector('[data-confirmed]')?.dataset.confirmed >= {count}"
    )
}

/// The number that one of the notes begins with, before these words; none is 0.
fn number_before(notes: &[String], words: &str) -> u64 {
    let said = notes.iter().find_map(|note| Some(note.split_once(words)?.0));
    said.map_or(0, |number| number.replace(',', "").parse().unwrap())
}
