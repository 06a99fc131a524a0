//! Terms that are written for a click on a value, JSON values found by their paths, and what the
//! patterns of routing keys mean.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use warren_frontend::receive::filter::{
    Field, MAX_VALUE,
    json_path::{push_name, value_at},
    term_for, with_term,
};
use warren_protocol::{Delivery, FieldTable, FieldValue};

use crate::{
    delivery,
    filter_terms::{passes, query},
    text,
};

/// A message that has `value` there.
fn with(field: &Field, value: &str) -> Delivery {
    let mut message = delivery(1, text(""), None);
    let properties = &mut message.properties;
    let some = Some(value.to_owned());
    match field {
        Field::Key => message.routing_key = value.to_owned(),
        Field::Exchange => message.exchange = value.to_owned(),
        Field::Is | Field::By | Field::Queue => unreachable!("no delivery has {field:?}"),
        Field::Type => properties.kind = some,
        Field::Id => properties.message_id = some,
        Field::App => properties.app_id = some,
        Field::Correlation => properties.correlation_id = some,
        Field::Content => properties.content_type = some,
        Field::Header(name) => {
            let header = (name.clone(), FieldValue::from(value));
            properties.headers = Some(FieldTable(BTreeMap::from([header])));
        }
        Field::Json(_) => {
            message.body = text(&json!({ "a": [0, { "b \"c\\": value }] }).to_string())
        }
    }
    message
}

fn fields() -> impl Strategy<Value = Field> {
    let mut path = ".a[1]".to_owned();
    push_name(&mut path, "b \"c\\");
    prop_oneof![
        Just(Field::Key),
        Just(Field::Exchange),
        Just(Field::Type),
        Just(Field::Id),
        Just(Field::App),
        Just(Field::Correlation),
        Just(Field::Content),
        "[a =.\"\\\\*#\n!>ä-]{0,5}".prop_map(Field::Header),
        Just(Field::Json(path)),
    ]
}

const VALUES: &str = "[ab .*#\"\\\\\n\rn=/!>\u{3000}你-]{0,6}";

#[test]
fn terms_are_short_where_they_can_be() {
    for (field, value, term) in [
        (Field::Key, "order.created", "key:order.created"),
        (Field::Key, "a b", "key:\"a b\""),
        (Field::Exchange, "", "exchange:\"\""),
        (Field::Key, "*.#", r"key:\*.\#"),
        (Field::Header("x-death".to_owned()), "1", "header.x-death=1"),
        (Field::Header("a b".to_owned()), "1", "header.\"a b\"=1"),
        (Field::Json(".items[0].sku".to_owned()), "A-1", ".items[0].sku=A-1"),
        (Field::Json(".a".to_owned()), "x\ny", ".a=\"x\\ny\""),
    ] {
        assert_eq!(term_for(field.clone(), value, false), term);
        assert_eq!(term_for(field, value, true), format!("-{term}"));
    }
}

#[test]
fn a_long_value_is_found_by_its_beginning() {
    let long = "ä ".repeat(MAX_VALUE);
    let filter = query(&term_for(Field::Type, &long, false)).unwrap().into();
    assert!(passes(&filter, with(&Field::Type, &long)));
    assert!(!passes(&filter, with(&Field::Type, &long[2..])));
}

#[test]
fn a_term_is_added_or_turned_round() {
    for (text, term, new) in [
        ("", "key:a", "key:a"),
        ("b ", "key:a", "b key:a"),
        ("key:a b", "-key:a", "-key:a b"),
        ("b -key:\"a b\" c", "key:\"a b\"", "b key:\"a b\" c"),
        ("key:ab", "key:a", "key:ab key:a"),
        ("/a b/ x", "-/a b/", "-/a b/ x"),
        ("\"open", "key:a", "key:a \"open"),
        ("/api", "key:a/", "key:a/ /api"),
    ] {
        assert_eq!(with_term(text, term), new);
    }
}

/// Every value in a JSON text and its path.
fn paths(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    if !path.is_empty() {
        found.push((path.to_owned(), value.clone()));
    }
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let root = if path.is_empty() { "." } else { path };
                paths(item, &format!("{root}[{at}]"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let mut path = path.to_owned();
                push_name(&mut path, name);
                paths(member, &path, found);
            }
        }
        _ => {}
    }
}

pub(super) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        "[a\"\\\\\n{}\\[\\],ä]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[ab0.\\[\\]\"\\\\\n ä=]{0,3}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// What a routing key's pattern means, in the shortest words: `*` is any run of characters, and
/// words in place of `#` have a dot behind them each.
fn matches(pattern: &[&str], key: &str) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return key.is_empty() };
    let ends = || (0..=key.len()).filter_map(|end| key.split_at_checked(end));
    match *first {
        "*" => ends().any(|(_, after)| matches(rest, after)),
        "#." => ends().any(|(words, after)| {
            (words.is_empty() || words.ends_with('.')) && matches(rest, after)
        }),
        text => key.strip_prefix(text).is_some_and(|after| matches(rest, after)),
    }
}

proptest! {
    #[test]
    fn a_routing_key_s_pattern_means_what_a_binding_s_does(
        words in prop::collection::vec("#|[ab*]{1,3}|a#", 1..5), key in "[ab.]{0,8}",
    ) {
        let mut message = delivery(1, text(""), None);
        message.routing_key = key.clone();
        let pattern = words.join(".");
        let parts: Vec<&str> = words.iter().flat_map(|word| match word.as_str() {
            "#" => vec!["#."],
            word => word.split("").filter(|part| !part.is_empty()).chain(["."]).collect(),
        }).collect();
        let wanted = matches(&parts, &(key + "."));
        prop_assert_eq!(passes(&query(&format!("key:{pattern}")).unwrap().into(), message), wanted, "{}", pattern);
    }

    #[test]
    fn a_term_holds_for_its_value_alone(
        field in fields(), value in VALUES, other in VALUES, before in VALUES,
    ) {
        for negated in [false, true] {
            let term = term_for(field.clone(), &value, negated);
            let filter = query(&term).unwrap().into();
            prop_assert_eq!(passes(&filter, with(&field, &value)), !negated, "{}", term);
            prop_assert_eq!(passes(&filter, with(&field, &other)), (value == other) != negated, "{}", term);
        }
        // Behind other terms it is still the same term, and is turned round in its place.
        let added = with_term(&before, &term_for(field.clone(), &value, false));
        let negated = term_for(field.clone(), &value, true);
        let turned = with_term(&added, &negated);
        prop_assert!(turned.contains(&negated), "{} {}", added, turned);
        prop_assert!(query(&before).is_err() || query(&turned).is_ok(), "{}", turned);
        prop_assert_eq!(with_term(&turned, &negated), turned);
    }

    #[test]
    fn every_value_is_found_at_its_path(value in values(), spaced: bool) {
        let text = if spaced {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        };
        let mut all = Vec::new();
        paths(&value, "", &mut all);
        for (path, value) in all {
            let found = value_at(&text, &path).unwrap();
            match value {
                Value::String(string) => prop_assert_eq!(found, string),
                value => prop_assert_eq!(serde_json::from_str::<Value>(&found).unwrap(), value),
            }
        }
    }

    #[test]
    fn no_text_and_no_path_is_too_odd(text: String, path in "[.\\[\\]\"\\\\a0-9ä]{0,8}", json in "[{}\\[\\]\",:\\\\a01 ]{0,20}") {
        let _ = value_at(&text, &path);
        let _ = value_at(&json, &path);
    }
}
