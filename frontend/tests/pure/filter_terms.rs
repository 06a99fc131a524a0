//! The filter's grammar: what each term finds, and what is said of a mistake.

use std::{collections::BTreeMap, rc::Rc};

use proptest::prelude::*;
use warren_frontend::{
    receive::{
        filter::{Filter, Kind, Look, MAX_QUERY, MAX_REGEX_BYTES, Matcher, Mistake, Query},
        inbox::Inbox,
    },
    ui::{language::Language, viewport::Rows as _},
};
use warren_protocol::{Body, Delivery, FieldTable, FieldValue};

use crate::{delivery, text};

/// In place of the browser's: an expression is a text, and `[` is a mistake.
fn compile(pattern: &str, ignore_case: bool) -> Result<Matcher, String> {
    if pattern == "[" {
        return Err("Unterminated character class".to_owned());
    }
    let fold = move |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
    let pattern = fold(pattern);
    Ok(Rc::new(move |text| fold(text).contains(&pattern)))
}

pub(crate) fn query(text: &str) -> Result<Query, Mistake> {
    Query::parse(text, &compile)
}

pub(crate) fn set_filter(inbox: &mut Inbox, text: &str) {
    inbox.set_filter(query(text).unwrap().into());
}

/// Whether a filter lets a message through, looked at in one step and in many.
pub(crate) fn passes(filter: &Filter, delivery: Delivery) -> bool {
    let mut inbox = Inbox::default();
    inbox.receive(vec![delivery], 0.0);
    let message = inbox.newest().unwrap();
    let all = filter.look(message, Default::default(), &mut usize::MAX.clone());
    let (mut place, mut steps) = (Default::default(), 0);
    let look = loop {
        steps += 1;
        assert!(steps < 1_000_000);
        match filter.look(message, place, &mut 7) {
            Look::Unfinished(at) => place = at,
            look => break look,
        }
    };
    assert_eq!(all, look);
    all == Look::Found
}

fn finds(text: &str, delivery: &Delivery) -> bool {
    passes(&query(text).unwrap().into(), delivery.clone())
}

fn order() -> Delivery {
    let body = r#"{"items":[{"sku":"A-1"},{"sku":"B 2","n":10}],"total":42.50,"note":"say \"hi\"",
        "big":12345678901234567890,"none":null,"x y":{"z":[]},"äö":true}"#;
    let mut order = delivery(1, text(body), Some("id-1"));
    order.exchange = "shop".to_owned();
    order.routing_key = "order.created.eu".to_owned();
    order.properties.kind = Some("Order".to_owned());
    order.properties.app_id = Some("web shop".to_owned());
    order.properties.correlation_id = Some("c*1".to_owned());
    order.properties.content_type = Some("application/json".to_owned());
    order.properties.headers = Some(FieldTable(BTreeMap::from([
        ("x-death".to_owned(), FieldValue::from("Twice")),
        ("tries.count".to_owned(), FieldValue::LongInt(3)),
        ("a b".to_owned(), FieldValue::Boolean(true)),
        ("raw".to_owned(), FieldValue::LongString(vec![0xff])),
    ])));
    order
}

#[test]
fn every_term_must_hold() {
    let order = order();
    for (text, found) in [
        ("", true),
        ("  \u{3000} ", true),
        ("SAY hi", true),
        ("total missing", false),
        ("total -missing", true),
        ("-total", false),
        ("\"B 2\"", true),
        ("\"2 B\"", false),
        (r#""say \\\"hi""#, true),
        ("-\"2 B\" -\"no \"", true),
        ("\"B 2\"\"total\"", true),
        ("-", true),
        ("--1", false),
        (r#"{"items":[{"sku":"A-1"}"#, true),
        ("http://x", false),
        ("-http://x", true),
        ("-foo:bar", true),
        ("redelivered", false),
        ("-redelivered -duplicate -binary -yours", true),
        ("\"redelivered\"", false),
        ("key:order.*", true),
        ("key:order", false),
        ("key:Order.*", false),
        ("key:*.eu", true),
        ("key:order.#", true),
        ("key:order.created.eu.#", true),
        ("key:#.eu.#", true),
        ("key:#", true),
        ("key:order.#.eu", true),
        ("key:order.#.created.#.eu", true),
        ("key:order.#.us", false),
        ("key:ord#", false),
        ("key:*.*.*", true),
        ("-key:*created*", false),
        ("exchange:shop", true),
        ("exchange:\"\"", false),
        ("type:Ord*", true),
        ("id:id-?", false),
        ("id:id-1", true),
        ("app:\"web shop\"", true),
        ("app:web\" \"shop", true),
        ("app:\"web *\"", true),
        (r"correlation:c\*1", true),
        (r"correlation:c\*", false),
        ("content:*/json", true),
        ("header.x-death", true),
        ("header.x-birth", false),
        ("-header.x-birth", true),
        ("header.x-death=Twice", true),
        ("header.x-death!=Twice", false),
        ("header.x-birth!=Twice", false),
        ("header.x-death=T*", true),
        ("header.tries.count=3", true),
        ("header.tries.count>2", true),
        ("header.tries.count<=2", false),
        ("header.\"a b\"=true", true),
        ("header.\"a b\"", true),
        ("header.raw=base64*", true),
        ("size>100", true),
        ("size<0.1k", false),
        ("size<1KiB size<1kb size<1M size>=0.0000001GB size<1mib", true),
        ("size>1.5MiB", false),
        ("deliveries=1", true),
        ("deliveries>1", false),
        ("sizes>1", false),
        ("/A-1/", true),
        ("/a-1/", false),
        ("/a-1/i", true),
        ("-/a-1/i", false),
        ("/B 2/ total", true),
        (r"/[/]/", false),
        ("/items/total /", false),
        ("/items/total", false),
        ("/B 2", false),
    ] {
        assert_eq!(finds(text, &order), found, "{text}");
    }
}

#[test]
fn json_is_compared_as_it_is_written() {
    let order = order();
    for (text, found) in [
        (".items[0].sku=A-1", true),
        (".items[1].sku=\"B 2\"", true),
        (".items[1].sku=B*", true),
        (".items[2]", false),
        (".items", true),
        (".items[0]", true),
        (".[0]", false),
        (".items[1].n>9", true),
        (".items[1].n<=9", false),
        (".items[0].sku>9", false),
        (".total=42.50", true),
        (".total=42.5", false),
        (".total>=42.5", true),
        (".total!=42.50", false),
        (".absent!=1", false),
        ("-.absent=1", true),
        (r#".note="say \"hi\"""#, true),
        (".big=12345678901234567890", true),
        (".none=null", true),
        (".\"x y\".z=[]", true),
        (".[\"x y\"][\"z\"]", true),
        (".äö=true", true),
        (".5", true),
    ] {
        assert_eq!(finds(text, &order), found, "{text}");
    }
    let array = delivery(1, text(" [ 1 , {\"a\\u0062\" : \"c\\nd\"} ] "), None);
    assert!(finds(".[0]=1", &array) && finds(".[1].ab=\"c\\nd\"", &array));
    for body in ["", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "[\"a\":1]", "{\"a\" 1}", "text", "\"a"]
    {
        assert!(!finds(".a", &delivery(1, text(body), None)), "{body}");
    }
    let deep = "[".repeat(100_000);
    assert!(!finds(".[0][1]", &delivery(1, text(&deep), None)));
}

#[test]
fn what_the_page_knows_of_a_message_is_asked_for() {
    let mut inbox = Inbox::default();
    inbox.sent("a", 0.0);
    let mut counted = delivery(2, Body::from(vec![0xff]), Some("a"));
    counted.redelivered = true;
    let headers = BTreeMap::from([("x-delivery-count".to_owned(), FieldValue::LongInt(3))]);
    counted.properties.headers = Some(FieldTable(headers));
    let mut back = delivery(3, text("c"), None);
    back.redelivered = true;
    for (at, delivery) in [delivery(1, text("b"), Some("a")), counted, back].into_iter().enumerate()
    {
        inbox.receive(vec![delivery], at as f64 * 10.0);
    }
    for (text, numbers) in [
        ("yours", vec![1]),
        ("duplicate", vec![2]),
        ("binary", vec![2]),
        ("redelivered", vec![2, 3]),
        ("deliveries>3", vec![2]),
        ("deliveries=2", vec![3]),
        ("-yours -duplicate", vec![3]),
        ("/./", vec![]),
    ] {
        set_filter(&mut inbox, text);
        inbox.search(usize::MAX);
        let shown: Vec<_> = (0..inbox.len()).filter_map(|at| inbox.number(at)).collect();
        assert_eq!(shown, numbers, "{text}");
    }
    inbox.set_filter(Filter { query: query("-q").unwrap(), between: Some((10.0, 20.0)) });
    inbox.search(usize::MAX);
    assert_eq!((inbox.len(), inbox.number(0)), (1, Some(2)));
    assert_eq!(inbox.filter().unwrap().query.text(), "-q");
    inbox.set_filter(Filter { between: Some((0.0, 11.0)), ..Filter::default() });
    inbox.search(usize::MAX);
    assert_eq!(inbox.len(), 2);
}

#[test]
fn only_the_beginning_of_a_body_is_given_to_an_expression() {
    let body = |before: usize| delivery(1, text(&("ä".repeat(before / 2) + "needle")), None);
    assert!(finds("/needle/", &body(MAX_REGEX_BYTES - 6)));
    assert!(!finds("/needle/", &body(MAX_REGEX_BYTES - 4)));
    assert!(finds("/ä/", &body(MAX_REGEX_BYTES + 100)));
}

#[test]
fn mistakes_are_said_in_both_languages() {
    for (text, at, english, chinese) in [
        ("a \"b", 2, "the quote is not closed", "引号没有闭合"),
        ("你 key:\"b", 6, "the quote is not closed", "引号没有闭合"),
        (
            "size>",
            0,
            "size> needs a number of bytes, as in size>1k",
            "size> 后面需要字节数，例如 size>1k",
        ),
        (
            "size<=1x",
            0,
            "size<= needs a number of bytes, as in size<=1k",
            "size<= 后面需要字节数，例如 size<=1k",
        ),
        (
            "你好 -deliveries>a",
            3,
            "deliveries> needs a number, as in deliveries>3",
            "deliveries> 后面需要一个数字，例如 deliveries>3",
        ),
        (".a>b", 0, ".a> needs a number, as in .a>3", ".a> 后面需要一个数字，例如 .a>3"),
        (".a>inf", 0, ".a> needs a number, as in .a>3", ".a> 后面需要一个数字，例如 .a>3"),
        (".a=", 0, ".a= needs a value, as in .a=abc", ".a= 后面需要一个值，例如 .a=abc"),
        (
            "key:",
            0,
            "key: needs a value, as in key:order.*",
            "key: 后面需要一个值，例如 key:order.*",
        ),
        (
            "header.=1",
            0,
            "header. needs a name, as in header.x-death",
            "header. 后面需要名称，例如 header.x-death",
        ),
        (
            ".a..b",
            0,
            "this is no path to a JSON value, such as .items[0].sku",
            "JSON 路径有误，正确的写法如 .items[0].sku",
        ),
        (
            "a /[/",
            2,
            "regular expression: Unterminated character class",
            "正则表达式有误：Unterminated character class",
        ),
    ] {
        let mistake = query(text).unwrap_err();
        assert_eq!(mistake.at, at, "{text}");
        assert_eq!(mistake.words(Language::English), english, "{text}");
        assert_eq!(mistake.words(Language::Chinese), chinese, "{text}");
    }
    let long = query(&"ä".repeat(MAX_QUERY + 1)).unwrap_err();
    assert_eq!(long, Mistake { at: MAX_QUERY, kind: Kind::Long });
    assert_eq!(long.words(Language::English), "the filter is longer than 4096 characters");
    assert_eq!(long.words(Language::Chinese), "过滤条件太长，最多 4096 个字符");
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(
        text in prop_oneof![
            any::<String>(),
            "(-|key:|header[.]|[.]|size>|[\"/*#\\\\=<>!. a\\[\\]0你]){0,12}",
        ],
        body in "[{}\\[\\]\",:\\\\a01 ä]{0,12}",
    ) {
        match query(&text) {
            Ok(query) => {
                let _ = passes(&query.into(), delivery(1, crate::text(&body), Some("a")));
            }
            Err(mistake) => {
                prop_assert!(mistake.at <= text.chars().count());
                prop_assert!(!mistake.words(Language::Chinese).is_empty());
            }
        }
    }
}
