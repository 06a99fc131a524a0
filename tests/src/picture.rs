//! Pictures of the page for the documentation: they are written into `docs/` where
//! `WARREN_UPDATE_SCREENSHOTS` is set. A test run leaves no changes behind.

use std::{fs, path::Path};

use crate::browser::Browser;

/// Whether letters that the page needs are drawn as themselves. A letter that no font has is a box,
/// the same for each.
const HAS_CHINESE: &str = "((draw) => draw('中') !== draw('文'))((letter) => {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    context.font = `30px ${getComputedStyle(document.body).fontFamily}`;
    context.fillText(letter, 5, 50);
    return canvas.toDataURL();
})";

/// Takes the picture called `name`, of this size, in the theme "light" or "dark". With `for_docs`
/// it is one of those in `docs/`.
///
/// # Panics
/// When it shows Chinese and this machine has no font for it, or the file cannot be written.
pub async fn take(
    browser: &Browser,
    name: &str,
    (width, height): (u32, u32),
    theme: &str,
    for_docs: bool,
) {
    browser.look(width, height, theme).await;
    browser.until("the width is set", &format!("innerWidth === {width}")).await;
    // Another theme's colours fade in.
    browser.until("nothing moves", "!document.getAnimations().length").await;
    let chinese = browser.holds("document.documentElement.lang === 'zh-CN'").await;
    assert!(
        !chinese || browser.holds(HAS_CHINESE).await,
        "{name}: no font has Chinese letters; `cargo xtask test` installs one"
    );
    let file = browser.screenshot(name).await;
    if for_docs && std::env::var_os("WARREN_UPDATE_SCREENSHOTS").is_some() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        fs::create_dir_all(&docs).unwrap();
        fs::copy(file, docs.join(format!("{name}.png"))).unwrap();
    }
}
