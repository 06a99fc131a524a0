//! The page under a path of a host that serves other things too.

use serde_json::json;
use warren_tests::{
    browser::Browser,
    front::{ARGS, Front, PATH, Prefix},
    node,
    page::Page,
    relay::Relay,
    token_file::TokenFile,
};

/// Two Warrens on one host: one relay that is found under both paths.
const BOTH: [&str; 4] = ["--origin", "http://localhost/one/", "--origin", "http://localhost/two/"];

const TOKEN: &str = "open-sesame-open-sesame";

async fn relay() -> Relay {
    Relay::ready(&node::vhost().await, &ARGS).await
}

fn address(path: &str) -> String {
    format!("https://{}{path}", PATH.host)
}

async fn open(front: &Front, path: &str) -> Page {
    let browser = Browser::open_at(&address(path), PATH.host, front.address()).await;
    Page { browser }
}

/// Sends and receives on a page that has come by the path without its slash.
async fn does_the_main_job(front: &Front) {
    let page = open(front, "/warren").await;
    page.until_connected().await;
    let location = page.browser.eval("return location.href;", Vec::new()).await;
    assert_eq!(location, json!(address("/warren/")));
    page.receive().await;
    page.send("Hello World!").await;
    page.until_confirmed(1).await;
    page.until_row("Hello World!").await;
    page.browser.reload().await;
    page.until_connected().await;
    page.browser.assert_console_clean().await;
}

#[tokio::test]
async fn behind_nginx_the_page_works_under_a_path_that_is_kept_or_taken_off() {
    for prefix in [Prefix::Kept, Prefix::TakenOff] {
        let relay = relay().await;
        does_the_main_job(&Front::nginx(&relay, prefix).await).await;
    }
}

#[tokio::test]
async fn behind_haproxy_the_page_works_under_a_path_that_is_kept_or_taken_off() {
    for prefix in [Prefix::Kept, Prefix::TakenOff] {
        let relay = relay().await;
        does_the_main_job(&Front::haproxy([&relay, &relay], prefix).await).await;
    }
}

#[tokio::test]
async fn behind_caddy_the_page_works_under_a_path_that_is_kept_or_taken_off() {
    for prefix in [Prefix::Kept, Prefix::TakenOff] {
        let relay = relay().await;
        does_the_main_job(&Front::caddy(&relay, prefix).await).await;
    }
}

#[tokio::test]
async fn a_path_that_the_relay_does_not_know_is_said_on_the_page() {
    let url = node::vhost().await;
    for (origin, knows) in [
        ("https://tools.example", "This relay has its page at /."),
        ("https://tools.example/warrens/", "This relay has its page at / and /warrens/."),
    ] {
        let relay = Relay::ready(&url, &["--origin", origin]).await;
        let front = Front::nginx(&relay, Prefix::Kept).await;
        let page = open(&front, "/warren/").await;
        page.browser.until_text(knows).await;
        page.browser.until_text("--origin https://HOST/PATH/").await;
        // Where it is taken off, the relay need not know it.
        let front = Front::nginx(&relay, Prefix::TakenOff).await;
        open(&front, "/warren/").await.until_connected().await;
    }
}

#[tokio::test]
async fn a_page_that_is_served_without_its_slash_says_so_and_is_not_blank() {
    let relay = relay().await;
    // As a pattern: what is inside, for /metrics, may not stand in an exact location.
    let change = ("location /warren/ {", "location ~ ^/warren$ { rewrite ^ / break;");
    let front = Front::nginx_changed(&relay, Some(change)).await;
    let page = open(&front, "/warren").await;
    page.browser.until_text("its address has to end with a slash").await;
    page.browser.screenshot("path-without-slash").await;
}

#[tokio::test]
async fn two_warrens_on_one_host_share_neither_token_nor_choices_nor_messages() {
    let file = TokenFile::new(TOKEN);
    let args = [&BOTH[..], &["--token-file", file.arg()]].concat();
    let relay = Relay::ready(&node::vhost().await, &args).await;
    let address = |path: &str| format!("{}{path}", relay.url());
    let page = Page { browser: Browser::open(&address(&format!("/one#token={TOKEN}"))).await };
    page.until_connected().await;
    page.receive().await;
    page.send("Hello World!").await;
    page.until_confirmed(1).await;
    page.browser.click("button", "Theme: system").await;
    page.browser.find("button", "Theme: light").await;

    page.browser.go_to(&address("/two/")).await;
    page.browser.until_text("This relay asks for a token.").await;
    page.browser.find("button", "Theme: system").await;
    let keys = "return [localStorage, sessionStorage].flatMap((kept) => Object.keys(kept));";
    let keys = page.browser.eval(keys, Vec::new()).await;
    let keys: Vec<&str> = keys.as_array().unwrap().iter().filter_map(|key| key.as_str()).collect();
    for name in ["warren.token", "warren.theme", "warren.outbox"] {
        assert!(keys.contains(&format!("/one/ {name}").as_str()), "{name} in {keys:?}");
    }
    assert!(
        keys.iter().all(|key| key.starts_with("/one/ ") || key.starts_with("/two/ ")),
        "{keys:?}"
    );

    page.browser.go_to(&address("/one/")).await;
    page.until_connected().await;
    page.browser.find("button", "Theme: light").await;
    page.browser.assert_console_clean().await;
}
