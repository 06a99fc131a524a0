use super::*;

const SEND: Rights = Rights { send: true, ..Rights::NONE };
const RECEIVE: Rights = Rights { receive: true, look: true, ..Rights::NONE };
const BOTH: Rights = Rights { send: true, ..RECEIVE };

fn queues() -> Vec<String> {
    ["hello", "a", "b"].map(str::to_owned).to_vec()
}

fn parse(text: &str) -> Result<Tokens, BadTokens> {
    Tokens::parse(text, queues())
}

fn grant(tokens: &Tokens, token: &str) -> Option<Grant> {
    tokens.grant(Some(&TokenDigest::new(token)))
}

#[test]
fn a_token_must_be_one_of_the_known() {
    let open = Tokens::none(queues());
    assert_eq!(open.grant(None), Some(Grant { rights: Rights::ALL, queues: queues() }));
    assert!(grant(&open, "anything").is_some());
    let closed = parse("abc\ndefg").unwrap();
    assert!(grant(&closed, "abc").is_some());
    assert!(grant(&closed, "defg").is_some());
    assert_eq!(closed.grant(None), None);
    for token in ["", "ab", "abcd", "abc\0", " abc", "ABC", "abc\ndefg"] {
        assert_eq!(grant(&closed, token), None, "{token:?}");
    }
}

#[test]
fn a_line_says_what_its_token_may_do_and_with_which_queues() {
    let tokens = parse(
        "# who\tmay\n\n  all \t# a comment\nwatch receive\nfeed  send hello\r\n\
         team both b,hello, # two\na#b send # hello\nall2#\t#\n  #no token",
    )
    .unwrap();
    let some = |rights, queues: &[&str]| {
        Some(Grant { rights, queues: queues.iter().map(|&name| name.to_owned()).collect() })
    };
    assert_eq!(grant(&tokens, "all"), some(Rights::ALL, &["hello", "a", "b"]));
    assert_eq!(grant(&tokens, "watch"), some(RECEIVE, &["hello", "a", "b"]));
    assert_eq!(grant(&tokens, "feed"), some(SEND, &["hello"]));
    assert_eq!(grant(&tokens, "team"), some(BOTH, &["hello", "b"]));
    assert_eq!(grant(&tokens, "a#b"), some(SEND, &["hello", "a", "b"]));
    assert_eq!(grant(&tokens, "all2#"), some(Rights::ALL, &["hello", "a", "b"]));
    assert_eq!(tokens.count(), Some(6));
}

#[test]
fn rights_are_named_one_by_one_in_any_order() {
    let of = |names: &str| grant(&parse(&format!("t {names} a")).unwrap(), "t").unwrap().rights;
    let all = ["send", "receive", "look", "watch"];
    for set in 1..16_usize {
        let named = |right: usize| set & (1 << right) != 0;
        let names: Vec<&str> =
            (0..4).filter(|right| named(*right)).map(|right| all[right]).collect();
        let wanted = Rights {
            send: named(0),
            receive: named(1),
            look: named(2) || named(1),
            watch: named(3),
        };
        assert_eq!(of(&names.join(",")), wanted, "{names:?}");
        let backwards: Vec<&str> = names.into_iter().rev().collect();
        assert_eq!(of(&backwards.join(",")), wanted, "{backwards:?}");
    }
    assert_eq!(of("both"), BOTH);
    assert_eq!(of("watch,both"), Rights::ALL);
    assert_eq!(grant(&parse("t").unwrap(), "t").unwrap().rights, Rights::ALL);
}

#[test]
fn a_right_that_is_unknown_or_named_twice_is_refused() {
    for names in [
        "sned",
        "Send",
        "all",
        "none",
        "send;watch",
        "send,",
        ",send",
        ",",
        "send,,look",
        "send,sned",
        "send, watch",
        "receive|look",
        "\"send\"",
        "hello",
        "a,b",
    ] {
        let error = parse(&format!("#\nt {names}")).unwrap_err();
        assert_eq!(error, BadTokens::Right(2), "{names}");
    }
    let words = BadTokens::Right(2).to_string();
    for right in ["line 2", "send", "receive", "look", "watch", "both", "commas", "everything"] {
        assert!(words.contains(right), "no {right:?} in {words}");
    }
    for (names, right) in [
        ("send,send", "send"),
        ("watch,look,watch", "watch"),
        ("both,receive", "receive"),
        ("send,both", "send"),
        ("both,both", "send"),
    ] {
        let error = parse(&format!("t {names}")).unwrap_err();
        assert_eq!(error, BadTokens::RightTwice { line: 1, right }, "{names}");
        assert_eq!(error.to_string(), format!("line 1: {right} is named twice"));
    }
}

#[test]
fn a_queue_whose_name_starts_with_a_hash_is_quoted_or_refused() {
    let queues: Vec<String> =
        ["#errors", "hello", "a b", "c,d", "e\"f\\"].map(str::to_owned).to_vec();
    let parse = |line: &str| Tokens::parse(line, queues.clone());
    for line in ["t both #errors", "t both #errors,hello", "t #errors", "t both hello #errors"] {
        assert_eq!(parse(line).unwrap_err(), BadTokens::Hash(1), "{line}");
    }
    let words = BadTokens::Hash(3).to_string();
    assert!(words.contains("line 3") && words.contains("\"#errors\""), "{words}");
    for (line, names) in [
        (r##"t both "#errors""##, &["#errors"][..]),
        (r##"t both "#errors",hello # both"##, &["#errors", "hello"]),
        (r##"t both hello,"#errors" #"##, &["#errors", "hello"]),
        (r##"t both hello,#errors"##, &["#errors", "hello"]),
        (r#"t send "a b","c,d""#, &["a b", "c,d"]),
        (r#"t send "e\"f\\""#, &["e\"f\\"]),
        (r#"t send e"f\"#, &["e\"f\\"]),
    ] {
        let grant = grant(&parse(line).unwrap(), "t").unwrap();
        assert_eq!(grant.queues, names, "{line}");
    }
    for line in [r#"t both "a b"#, r#"t both "hello"hello"#, r#"t both "\n""#, r#"t both "hello\""#]
    {
        assert_eq!(parse(line).unwrap_err(), BadTokens::Quotes(1), "{line}");
    }
    assert!(matches!(parse(r#"t both """#).unwrap_err(), BadTokens::Queue { .. }));
    assert_eq!(parse(r#"t both "hello" "a b""#).unwrap_err(), BadTokens::TooMuch(1));
}

#[test]
fn a_wrong_line_is_named_and_no_token_is_told() {
    for (text, error) in [
        ("", BadTokens::Empty),
        ("# s3cret\n\n", BadTokens::Empty),
        ("s3cret\ns3cret2 sned", BadTokens::Right(2)),
        ("s3cret hello", BadTokens::Right(1)),
        ("s3cret send,s3cret2 a", BadTokens::Right(1)),
        ("s3cret look,look", BadTokens::RightTwice { line: 1, right: "look" }),
        ("s3cret both a b", BadTokens::TooMuch(1)),
        ("s3cret #both", BadTokens::Hash(1)),
        ("s3cret both \"a", BadTokens::Quotes(1)),
        ("s3cret\n#\ns3cret send", BadTokens::Twice(3, 1)),
        (
            "s3cret both a,x",
            BadTokens::Queue { line: 1, queue: "x".into(), known: "hello, a, b".into() },
        ),
        (
            "s3cret both ,",
            BadTokens::Queue { line: 1, queue: String::new(), known: "hello, a, b".into() },
        ),
    ] {
        let wrong = parse(text).unwrap_err();
        assert!(!wrong.to_string().contains("s3cret"), "{wrong}");
        assert_eq!(wrong, error, "{text:?}");
    }
}

#[test]
fn a_grant_knows_its_queues_and_no_others() {
    let grant = grant(&parse("t both b,a").unwrap(), "t").unwrap();
    assert_eq!(grant.queue(None).unwrap(), "a");
    assert_eq!(grant.queue(Some("b")).unwrap(), "b");
    let words = grant.queue(Some("hello")).unwrap_err().to_string();
    assert!(words.contains("unknown queue") && words.contains("a, b"), "{words}");
}

#[test]
fn made_tokens_have_128_bits_and_differ() {
    let (one, two) = (make_token().unwrap(), make_token().unwrap());
    assert_eq!(one.len(), 32);
    assert_ne!(one, two);
    let tokens = Tokens::one(&one, queues());
    assert_eq!(grant(&tokens, &one), Some(Grant { rights: Rights::ALL, queues: queues() }));
    assert!(grant(&tokens, &two).is_none());
}

#[test]
fn what_is_printed_for_debugging_holds_no_token() {
    let tokens = parse("s3cret").unwrap();
    let digest = TokenDigest::new("s3cret").0;
    let printed = format!("{tokens:?}");
    assert!(!printed.contains("s3cret") && !printed.contains(&format!("{digest:?}")));
}

/// `name` as a token file has it in quotes.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

proptest::proptest! {
    #[test]
    fn a_quoted_name_is_that_queue_and_no_other(
        names in proptest::collection::btree_set("([ -~]|\t|é){1,5}", 1..5),
        chosen in 0..5_usize,
    ) {
        let queues: Vec<String> = names.into_iter().collect();
        let name = &queues[chosen % queues.len()];
        let tokens = Tokens::parse(&format!("t both {}", quoted(name)), queues.clone()).unwrap();
        let grant = grant(&tokens, "t").unwrap();
        proptest::prop_assert_eq!(grant.queues.as_slice(), std::slice::from_ref(name));
    }

    #[test]
    fn an_unquoted_name_never_opens_another_queue(
        others in proptest::collection::btree_set("[#\",\\\\ab]{1,3}", 1..6),
        name in "[#\",\\\\ab]{1,3}",
    ) {
        // Alone it is the beginning of a comment.
        proptest::prop_assume!(name != "#");
        let queues: Vec<String> = others.into_iter().collect();
        let parsed = Tokens::parse(&format!("t both {name}"), queues);
        if let Ok(tokens) = parsed {
            for queue in grant(&tokens, "t").unwrap().queues {
                let unquoted = name.replace("\\\\", "\\").replace("\\\"", "\"");
                proptest::prop_assert!(
                    name.contains(&queue) || unquoted.contains(&queue), "{} opens {}", name, queue
                );
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "([ -~]|\\n|\\t|#|\"|send|both|look|watch|hello|,){0,60}", token in ".*") {
        if let Ok(tokens) = parse(&text) {
            let _ = grant(&tokens, &token);
        }
    }
}
