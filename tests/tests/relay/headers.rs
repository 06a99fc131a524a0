//! What every answer tells browsers, the wrong ones' included.

use warren_tests::{node, relay::Relay};

#[tokio::test]
async fn every_answer_forbids_what_the_page_does_not_need() {
    let relay = Relay::ready(&node::vhost().await, &[]).await;
    let host = ("Host", relay.address.as_str());
    for (path, headers, wanted) in [
        ("/", &[host][..], 200),
        ("/healthz", &[host], 200),
        ("/readyz", &[host], 200),
        ("/metrics", &[host], 200),
        ("/no-such-file", &[host], 404),
        ("/ws", &[host], 400),
        ("/ws", &[host, ("Origin", "http://evil.test")], 403),
        ("/", &[("Host", "evil.test")], 421),
    ] {
        let (status, head, _) = relay.get_with(path, headers).await;
        assert_eq!(status, wanted, "{path}");
        let head = head.to_lowercase();
        let value = |name: &str| {
            let mut lines =
                head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            let value = lines.next().unwrap_or_default().to_owned();
            assert_eq!(lines.next(), None, "{path} has {name} twice");
            value
        };
        let policy = value("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(policy.contains("'wasm-unsafe-eval'"), path == "/" && status == 200, "{path}");
        for (name, wanted) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "deny"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
        ] {
            assert_eq!(value(name), wanted, "{path}: {name}");
        }
        assert!(value("permissions-policy").contains("camera=()"), "{path}");
        assert!(!head.contains("access-control-allow"), "{path}: {head}");
    }
}
