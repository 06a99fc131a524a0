//! The Receive panel, and the queue's counts above it.

use warren_tests::{amqp::QUEUE, page::Page, wait};

use super::start;

#[tokio::test]
async fn an_empty_queue_is_waited_at_in_the_tutorials_words() {
    let (page, _relay, _amqp) = start().await;
    page.browser.until_text("[*] Waiting for messages.").await;
    page.until_queue(0, 1).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn every_body_is_shown_as_what_it_is_and_none_is_run() {
    let (page, _relay, amqp) = start().await;
    let script = "<script>alert(1)</script>";
    let long = "x".repeat(300);
    let shown = [
        (&b"first line\nsecond line"[..], "first line…"),
        ("\u{1f407} rabbit".as_bytes(), "\u{1f407} rabbit"),
        (script.as_bytes(), script),
        (b"", "(empty)"),
    ];
    for (body, _) in shown {
        amqp.publish(body).await;
    }
    amqp.publish(b"\xff\xfe\x00").await;
    amqp.publish(long.as_bytes()).await;
    page.until_received(shown.len() + 2).await;
    for (_, row) in shown {
        page.until_row(row).await;
    }
    let rows = "[...document.querySelectorAll('.message')]";
    let binary = format!("{rows}.some((row) => row.textContent.includes('binary'))");
    page.browser.until("a row is marked as binary", &binary).await;
    let cut = format!(
        "{rows}.map((row) => row.querySelector('.body').textContent)\
         .some((body) => body.startsWith('xxx') && body.length <= 201)"
    );
    page.browser.until("a long body is cut in its row", &cut).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_paused_page_says_how_many_messages_wait_and_gets_them_all_afterwards() {
    let (page, _relay, amqp) = start().await;
    page.browser.until_text("[*] Waiting for messages.").await;
    page.set_receiving(false).await;
    amqp.until_consumers(0).await;
    page.until_queue(0, 0).await;
    for number in 0..12 {
        amqp.publish(format!("{number}").as_bytes()).await;
    }
    page.until_queue(12, 0).await;
    page.browser.until_text("paused: 12 messages wait in hello").await;
    assert_eq!(page.received().await, 0);
    page.set_receiving(true).await;
    page.until_received(12).await;
    page.until_queue(0, 1).await;
    amqp.until_counts(0, 1).await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn two_pages_share_the_messages_out_and_say_so() {
    let (one, relay, amqp) = start().await;
    let other = Page::open(&relay).await;
    for page in [&one, &other] {
        page.until_queue(0, 2).await;
        let words = "2 consumers share hello: each message reaches only one of them";
        page.browser.until_text(words).await;
    }
    for number in 0..10 {
        amqp.publish(format!("{number}").as_bytes()).await;
    }
    let seen = || "the two pages together".to_owned();
    wait::until("10 messages are received", seen, async || {
        let both = one.received().await + other.received().await;
        assert!(both <= 10, "{both} were received");
        (both == 10).then_some(())
    })
    .await;
    assert_eq!((one.received().await, other.received().await), (5, 5));
    amqp.until_counts(0, 2).await;
    one.browser.assert_console_clean().await;
    other.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_page_that_is_closed_gives_back_what_it_has_not_settled() {
    let (page, relay, amqp) = start().await;
    page.until_queue(0, 1).await;
    drop(page);
    amqp.until_counts(0, 0).await;
    amqp.publish(b"for the next").await;
    let next = Page::open(&relay).await;
    next.until_row("for the next").await;
    next.browser.assert_console_clean().await;
}

#[tokio::test]
async fn who_has_scrolled_away_stays_there_and_is_told_how_many_are_new() {
    let (page, _relay, amqp) = start().await;
    amqp.fill(QUEUE, 500, 10).await;
    page.until_received(500).await;
    let at_end = "document.querySelector('[data-number=\"500\"]')";
    page.browser.until("the newest is in sight", at_end).await;
    let drawn = "return document.querySelectorAll('.message').length;";
    let drawn = page.browser.eval(drawn, Vec::new()).await.as_u64().unwrap();
    assert!(drawn < 150, "{drawn} rows are drawn");

    page.browser.eval("document.querySelector('[role=log]').scrollTop = 0;", Vec::new()).await;
    page.browser.until("the oldest is in sight", "find('group', 'Message 1')").await;
    amqp.fill(QUEUE, 12, 10).await;
    page.until_received(512).await;
    page.browser.find("button", "12 new \u{2193}").await;
    page.until_row_is(1, "is still in sight", "row").await;
    page.browser.click("button", "12 new \u{2193}").await;
    page.until_row_is(512, "is in sight", "row").await;
    page.browser.until("the button is gone", "!document.querySelector('.newest')").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn the_log_is_announced_as_a_summary_and_large_messages_leave_the_view_counted() {
    let (page, _relay, amqp) = start().await;
    amqp.publish(b"read this out").await;
    let announced = "[...document.querySelectorAll('[aria-live=polite]')]\
                     .some((element) => element.textContent === 'Received message 1: read this out')";
    page.browser.until("a single message is read out", announced).await;
    amqp.fill(QUEUE, 30, 10).await;
    page.until_received(31).await;
    let summed = "[...document.querySelectorAll('[aria-live=polite]')]\
                  .some((element) => /^Received \\d+ messages$/.test(element.textContent))";
    page.browser.until("many are summed up", summed).await;

    // 64 MiB are kept: the seven last of ten times 9 MiB.
    amqp.fill(QUEUE, 10, 9 * 1024 * 1024).await;
    page.until_received(41).await;
    page.assert_counter("kept", 7).await;
    page.assert_counter("dropped", 34).await;
    amqp.until_counts(0, 1).await;
    page.browser.assert_console_clean().await;
}

/// Asserts that nothing is wider than the screen, and that the document itself does not scroll: what
/// is long scrolls in its own part.
pub(crate) async fn assert_fits(page: &Page, state: &str) {
    // On narrow screens it is the main part that scrolls.
    const SIZES: &str = "const main = document.querySelector('main');
        const root = document.documentElement;
        return [[root.scrollWidth, innerWidth], [root.scrollHeight, innerHeight],
            [main.scrollWidth, main.clientWidth]];";
    let sizes = page.browser.eval(SIZES, Vec::new()).await;
    let [width, height, main]: [(u32, u32); 3] = serde_json::from_value(sizes).unwrap();
    for (what, (needed, there)) in [("wide", width), ("high", height), ("wide inside", main)] {
        assert!(needed <= there, "{state}: {needed} px {what}, and {there} px are there");
    }
}
