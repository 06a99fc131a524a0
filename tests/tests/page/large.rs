//! The largest body that the relay takes, from a file, and back into one.
//!
//! It asserts that the bytes are the same, and prints how long the page was busy in one go: that
//! depends on the machine and on what else runs on it.

use std::{fs, path::Path};

use serde_json::{Value, json};
use warren_tests::{fault::Random, page::Page, wait};

use crate::start;

const BYTES: usize = 16 * 1024 * 1024;

/// Notes every task that keeps the page from answering for more than 50 ms.
const WATCH: &str = "
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) longest = Math.max(longest, task.duration);
    }).observe({ type: 'longtask' });";

async fn send_and_save(name: &str, bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, bytes).unwrap();
    let (page, _relay, _amqp) = start().await;
    page.browser.eval(WATCH, Vec::new()).await;

    page.browser.click("radio", "File").await;
    let input = "return document.querySelector('#file');";
    let input = page.browser.driver().execute(input, Vec::new()).await.unwrap().element().unwrap();
    input.send_keys(file.to_str().unwrap()).await.unwrap();
    page.browser.until("the file is read", "document.querySelector('#file-words .file')").await;
    busy(&page, name, "read").await;
    page.browser.click("button", "Send").await;
    page.until_confirmed(1).await;
    page.until_received(1).await;
    busy(&page, name, "sent, confirmed, received").await;

    page.until_row_is(1, "is there", "row").await;
    let row = "document.querySelector('[role=log] .message').click();";
    page.browser.eval(row, Vec::new()).await;
    page.browser.find("region", "Message").await;
    busy(&page, name, "details").await;
    for form in ["Hex", "Base64", "JSON", "Text"] {
        page.browser.eval(CHOOSE, vec![form.into()]).await;
        busy(&page, name, form).await;
    }

    let saved = folder.path().join("saved");
    fs::create_dir(&saved).unwrap();
    let download = json!({ "behavior": "allow", "downloadPath": saved });
    page.browser.driver().cdp().send_raw("Browser.setDownloadBehavior", download).await.unwrap();
    page.browser.click("button", "Save").await;
    let seen = || format!("{:?}", files(&saved));
    let same = async || files(&saved).iter().any(|file| file == bytes).then_some(());
    wait::until("the very bytes are saved", seen, same).await;
    busy(&page, name, "saved").await;
    page.browser.assert_console_clean().await;
}

/// Clicks the form that has this name.
const CHOOSE: &str = "
    const isIt = (form) => form.textContent.trim() === arguments[0];
    [...document.querySelectorAll('.inspector [role=radio]')].find(isIt).click();";

/// Prints the longest task since the last call.
async fn busy(page: &Page, file: &str, what: &str) {
    // The observer is told after the next picture.
    let take = "
        const done = arguments[arguments.length - 1];
        requestAnimationFrame(() => setTimeout(() => { done(longest); longest = 0; }));";
    let longest = page.browser.driver().execute_async(take, Vec::new()).await.unwrap();
    println!("{file}, {what}: busy for {} ms at most", longest.json());
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder).unwrap();
    files.filter_map(|file| fs::read(file.unwrap().path()).ok()).collect()
}

#[tokio::test]
async fn sixteen_mebibytes_of_anything_are_sent_from_a_file_and_saved_as_they_were() {
    let mut random = Random(1);
    let bytes: Vec<u8> = (0..BYTES / 8).flat_map(|_| random.number().to_le_bytes()).collect();
    send_and_save("anything.bin", &bytes).await;
}

#[tokio::test]
async fn sixteen_mebibytes_of_text_in_one_line_are_sent_from_a_file_and_saved_as_they_were() {
    send_and_save("line.txt", &large_text()).await;
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_beside_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("too-large.bin");
    fs::write(&file, vec![b'x'; BYTES + 1]).unwrap();
    let (page, _relay, amqp) = start().await;
    page.browser.click("radio", "File").await;
    let input = "return document.querySelector('#file');";
    let input = page.browser.driver().execute(input, Vec::new()).await.unwrap().element().unwrap();
    input.send_keys(file.to_str().unwrap()).await.unwrap();
    let said = "document.getElementById('file-words').textContent.includes('too-large.bin') && \
        document.getElementById('file-words').textContent.includes('16,777,216')";
    page.browser.until("the limit is said beside the field", said).await;
    page.browser.click("button", "Send").await;
    page.browser.until("the file has the focus", "document.activeElement.id === 'file'").await;
    let sent = page.browser.eval(SENT, Vec::new()).await;
    assert_eq!(sent, Value::from(0));
    amqp.until_counts(0, 1).await;
}

const SENT: &str = "return document.querySelectorAll('[data-state]').length;";

fn large_text() -> Vec<u8> {
    "Zoë ".repeat(BYTES / "Zoë ".len()).into_bytes()
}
