//! Messages that would break a careless page: they are shown as what they are, and nothing runs.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};

use warren_tests::page::Page;

use crate::{receiving::assert_fits, start};

const MARKUP: &str =
    "<script>document.title='run'</script><img src=x onerror=document.title='run'>";

fn headers(entries: impl IntoIterator<Item = (String, String)>) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in entries {
        headers.insert(name.into(), AMQPValue::LongString(value.into()));
    }
    BasicProperties::default().with_headers(headers)
}

/// Shows the body that is open in a form, which it may not have: then that is said.
async fn show_as(page: &Page, form: &str) {
    page.browser.click_in(("radiogroup", "Show body as"), "radio", form).await;
    let chosen = format!(
        "find('radio', '{form}', find('radiogroup', 'Show body as')).ariaChecked === 'true'"
    );
    page.browser.until(&format!("the body is shown as {form}"), &chosen).await;
}

#[tokio::test]
async fn hostile_bodies_and_headers_are_shown_and_break_nothing() {
    let (page, _relay, amqp) = start().await;
    let many = (0..10_000).map(|number| (format!("h{number}"), "v".to_owned()));
    let long_name = "n".repeat(255);
    let messages = [
        (MARKUP.to_owned(), headers([(MARKUP.to_owned(), MARKUP.to_owned())])),
        (
            "\u{202e}gnp.exe \u{2066}x\u{0}\u{1b}[31m\u{7f}\u{200b}".to_owned(),
            headers([("\u{202e}ab".to_owned(), "\u{202e}c\u{7}".to_owned())]),
        ),
        ("x".repeat(10 * 1024 * 1024), BasicProperties::default()),
        ("many headers".to_owned(), headers(many)),
        ("long names".to_owned(), headers([(long_name.clone(), "w".repeat(20_000))])),
        (
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd} ".repeat(500),
            BasicProperties::default().with_type("t".repeat(255).into()),
        ),
        ("a\u{301}".repeat(3_000), BasicProperties::default().with_content_type(MARKUP.into())),
    ];
    for (body, properties) in &messages {
        amqp.publish_with(body.as_bytes(), properties.clone()).await;
    }
    page.until_received(messages.len()).await;
    page.until_row(MARKUP).await;
    page.until_row("\u{27e8}U+202E\u{27e9}gnp.exe \u{27e8}U+2066\u{27e9}x\u{2400}\u{241b}[31m\u{2421}\u{27e8}U+200B\u{27e9}").await;
    for width in [1280, 360] {
        page.browser.look(width, 800, "light").await;
        for number in 1..=messages.len() {
            page.open_details(number).await;
            for form in ["Text", "JSON", "Hex", "Base64"] {
                show_as(&page, form).await;
                assert_fits(&page, &format!("message {number} as {form}, {width} px")).await;
            }
            for tab in ["Properties", "Headers", "Body"] {
                page.browser.click("tab", tab).await;
                let shown = format!("find('tab', '{tab}').ariaSelected === 'true'");
                page.browser.until("the tab is shown", &shown).await;
                assert_fits(&page, &format!("{tab} of message {number}, {width} px")).await;
            }
        }
    }
    page.open_details(1).await;
    assert_eq!(page.body_as("Text").await, MARKUP);
    page.open_details(4).await;
    page.browser.click("tab", "Headers").await;
    page.browser.until_text("and 9,900 more headers").await;
    page.browser.fill("searchbox", "Filter", "h9999: v").await;
    page.browser.until_text("1 of 7").await;
    let title = page.browser.eval("return document.title;", Vec::new()).await;
    assert_ne!(title, "run");
    page.browser.assert_console_clean().await;
}
