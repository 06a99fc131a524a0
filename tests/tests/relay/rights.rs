//! What each token may do: `welcome` says it, and the relay keeps it.

use warren_protocol::{AckMode, ErrorCode, FailReason, Rights};
use warren_tests::{node, relay::Relay, token_file::TokenFile};

use crate::access::let_in;

/// Every set of rights, one token for each: what `welcome` says, and what becomes of a message and of
/// a consumer that takes.
#[tokio::test]
async fn every_set_of_rights_is_told_and_kept() {
    const NAMES: [&str; 4] = ["send", "receive", "look", "watch"];
    let named = |set: usize, right: usize| set & (1 << right) != 0;
    let sets: Vec<(String, Rights)> = (1..16)
        .map(|set| {
            let names = NAMES.iter().enumerate().filter(|(right, _)| named(set, *right));
            let names: Vec<&str> = names.map(|(_, name)| *name).collect();
            let receive = named(set, 1);
            let look = receive || named(set, 2);
            let rights = Rights { send: named(set, 0), receive, look, watch: named(set, 3) };
            (names.join(","), rights)
        })
        .chain([
            ("both".to_owned(), Rights { watch: false, ..Rights::ALL }),
            ("watch,both".to_owned(), Rights::ALL),
            (String::new(), Rights::ALL),
        ])
        .collect();
    let token = |names: &str| format!("token-of-{}", names.replace(',', "-"));
    let lines: Vec<String> =
        sets.iter().map(|(names, _)| format!("{} {names}\n", token(names))).collect();
    let file = TokenFile::new(&lines.concat());
    let relay = Relay::ready(&node::vhost().await, &["--token-file", file.arg()]).await;
    for (names, wanted) in &sets {
        let (mut client, rights, _) = let_in(&relay, &token(names)).await;
        assert_eq!(rights, *wanted, "{names}");
        client.publish(1, "x").await;
        match client.answer(1).await {
            Ok(()) => assert!(wanted.send, "{names}"),
            Err(failure) => {
                assert_eq!(
                    (wanted.send, failure.reason),
                    (false, FailReason::NotAllowed),
                    "{names}"
                );
            }
        }
        if wanted.receive {
            client.receive(AckMode::Auto, None).await;
        } else {
            client.ask_for("hello", AckMode::Auto, None).await;
            assert_eq!(client.error(ErrorCode::NotAllowed).await, "this token may not receive");
        }
    }
}
