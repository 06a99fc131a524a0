//! Chromium, driven through chromedriver.

use std::process::Command;

use serde_json::json;
use thirtyfour::{
    BrowserLogEntry, ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel,
    WebDriver,
};

use super::{REQUEST, Start};
use crate::program::Program;

const ARGUMENTS: [&str; 7] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-search-engine-choice-screen",
    "--no-first-run",
];

/// Starts one.
pub(super) async fn start(start: Start<'_>) -> (WebDriver, Program) {
    let Start { language, arguments, profile, downloads } = start;
    let (chromedriver, port) = start_chromedriver().await;
    let mut wanted = DesiredCapabilities::chrome();
    for &argument in ARGUMENTS.iter().chain(arguments) {
        wanted.add_arg(argument).unwrap();
    }
    wanted.add_arg("--window-size=1280,900").unwrap();
    wanted.add_arg(&format!("--lang={language}")).unwrap();
    wanted.add_arg(&format!("--accept-lang={language}")).unwrap();
    wanted.add_arg(&format!("--user-data-dir={}", profile.display())).unwrap();
    wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
    let driver = WebDriver::builder(format!("http://127.0.0.1:{port}"), wanted)
        .request_timeout(REQUEST)
        .await
        .unwrap_or_else(|error| panic!("no Chromium: {error}"));
    let allowed = json!({ "behavior": "allow", "downloadPath": downloads });
    driver.cdp().send_raw("Browser.setDownloadBehavior", allowed).await.unwrap();
    let clipboard = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    driver.cdp().send_raw("Browser.grantPermissions", clipboard).await.unwrap();
    (driver, chromedriver)
}

/// See [`super::Browser::look`].
pub(super) async fn look(driver: &WebDriver, width: u32, height: u32, theme: &str) {
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    // What is under the pointer changes with the size, at any moment, and would fade.
    let features = json!({ "features": [
        { "name": "prefers-color-scheme", "value": theme },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ] });
    let cdp = driver.cdp();
    cdp.send_raw("Emulation.setDeviceMetricsOverride", size).await.unwrap();
    cdp.send_raw("Emulation.setEmulatedMedia", features).await.unwrap();
}

/// The errors and warnings in the console since the last call.
pub(super) async fn console(driver: &WebDriver) -> Vec<String> {
    let log = driver.browser_log().await.unwrap();
    let bad = |entry: &BrowserLogEntry| matches!(entry.level.as_str(), "SEVERE" | "WARNING");
    log.into_iter().filter(bad).map(|entry| entry.message).collect()
}

/// Starts chromedriver on a port that it picks. It picks one for IPv6, and ends where something
/// has the same one for IPv4: then it is asked again.
async fn start_chromedriver() -> (Program, u16) {
    loop {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0");
        let mut chromedriver = Program::start("chromedriver", command);
        let port = |line: &str| {
            let (_, port) = line.split_once(" started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        };
        match chromedriver.line_or_end("chromedriver listens", port).await {
            Ok(port) => return (chromedriver, port),
            Err(words) if words.contains("Address already in use") => {}
            Err(words) => panic!("{words}"),
        }
    }
}
