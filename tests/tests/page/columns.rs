//! The columns of the list, and how it shows times.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use serde_json::{Value, json};
use warren_tests::page::Page;

use crate::start;

const HEAD: &str = "[...document.querySelectorAll('.head > *')].map((cell) => cell.textContent)\
                    .filter(Boolean).join()";

async fn until_head(page: &Page, wanted: &str) {
    let condition = format!("{HEAD} === '{wanted}'");
    page.browser.until(&format!("the columns are {wanted}"), &condition).await;
}

#[tokio::test]
async fn columns_are_chosen_headers_and_json_paths_too_and_are_remembered() {
    let (page, _relay, amqp) = start().await;
    let mut headers = FieldTable::default();
    headers.insert("tenant".into(), AMQPValue::LongString("blue".into()));
    headers.insert("tries".into(), AMQPValue::LongLongInt(3));
    let properties =
        BasicProperties::default().with_type("order.created".into()).with_headers(headers);
    amqp.publish_with(br#"{"items":[{"sku":"A-1","n":1.50}]}"#, properties).await;
    amqp.publish(b"nothing of that").await;
    page.until_received(2).await;
    until_head(&page, "#,Time,Routing key,Body,Size").await;

    page.browser.click("button", "Columns").await;
    let menu = ("group", "Columns");
    page.browser.click_in(menu, "checkbox", "Type").await;
    until_head(&page, "#,Time,Routing key,Type,Body,Size").await;
    page.browser.click_in(menu, "checkbox", "Routing key").await;
    until_head(&page, "#,Time,Type,Body,Size").await;
    for (column, head) in [
        ("header.tenant", "#,Time,Type,header.tenant,Body,Size"),
        (".items[0].n", "#,Time,Type,header.tenant,.items[0].n,Body,Size"),
    ] {
        page.browser.fill("textbox", "Add a column", column).await;
        page.browser.click_in(menu, "button", "Add").await;
        until_head(&page, head).await;
    }
    let cells = "[...row.querySelectorAll('.key')].map((cell) => cell.textContent).join('|')";
    page.until_row_is(1, "has them", &format!("{cells} === 'order.created|blue|1.50'")).await;
    page.until_row_is(2, "has none", &format!("{cells} === '||'")).await;

    page.browser.fill("textbox", "Add a column", "tenant").await;
    page.browser.click_in(menu, "button", "Add").await;
    page.browser.until_text("Write header.NAME or .json.path, such as header.tenant").await;
    page.browser.click("button", "Columns").await;

    // From a value of the message that is open.
    page.open_details(1).await;
    page.browser.click_in(("group", "Body"), "button", "\"A-1\"").await;
    page.browser.click_in(("group", "Body"), "button", "Show as a column").await;
    until_head(&page, "#,Time,Type,header.tenant,.items[0].n,.items[0].sku,Body,Size").await;
    page.browser.click("button", "Columns").await;
    page.browser.click_in(menu, "button", "Remove the column .items[0].n").await;
    until_head(&page, "#,Time,Type,header.tenant,.items[0].sku,Body,Size").await;

    page.browser.reload().await;
    page.until_connected().await;
    until_head(&page, "#,Time,Type,header.tenant,.items[0].sku,Body,Size").await;
    page.browser.assert_console_clean().await;
}

/// The time of message 1 as it is shown, and in full.
async fn time(page: &Page) -> (String, String) {
    let script = "const time = document.querySelector('[data-number=\"1\"] time');
                  return [time.textContent, time.title];";
    serde_json::from_value(page.browser.eval(script, Vec::new()).await).unwrap()
}

async fn show_times(page: &Page, zone: &str) {
    page.browser.click_in(("radiogroup", "Times"), "radio", zone).await;
    let chosen =
        format!("find('radio', '{zone}', find('radiogroup', 'Times')).ariaChecked === 'true'");
    page.browser.until(&format!("times are {zone}"), &chosen).await;
}

#[tokio::test]
async fn times_are_local_utc_or_ago_and_have_their_date_once_it_is_not_today_s() {
    let (page, _relay, amqp) = start().await;
    let zone = json!({ "timezoneId": "Asia/Kolkata" });
    let cdp = page.browser.driver().cdp();
    cdp.send_raw("Emulation.setTimezoneOverride", zone).await.unwrap();
    amqp.publish(b"now").await;
    page.until_row("now").await;
    page.browser.click("button", "Columns").await;
    show_times(&page, "Local").await;
    page.until_row_is(1, "is local", "row?.querySelector('time').title.endsWith('+05:30')").await;
    let (local, local_full) = time(&page).await;
    show_times(&page, "UTC").await;
    page.until_row_is(1, "is UTC", "row?.querySelector('time').title.endsWith('Z')").await;
    let (utc, utc_full) = time(&page).await;
    assert!(local_full.ends_with("+05:30") && utc_full.ends_with('Z'), "{local_full} {utc_full}");
    let same = "return Date.parse(arguments[0]) === Date.parse(arguments[1]);";
    let both = vec![Value::from(local_full.as_str()), Value::from(utc_full.as_str())];
    assert_eq!(page.browser.eval(same, both).await, true, "{local_full} {utc_full}");
    // Hours, minutes, seconds and milliseconds.
    assert!(local_full[11..].starts_with(&local) && local.len() == 12, "{local}");
    assert!(utc_full[11..].starts_with(&utc) && utc.len() == 12, "{utc}");
    show_times(&page, "Ago").await;
    page.until_row_is(
        1,
        "says how long ago",
        "/^\\d+ s ago$/.test(row.querySelector('time').textContent)",
    )
    .await;

    // A day later.
    page.browser
        .eval("const now = Date.now; Date.now = () => now() + 86_400_000;", Vec::new())
        .await;
    page.until_row_is(1, "is of yesterday", "row.querySelector('time').textContent === '1 d ago'")
        .await;
    for (zone, full) in [("Local", &local_full), ("UTC", &utc_full)] {
        show_times(&page, zone).await;
        let dated = format!("{} {}", &full[..10], &full[11..23]);
        let shown = format!("row.querySelector('time').textContent === '{dated}'");
        page.until_row_is(1, "shows its date", &shown).await;
        // All of it: the column is wider then.
        let whole =
            "row.querySelector('time').scrollWidth <= row.querySelector('time').clientWidth";
        page.until_row_is(1, "shows it whole", whole).await;
    }
    page.browser.reload().await;
    page.until_connected().await;
    page.browser.click("button", "Columns").await;
    let kept = "find('radio', 'UTC', find('radiogroup', 'Times')).ariaChecked === 'true'";
    page.browser.until("UTC is remembered", kept).await;
    page.browser.assert_console_clean().await;
}
