//! Firefox, driven through geckodriver; and through WebDriver BiDi for what geckodriver cannot do: the
//! screen's size, the theme, the console.

use std::{path::Path, process::Command};

use serde_json::{Value, json};
use thirtyfour::{
    CapabilitiesHelper as _, DesiredCapabilities, WebDriver,
    common::capabilities::firefox::FirefoxPreferences,
};

use super::{REQUEST, Start, bidi::Bidi};
use crate::program::Program;

/// The theme that pages are told of: dark is 0, light is 1.
const THEME: &str = "layout.css.prefers-color-scheme.content-override";
/// What the test itself writes to the console: all that was written before it is there then.
const END: &str = "the end of what a test reads";

/// Starts one.
pub(super) async fn start(start: Start<'_>) -> (WebDriver, Program, Bidi) {
    let Start { language, arguments, profile, downloads } = start;
    let (geckodriver, port) = start_geckodriver(profile).await;
    let mut preferences = FirefoxPreferences::new();
    let settings = [
        ("intl.accept_languages", Value::from(language)),
        // Into a folder of our own, without a question.
        ("browser.download.folderList", Value::from(2)),
        ("browser.download.dir", Value::from(downloads.to_str())),
        // Read without a click on "Paste", which only a person can do.
        ("dom.events.testing.asyncClipboard", Value::from(true)),
    ];
    for (name, value) in settings {
        preferences.set(name, value).unwrap();
    }
    let mut wanted = DesiredCapabilities::firefox();
    for &argument in ["-headless", "--width=1280", "--height=900"].iter().chain(arguments) {
        wanted.add_arg(argument).unwrap();
    }
    let programs = ["firefox-esr", "firefox"];
    // Elsewhere geckodriver knows where to look.
    if let Some(program) = programs.into_iter().find_map(xtask::process::on_path) {
        wanted.set_firefox_binary(program.to_str().unwrap()).unwrap();
    }
    wanted.set_preferences(preferences).unwrap();
    wanted.enable_bidi().unwrap();
    let driver = WebDriver::builder(format!("http://127.0.0.1:{port}"), wanted)
        .request_timeout(REQUEST)
        .await
        .unwrap_or_else(|error| panic!("no Firefox: {error}\n{}", geckodriver.stderr()));
    let url = driver.handle().capabilities().get("webSocketUrl").and_then(Value::as_str);
    let bidi = Bidi::connect(url.expect("Firefox speaks WebDriver BiDi")).await;
    bidi.send("session.subscribe", json!({ "events": ["log.entryAdded"] })).await;
    (driver, geckodriver, bidi)
}

/// See [`super::Browser::look`].
pub(super) async fn look(bidi: &Bidi, width: u32, height: u32, theme: &str) {
    let page = first_context(bidi, json!({})).await;
    let viewport = json!({ "width": width, "height": height });
    let size = json!({ "context": page, "viewport": viewport, "devicePixelRatio": 1 });
    bidi.send("browsingContext.setViewport", size).await;
    let window = first_context(bidi, json!({ "moz:scope": "chrome" })).await;
    let set = format!("Services.prefs.setIntPref('{THEME}', {})", u8::from(theme == "light"));
    let set = json!({ "expression": set, "target": { "context": window }, "awaitPromise": false });
    bidi.send("script.evaluate", set).await;
}

/// The errors and warnings in the console since the last call.
pub(super) async fn console(driver: &WebDriver, bidi: &Bidi) -> Vec<String> {
    driver.execute(format!("console.debug('{END}');"), Vec::new()).await.unwrap();
    let entries = bidi.events_until(|entry| entry["text"] == END).await;
    let bad = |entry: &Value| matches!(entry["level"].as_str(), Some("error" | "warn"));
    entries.iter().filter(|entry| bad(entry)).map(|entry| entry["text"].to_string()).collect()
}

/// The id of the first window, of those that `which` is about.
async fn first_context(bidi: &Bidi, which: Value) -> Value {
    let tree = bidi.send("browsingContext.getTree", which).await;
    tree["contexts"][0]["context"].clone()
}

/// Starts geckodriver on ports that the system picks. It may change Firefox's preferences, which is
/// how the theme is set.
async fn start_geckodriver(profile: &Path) -> (Program, u16) {
    let program = xtask::tools::geckodriver().expect("no geckodriver; run `cargo xtask test` once");
    let mut command = Command::new(program);
    command.args(["--port=0", "--websocket-port=0", "--allow-system-access", "--profile-root"]);
    command.arg(profile);
    let mut geckodriver = Program::start("geckodriver", command);
    let port = |line: &str| {
        let (_, address) = line.split_once("Listening on ")?;
        address.rsplit_once(':')?.1.parse().ok()
    };
    let port = geckodriver.line("geckodriver listens", port).await;
    (geckodriver, port)
}
