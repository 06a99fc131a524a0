//! Everything by keyboard alone, and the focus is always seen.

use std::collections::BTreeSet;

use thirtyfour::Key;
use warren_tests::page::Page;

use crate::start;

/// What has the focus, as `role name`, choices by their group; and whether that is seen. Of some
/// fields the frame shows it.
const FOCUSED: &str = "
    const element = document.activeElement;
    if (element === document.body) return null;
    const shown = element.closest('.filter, .pick') ?? element;
    const style = getComputedStyle(shown);
    const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
        && style.outlineColor !== 'rgba(0, 0, 0, 0)';
    const box = shown.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return [(window.nameOf)(element), seen, inside];";

/// Every element that the keyboard must reach, named likewise: by what does not change while the
/// test goes from one to the next, as the counts in a queue's button do.
const FOCUSABLE: &str = "
    window.nameOf = (element) => element.role === 'radio'
        ? `radio ${element.closest('[role=radiogroup]').ariaLabel}`
        : element.closest('[data-queue]') ? `queue ${element.closest('[data-queue]').dataset.queue}`
        : `${element.tagName} ${element.getAttribute('aria-label')
            || element.labels?.[0]?.textContent || element.id || element.innerText}`
            .replace(/[\\s\\d]+/g, ' ');
    const all = 'a[href], button, input, select, textarea, summary, [tabindex]';
    return [...document.querySelectorAll(all)]
        .filter((element) => element.checkVisibility() && !element.disabled && element.tabIndex >= 0)
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
    page.acknowledge("Manual ack").await;
    page.open_repeat().await;
    page.browser.click("button", "Add a header").await;
    for theme in ["light", "dark"] {
        page.browser.look(1280, 900, theme).await;
        assert_all_reached(&page, theme).await;
    }
    page.browser.click("button", "Remove new header").await;
    page.edit_property("priority").await;
    page.browser.click("radio", "File").await;
    page.browser.click("button", "Columns").await;
    assert_all_reached(&page, "a property, a file, the columns").await;
    page.browser.click("button", "Columns").await;
    page.browser.click("radio", "Text").await;
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

    focus_on("the mode", "document.activeElement.closest('[aria-label=Acknowledge]')").await;
    browser.press(Key::Right).await;
    let manual = "find('radio', 'Manual ack').ariaChecked === 'true' \
                  && document.activeElement === find('radio', 'Manual ack')";
    browser.until("the arrow key chooses the manual mode", manual).await;
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
        format!("find('region', 'Message')?.querySelector('h3').textContent === '#{number}'")
    };
    browser.until("Enter opens the details", &shows(2)).await;
    browser.press(Key::Home).await;
    browser.until("the details follow the mark", &shows(1)).await;
    browser.press(Key::Down).await;
    browser.until("and again", &shows(2)).await;
    browser.press(Key::Escape).await;
    browser.until("Escape closes them", "!find('region', 'Message')").await;

    for (number, button, ack_state) in
        [(1, "Ack", "acknowledged"), (2, "Reject", "rejected"), (3, "Ack", "acknowledged")]
    {
        // Tab goes through the buttons of the marked row.
        browser.press(Key::Home).await;
        for _ in 1..number {
            browser.press(Key::Down).await;
        }
        browser.until("it is marked", &marked(number)).await;
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
    page.until_rows(&["second"]).await;
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

/// The fields for text, and those of them in which a phone changes what is typed.
const REWRITTEN: &str = "
    const all = [...document.querySelectorAll('textarea, input[type=text], input[type=search]')];
    const rewritten = all.filter((field) => field.spellcheck
        || ['autocapitalize', 'autocorrect'].some((name) => field.getAttribute(name) !== 'off'));
    return [all, rewritten].map((fields) => fields.map((field) => field.id || field.ariaLabel));";

/// A phone writes the first letter large and mends words; a translator puts its own elements into
/// the page, over which Yew fails.
#[tokio::test]
async fn nothing_rewrites_what_is_typed_or_shown() {
    let (page, _relay, _amqp) = start().await;
    let browser = &page.browser;
    let assert_none = async |state: &str, fields: usize| {
        let [there, rewritten]: [Vec<String>; 2] =
            serde_json::from_value(browser.eval(REWRITTEN, Vec::new()).await).unwrap();
        assert_eq!(there.len(), fields, "{state}: {there:?}");
        assert!(rewritten.is_empty(), "{state}: a phone would change {rewritten:?}");
    };
    // The body, the filter, and what columns are added by.
    assert_none("at first", 3).await;
    page.edit_property("type").await;
    assert_none("a property", 4).await;
    browser.click("button", "Add a header").await;
    browser.find("textbox", "Header name").await;
    assert_none("a header", 5).await;
    browser.press_with_ctrl('k').await;
    browser.find("combobox", "Find an action").await;
    assert_none("the palette", 6).await;
    let translated = browser.eval("return document.documentElement.translate;", Vec::new()).await;
    assert_eq!(translated, serde_json::json!(false));
}

#[tokio::test]
async fn single_keys_mark_settle_and_go_to_the_filter_the_body_and_the_sheet() {
    let (page, _relay, amqp) = start().await;
    let browser = &page.browser;
    page.acknowledge("Manual ack").await;
    for body in ["first", "second", "third"] {
        amqp.publish(body.as_bytes()).await;
    }
    page.until_received(3).await;
    browser.eval("document.activeElement.blur();", Vec::new()).await;
    let marked = async |number: usize| {
        let is = format!(
            "document.querySelector('.message[aria-current]')?.dataset.number === '{number}'"
        );
        browser.until(&format!("message {number} is marked"), &is).await;
    };
    let until_ack_state = async |number: usize, ack_state: &str| {
        let is = format!("row?.dataset.ackState === '{ack_state}'");
        page.until_row_is(number, &format!("is {ack_state}"), &is).await;
    };
    browser.press("k").await;
    marked(3).await;
    browser.press("k").await;
    marked(2).await;
    browser.press("k").await;
    marked(1).await;
    browser.press("j").await;
    marked(2).await;
    browser.press("a").await;
    until_ack_state(2, "acknowledged").await;
    browser.press("j").await;
    marked(3).await;
    browser.press("r").await;
    until_ack_state(3, "given-back").await;
    until_ack_state(1, "open").await;
    // It comes again.
    page.until_received(4).await;
    amqp.until_counts(0, 1).await;

    browser.press("/").await;
    browser.until("/ goes to the filter", "document.activeElement.type === 'search'").await;
    // Here they are letters.
    browser.press("jkarc?/").await;
    browser.until("letters are typed", "document.activeElement.value === 'jkarc?/'").await;
    browser.until_text("0 of 4").await;
    assert!(!browser.holds("document.querySelector('dialog')").await, "a letter opened the sheet");
    browser.press(Key::Escape).await;
    browser.until("Escape empties the filter", "document.activeElement.value === ''").await;
    browser.eval("document.activeElement.blur();", Vec::new()).await;

    browser.press("c").await;
    let body = "document.activeElement === find('textbox', 'Message body')";
    browser.until("c goes to the message", body).await;
    let kept = "document.activeElement.value === 'Hello World!'";
    browser.until("the key itself is not typed", kept).await;
    browser.eval("document.activeElement.blur();", Vec::new()).await;

    browser.press("?").await;
    browser.until("? shows all keys", "find('dialog', 'All keys')").await;
    browser.press("a").await;
    browser.press(Key::Escape).await;
    browser.until("Escape closes the sheet", "!find('dialog', 'All keys')").await;
    until_ack_state(4, "open").await;
    browser.assert_console_clean().await;
}

#[tokio::test]
async fn the_palette_finds_an_action_by_its_words_and_runs_it() {
    let (page, _relay, amqp) = start().await;
    let browser = &page.browser;
    let open = async || {
        browser.press_with_ctrl('k').await;
        let field = "document.activeElement === find('combobox', 'Find an action')";
        browser.until("the palette is open, its field has the focus", field).await;
    };
    let options = "[...find('listbox', 'Actions').querySelectorAll('[role=option]')]";
    // From within a text box too.
    browser.click("textbox", "Message body").await;
    open().await;
    browser.press("mAn ack").await;
    let one =
        format!("{options}.length === 1 && find('option', 'Manual ack').ariaSelected === 'true'");
    browser.until("it finds the action by parts of its words", &one).await;
    browser.press(Key::Enter).await;
    browser.until("it is closed", "!find('dialog', 'Actions')").await;
    let manual = "find('radio', 'Manual ack').ariaChecked === 'true'";
    browser.until("the action was run", manual).await;

    open().await;
    browser.press("nothing like this").await;
    browser.until_text("No action has this name.").await;
    browser.press(Key::Escape).await;
    // The browser hides it at once, before the page has taken it away.
    browser.until("Escape closes it", "!document.querySelector('dialog')").await;

    // What arrives meanwhile adds "Ack all", but not under the pointer.
    open().await;
    let names = format!("return {options}.map((option) => option.textContent).join();")
        .replace("find('listbox', 'Actions')", "document.querySelector('[role=listbox]')");
    let before = browser.eval(&names, Vec::new()).await;
    amqp.publish(b"one").await;
    page.until_received(1).await;
    browser.until("it can be acknowledged", "find('button', 'Ack all')").await;
    assert_eq!(browser.eval(&names, Vec::new()).await, before);
    browser.press(Key::Escape).await;
    browser.until("it is closed again", "!document.querySelector('dialog')").await;

    // What the mark is on can be settled, by the arrow keys and by a click.
    page.open_details(1).await;
    open().await;
    browser.until("the first is chosen", &format!("{options}[0].ariaSelected === 'true'")).await;
    browser.press(Key::Up).await;
    browser
        .until("Up goes to the last", &format!("{options}.at(-1).ariaSelected === 'true'"))
        .await;
    browser.press(Key::Down).await;
    browser.until("Down to the first", &format!("{options}[0].ariaSelected === 'true'")).await;
    browser.click("option", "Ack").await;
    page.until_row_is(1, "is acknowledged", "row?.dataset.ackState === 'acknowledged'").await;
    open().await;
    assert!(!browser.holds("find('option', 'Ack')").await, "nothing is left to be settled");
    browser.press("pause").await;
    browser.press(Key::Enter).await;
    browser.until("it pauses", "find('button', 'Resume', find('region', 'Receive'))").await;
    amqp.until_counts(0, 0).await;
    browser.assert_console_clean().await;
}

/// Letters that are typed next go where the action leads, and are no keys for the marked message.
#[tokio::test]
async fn what_lies_over_the_page_gives_the_focus_back_before_its_action_runs() {
    let (page, _relay, amqp) = start().await;
    let browser = &page.browser;
    page.acknowledge("Manual ack").await;
    amqp.publish(b"one").await;
    page.until_received(1).await;
    browser.find("log", "Received messages").await.send_keys(Key::End).await.unwrap();
    let marked = "document.querySelector('.message[aria-current]')?.dataset.number === '1'";
    browser.until("the message is marked", marked).await;
    let open = async || {
        browser.press_with_ctrl('k').await;
        let field = "document.activeElement === find('combobox', 'Find an action')";
        browser.until("the palette is open, its field has the focus", field).await;
    };
    let chosen = async |name: &str| {
        browser.press(name).await;
        let is = format!("find('option', '{name}').ariaSelected === 'true'");
        browser.until(&format!("{name} is chosen"), &is).await;
    };
    let assert_in_list = async |after: &str| {
        let back = "document.activeElement === find('log', 'Received messages')";
        browser.until(&format!("the list has the focus again after {after}"), back).await;
    };

    open().await;
    browser.press(Key::Escape).await;
    assert_in_list("Escape").await;
    // At once: the page may not have taken the other one away.
    open().await;
    // It is not another one, and what is typed stays.
    browser.press("fil").await;
    open().await;
    browser.press("ter").await;
    browser.until("it is still the same", "document.activeElement.value === 'filter'").await;
    browser.press(Key::Escape).await;
    assert_in_list("Escape").await;

    browser.press("?").await;
    browser.click_in(("dialog", "All keys"), "button", "Close").await;
    assert_in_list("Close").await;
    open().await;
    chosen("All keys").await;
    browser.press(Key::Enter).await;
    browser.until("the sheet is open", "find('dialog', 'All keys')").await;
    browser.press(Key::Escape).await;
    assert_in_list("the sheet").await;

    open().await;
    chosen("Filter").await;
    browser.press(Key::Enter).await;
    browser.press("amount").await;
    let typed =
        "document.activeElement.type === 'search' && document.activeElement.value === 'amount'";
    browser.until("the letters go into the filter", typed).await;
    browser.press(Key::Escape).await;
    open().await;
    chosen("Write a message").await;
    browser.press(Key::Enter).await;
    browser.press(" par").await;
    let typed =
        "document.activeElement.id === 'body' && document.activeElement.value.includes(' par')";
    browser.until("the letters go into the message", typed).await;
    page.until_row_is(1, "is open", "row?.dataset.ackState === 'open'").await;
    browser.until("it does not pause", "find('button', 'Pause')").await;
    browser.assert_console_clean().await;
}

#[tokio::test]
async fn a_marked_message_that_the_filter_hides_is_not_settled_unseen() {
    let (page, _relay, amqp) = start().await;
    let browser = &page.browser;
    page.acknowledge("Manual ack").await;
    amqp.publish(b"first").await;
    amqp.publish(b"second").await;
    page.until_received(2).await;
    let filter = async || {
        browser.fill("searchbox", "Filter", "first").await;
        page.until_rows(&["first"]).await;
        browser.eval("document.activeElement.blur();", Vec::new()).await;
    };
    let show_all = async || {
        let field = browser.find("searchbox", "Filter").await;
        field.send_keys(Key::Escape).await.unwrap();
        page.until_rows(&["first", "second"]).await;
    };
    browser.find("log", "Received messages").await.send_keys(Key::End).await.unwrap();
    let marked = "document.querySelector('.message[aria-current]')?.dataset.number === '2'";
    browser.until("the second is marked", marked).await;
    filter().await;
    browser.press("a").await;
    browser.press("r").await;
    browser.press_with_ctrl('k').await;
    browser.find("option", "Filter").await;
    assert!(!browser.holds("find('option', 'Ack')").await, "the palette settles what is hidden");
    browser.press(Key::Escape).await;
    browser.until("it is closed", "!document.querySelector('dialog')").await;
    show_all().await;
    page.until_row_is(2, "is open", "row?.dataset.ackState === 'open'").await;

    // Its details are seen.
    page.open_details(2).await;
    filter().await;
    browser.press("a").await;
    show_all().await;
    page.until_row_is(2, "is settled", "row?.dataset.ackState === 'acknowledged'").await;
    page.until_row_is(1, "is open", "row?.dataset.ackState === 'open'").await;
    browser.assert_console_clean().await;
}
