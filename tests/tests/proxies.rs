//! What docs/proxies.md promises, with its very files: nginx, HAProxy and Caddy in front.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

use std::{collections::BTreeSet, time::Duration};

use warren_protocol::{AckMode, Body, Properties, close};
use warren_tests::{
    client::Client,
    front::{ARGS, Front, HOST, PATH, Prefix, Site, packaged},
    limits_file::LimitsFile,
    node,
    relay::Relay,
};

const HERE: [u8; 4] = [127, 0, 0, 1];
const MESSAGES: u64 = 100;

/// The relay pings every 10 s and gives a page up after 14 s: a proxy that waits for twice that
/// cuts nobody off.
const LEAST_SILENCE: Duration = Duration::from_secs(28);

async fn relay() -> Relay {
    Relay::ready(&node::vhost().await, &ARGS).await
}

/// The page loads, messages go through by identity, and no other page comes in: on a host of its own
/// and under a path.
async fn serves(front: &Front) {
    for site in [HOST, PATH] {
        let (status, _, page) = front.get(site.host, site.path).await;
        assert_eq!(status, 200, "{site:?}");
        assert!(page.to_lowercase().contains("<!doctype html>"), "{page}");
        let mut client = open(front, site, HERE).await;
        client.hello().await;
        hundred_go_through(&mut client).await;
        let alike = format!("https://{}.evil.example", site.host);
        for foreign in ["https://evil.example", &alike, "null"] {
            let refused = front.client(site, foreign, HERE).await;
            assert_eq!(refused.unwrap_err(), 403, "{site:?} {foreign}");
        }
    }
    // What else is on that host is no part of Warren.
    for host in [PATH.host.to_owned(), format!("{}:{}", PATH.host, front.address().port())] {
        assert_eq!(front.get(&host, "/").await.0, 404, "{host}");
    }
}

/// A page of the site's own on the machine `from`.
async fn open(front: &Front, site: Site, from: [u8; 4]) -> Client {
    front.client(site, &format!("https://{}", site.host), from).await.unwrap()
}

/// All that the relay answers is found under the path as well.
async fn answers_under_the_path(front: &Front) {
    for (path, words) in [("healthz", "ok"), ("readyz", "ready")] {
        let (status, _, body) = front.get(PATH.host, &format!("{}{path}", PATH.path)).await;
        assert_eq!(status, 200, "{path}: {body}");
        assert!(body.contains(words), "{path}: {body}");
    }
    // A browser names the port where it is not the scheme's own.
    let with_port = format!("{}:{}", PATH.host, front.address().port());
    for host in [PATH.host, &with_port] {
        let (status, head, _) = front.get(host, "/warren").await;
        assert!(matches!(status, 301 | 308), "{host}: {head}");
        let head = head.to_lowercase();
        let location = head.lines().find_map(|line| line.strip_prefix("location: "));
        assert!(location.unwrap().ends_with("/warren/"), "{host}: {head}");
    }
}

/// The relay answers with its metrics on each host, at its root and below each of its paths.
async fn keeps_metrics_inside(front: &Front, relay: &Relay) {
    for path in ["/metrics", "/warren/metrics"] {
        let (status, body) = relay.get(path).await;
        assert!(status == 200 && body.contains("warren_sessions"), "{path}: {body}");
    }
    for (host, path) in [
        (HOST.host, "/metrics"),
        (HOST.host, "/metrics?all"),
        (HOST.host, "/warren/metrics"),
        (PATH.host, "/warren/metrics"),
    ] {
        let (status, _, body) = front.get(host, path).await;
        assert_eq!(status, 403, "{host}{path}: {body}");
    }
}

async fn hundred_go_through(client: &mut Client) {
    client.receive(AckMode::Auto, None).await;
    for id in 0..MESSAGES {
        let properties =
            Properties { message_id: Some(format!("message {id}")), ..Properties::default() };
        client.publish_with(id, Body::from(format!("{id}")), properties).await;
    }
    let mut arrived = BTreeSet::new();
    for delivery in client.take(MESSAGES as usize).await {
        let id = delivery.properties.message_id.unwrap();
        assert_eq!(delivery.body, Body::from(id.trim_start_matches("message ").to_owned()));
        assert!(arrived.insert(id), "twice");
    }
    let sent: BTreeSet<String> = (0..MESSAGES).map(|id| format!("message {id}")).collect();
    assert_eq!(arrived, sent);
    for id in 0..MESSAGES {
        client.confirmed(id).await;
    }
}

/// Two machines behind the proxy are two for the relay, which lets one page of each in.
async fn tells_who_is_there(front: &Front) {
    let mut one = open(front, PATH, [127, 0, 0, 2]).await;
    one.hello().await;
    let mut again = open(front, HOST, [127, 0, 0, 2]).await;
    assert_eq!(again.close_code().await, close::TRY_AGAIN_LATER);
    let mut other = open(front, PATH, [127, 0, 0, 3]).await;
    other.hello().await;
}

async fn relay_for_one_page_of_each() -> Relay {
    let limits = LimitsFile::new("max-sessions-per-address = 1");
    let args = [&ARGS[..], &limits.args()].concat();
    Relay::ready(&node::vhost().await, &args).await
}

#[tokio::test]
async fn nginx_passes_the_page_and_messages_on_and_foreign_pages_are_refused() {
    let relay = relay().await;
    for prefix in [Prefix::Kept, Prefix::TakenOff] {
        let front = Front::nginx(&relay, prefix).await;
        serves(&front).await;
        answers_under_the_path(&front).await;
        keeps_metrics_inside(&front, &relay).await;
    }
}

#[tokio::test]
async fn haproxy_passes_the_page_and_messages_on_and_foreign_pages_are_refused() {
    let relay = relay().await;
    for prefix in [Prefix::Kept, Prefix::TakenOff] {
        let front = Front::haproxy([&relay, &relay], prefix).await;
        serves(&front).await;
        answers_under_the_path(&front).await;
        keeps_metrics_inside(&front, &relay).await;
    }
}

#[tokio::test]
async fn caddy_passes_the_page_and_messages_on_and_foreign_pages_are_refused() {
    let relay = relay().await;
    for prefix in [Prefix::Kept, Prefix::TakenOff] {
        let front = Front::caddy(&relay, prefix).await;
        serves(&front).await;
        answers_under_the_path(&front).await;
        keeps_metrics_inside(&front, &relay).await;
    }
}

#[tokio::test]
async fn behind_each_proxy_pages_are_counted_by_their_own_address() {
    let relay = relay_for_one_page_of_each().await;
    tells_who_is_there(&Front::nginx(&relay, Prefix::Kept).await).await;
    let relay = relay_for_one_page_of_each().await;
    tells_who_is_there(&Front::haproxy([&relay, &relay], Prefix::TakenOff).await).await;
    let relay = relay_for_one_page_of_each().await;
    tells_who_is_there(&Front::caddy(&relay, Prefix::Kept).await).await;
}

#[tokio::test]
async fn when_one_of_two_relays_behind_haproxy_is_killed_whoever_connects_anew_goes_on() {
    let url = node::vhost().await;
    let mut relays = [Relay::ready(&url, &ARGS).await, Relay::ready(&url, &ARGS).await];
    let front = Front::haproxy([&relays[0], &relays[1]], Prefix::Kept).await;
    // One page on each.
    let mut pages = Vec::new();
    for _ in 0..2 {
        let mut page = open(&front, HOST, HERE).await;
        page.hello().await;
        pages.push(page);
    }
    relays[0].program.kill();
    relays[0].program.ended().await;
    // At once, before HAProxy's next check: whichever relay's turn it is.
    for _ in 0..4 {
        let mut page = open(&front, HOST, HERE).await;
        page.hello().await;
        hundred_go_through(&mut page).await;
    }
}

#[test]
fn no_proxy_cuts_off_a_page_that_is_only_pinged() {
    let limits = |file: &str, names: &[&str]| {
        let text = packaged(file);
        for name in names {
            let value = text.lines().find_map(|line| line.trim().strip_prefix(name));
            let seconds = value.unwrap().trim_end_matches(';').trim().trim_end_matches('s');
            let limit = Duration::from_secs(seconds.parse().unwrap());
            assert!(limit >= LEAST_SILENCE, "{file}: {name} {limit:?}");
        }
    };
    limits("nginx.conf", &["proxy_read_timeout", "proxy_send_timeout"]);
    limits("haproxy.cfg", &["timeout client", "timeout server", "timeout tunnel"]);
    // Caddy has no limit unless one is set.
    assert!(!packaged("Caddyfile").contains("timeout"));
}
