//! The page as it looks, wide and narrow, light and dark. The first one is the README's picture.

use std::{fs, path::Path};

use super::start;

#[tokio::test]
async fn the_page_fits_a_wide_and_a_narrow_screen_in_both_themes() {
    let (page, _relay, amqp) = start().await;
    page.browser.click("button", "Send").await;
    page.until_confirmed(1).await;
    for body in
        ["{\"order\": 4711, \"paid\": true}", "Good morning, Zo\u{eb}!", "line one\nline two"]
    {
        amqp.publish(body.as_bytes()).await;
    }
    page.until_received(4).await;
    page.until_queue(0, 1).await;

    let looks = [
        ("wide-light", 1280, 800, "light"),
        ("wide-dark", 1280, 800, "dark"),
        ("narrow-light", 360, 800, "light"),
        ("narrow-dark", 360, 800, "dark"),
    ];
    for (name, width, height, theme) in looks {
        page.browser.look(width, height, theme).await;
        let dark = format!("matchMedia('(prefers-color-scheme: {theme})').matches");
        page.browser.until("the theme is set", &dark).await;
        page.browser.until("the width is set", &format!("innerWidth === {width}")).await;
        let fits = "document.documentElement.scrollWidth <= innerWidth";
        page.browser.until("nothing is cut off at the side", fits).await;
        let file = page.browser.screenshot(name).await;
        // Written into the repository on demand only: a test run leaves no changes behind.
        if name == "wide-light" && std::env::var_os("WARREN_UPDATE_SCREENSHOTS").is_some() {
            let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
            fs::create_dir_all(&docs).unwrap();
            fs::copy(file, docs.join("screenshot.png")).unwrap();
        }
    }
    page.browser.assert_console_clean().await;
}
