//! Everything by keyboard alone, and the focus is always seen.

use std::collections::BTreeSet;

use thirtyfour::Key;
use warren_tests::page::Page;

use crate::start;

/// What has the focus, as `role name`, radio buttons by their group; and whether that is seen.
const FOCUSED: &str = "
    const element = document.activeElement;
    if (element === document.body) return null;
    const shown = element.classList.contains('unseen') ? element.parentElement : element;
    const style = getComputedStyle(shown);
    const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    const box = shown.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return [(window.nameOf)(element), seen, inside];";

/// Every element that the keyboard must reach, named likewise: by what does not change while the
/// test goes from one to the next, as the counts in a queue's button do.
const FOCUSABLE: &str = "
    window.nameOf = (element) => element.type === 'radio' ? `radio ${element.name}`
        : element.closest('[data-queue]') ? `queue ${element.closest('[data-queue]').dataset.queue}`
        : `${element.tagName} ${element.getAttribute('aria-label') || element.id || element.innerText}`
            .replace(/[\\s\\d]+/g, ' ');
    const all = 'a[href], button, input, select, textarea, summary, [tabindex]';
    return [...document.querySelectorAll(all)]
        .filter((element) => element.getClientRects().length && !element.disabled && element.tabIndex >= 0)
        .map(window.nameOf);";

/// Goes through the whole page with Tab: every control is reached, and is seen to have the focus.
async fn assert_all_reached(page: &Page, state: &str) {
    let wanted = page.browser.eval(FOCUSABLE, Vec::new()).await;
    let wanted: BTreeSet<String> = serde_json::from_value(wanted).unwrap();
    page.browser.eval("document.activeElement.blur(); scrollTo(0, 0);", Vec::new()).await;
    let mut reached = BTreeSet::new();
    for _ in 0..wanted.len() + 20 {
        page.browser.press(Key::Tab).await;
        let focused = page.browser.eval(FOCUSED, Vec::new()).await;
        let Ok((name, seen, inside)) = serde_json::from_value::<(String, bool, bool)>(focused)
        else {
            continue;
        };
        assert!(seen, "{state}: nothing shows that {name:?} has the focus");
        assert!(inside, "{state}: {name:?} has the focus and is out of sight");
        reached.insert(name);
    }
    let missed: Vec<&String> = wanted.difference(&reached).collect();
    assert!(missed.is_empty(), "{state}: Tab never reached {missed:#?}, only {reached:#?}");
}

#[tokio::test]
async fn tab_reaches_every_control_and_each_shows_its_focus() {
    let (page, _relay, amqp) = start().await;
    page.acknowledge("Manual").await;
    page.browser.click("summary", "Properties").await;
    page.browser.click("button", "Add header").await;
    for theme in ["light", "dark"] {
        page.browser.look(1280, 900, theme).await;
        assert_all_reached(&page, theme).await;
    }
    page.browser.click("button", "Remove header 1").await;
    amqp.publish(b"one").await;
    page.until_received(1).await;
    page.open_details(1).await;
    page.browser.look(360, 800, "light").await;
    assert_all_reached(&page, "narrow, with details").await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_message_is_sent_found_read_and_settled_without_a_mouse() {
    let (page, _relay, amqp) = start().await;
    let browser = &page.browser;
    let focus_on = async |what: &str, is: &str| {
        for _ in 0..60 {
            browser.press(Key::Tab).await;
            let found = browser.eval(&format!("return Boolean({is});"), Vec::new()).await;
            if found.as_bool() == Some(true) {
                return;
            }
        }
        panic!("Tab never reached {what}");
    };
    let text = |text: &str| format!("document.activeElement.textContent === '{text}'");

    focus_on("the manual mode", "document.activeElement.name === 'acknowledge'").await;
    browser.press(Key::Right).await;
    browser.eval("document.activeElement.blur();", Vec::new()).await;
    focus_on("the body", "document.activeElement.id === 'body'").await;
    browser.press(Key::End).await;
    browser.press(" Again.").await;
    focus_on("Send", &text("Send")).await;
    browser.press(Key::Enter).await;
    page.until_confirmed(1).await;
    for body in ["second", "third"] {
        amqp.publish(body.as_bytes()).await;
    }
    page.until_received(3).await;

    let marked = |number: usize| {
        format!("document.querySelector('.message[aria-current]')?.dataset.number === '{number}'")
    };
    focus_on("the list", "document.activeElement.getAttribute('role') === 'log'").await;
    browser.press(Key::End).await;
    browser.until("End marks the newest", &marked(3)).await;
    browser.press(Key::Up).await;
    browser.until("Up marks the one before", &marked(2)).await;
    browser.press(Key::Enter).await;
    let shows = |number: usize| {
        format!("find('region', 'Details')?.querySelector('h3').textContent === 'Message {number}'")
    };
    browser.until("Enter opens the details", &shows(2)).await;
    browser.press(Key::Home).await;
    browser.until("the details follow the mark", &shows(1)).await;
    browser.press(Key::Down).await;
    browser.until("and again", &shows(2)).await;
    browser.press(Key::Escape).await;
    browser.until("Escape closes them", "!find('region', 'Details')").await;

    for (number, button, ack_state) in
        [(1, "Ack", "acknowledged"), (2, "Reject", "rejected"), (3, "Ack", "acknowledged")]
    {
        focus_on(
            button,
            &format!(
                "{} && document.activeElement.closest('[data-number=\"{number}\"]')",
                text(button)
            ),
        )
        .await;
        browser.press(Key::Enter).await;
        let is = format!("row?.dataset.ackState === '{ack_state}'");
        page.until_row_is(number, &format!("is {ack_state}"), &is).await;
    }

    browser.press("/").await;
    browser.until("/ goes to the filter", "document.activeElement.type === 'search'").await;
    browser.press("seco").await;
    browser.until_text("1 of 3").await;
    assert_eq!(page.rows().await, ["second"]);
    browser.press(Key::Escape).await;
    browser.until("Escape empties the filter", "document.activeElement.value === ''").await;
    browser.assert_console_clean().await;
    browser.go_to("about:blank").await;
    amqp.until_counts(0, 0).await;
}

#[tokio::test]
async fn enter_ends_what_an_input_method_composes_and_does_not_send_it() {
    let (page, _relay, _amqp) = start().await;
    let browser = &page.browser;
    page.write("\u{4f60}\u{597d}").await;
    // Chromium's driver has no input method: the key is pressed as one presses it.
    let press = |composing: bool| {
        format!(
            "document.getElementById('body').dispatchEvent(new KeyboardEvent('keydown', {{ key: \
             'Enter', ctrlKey: true, bubbles: true, isComposing: {composing} }}));"
        )
    };
    browser.eval(&press(true), Vec::new()).await;
    browser.eval(&press(false), Vec::new()).await;
    // Messages keep their order: with this one all are there.
    page.send("last").await;
    page.until_row("last").await;
    page.assert_counter("received", 2).await;
    browser.assert_console_clean().await;
}

/// A phone writes the first letter large and mends words; a translator puts its own elements into
/// the page, over which Yew fails.
#[tokio::test]
async fn nothing_rewrites_what_is_typed_or_shown() {
    let (page, _relay, _amqp) = start().await;
    let browser = &page.browser;
    browser.click("summary", "Properties").await;
    browser.click("button", "Add header").await;
    let rewritten = browser
        .eval(
            "return [...document.querySelectorAll('textarea, input[type=text], input[type=search]')]
                .filter((field) => ['autocapitalize', 'autocorrect'].some((name) =>
                        field.getAttribute(name) !== 'off') || field.spellcheck)
                .map((field) => field.id || field.ariaLabel);",
            Vec::new(),
        )
        .await;
    assert_eq!(rewritten, serde_json::json!([]), "a phone would change what is typed there");
    let translated = browser.eval("return document.documentElement.translate;", Vec::new()).await;
    assert_eq!(translated, serde_json::json!(false));
}
