//! JSON as a tree, and the values at its paths.

use std::{borrow::Cow, collections::BTreeSet};

use proptest::prelude::*;
use warren_frontend::{
    receive::{
        filter::{Field, json_path::value_at, term_for},
        json_tree::{MAX_BYTES, MAX_LINES, Tree},
        json_view::indent,
    },
    ui::{
        json::{Kind, check, push_indent},
        language::Language,
    },
};

use crate::{
    delivery,
    filter_terms::{passes, query},
    filter_writing::values,
    languages::assert_words,
    text,
};

fn lines(tree: &Tree, seen: &[usize], folded: &BTreeSet<usize>) -> Vec<String> {
    let line = |at: &usize| {
        let mut text = String::new();
        push_indent(&mut text, usize::from(tree.lines()[*at].depth));
        text + &tree
            .parts(*at, folded.contains(at))
            .into_iter()
            .map(|(_, text)| text)
            .collect::<String>()
    };
    seen.iter().map(line).collect()
}

fn unfolded(tree: &Tree) -> String {
    lines(tree, &tree.seen(&BTreeSet::new()), &BTreeSet::new()).join("\n")
}

const ORDER: &str = r#"{"id": 12345678901234567890, "customer": {"name": "Zo\u00eb \ud83d\udc07", "a.b": [ ]},
    "items": [{"sku": "x\"y"}, 1e400, [true, null], {}], "id": 2, "": {"\u0061": "l\u200b"}}"#;

#[test]
fn a_tree_is_the_indented_text_in_lines() {
    let tree = Tree::new(ORDER, false).unwrap();
    assert_eq!(unfolded(&tree), indent(ORDER, false).unwrap().text);
    assert_eq!((tree.read, tree.whole), (ORDER.len(), true));
    assert_eq!(tree.lines()[0].items, 5);
    let kinds: Vec<_> = tree.parts(1, false).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [Kind::Key, Kind::Colon, Kind::Number, Kind::Comma]);
}

#[test]
fn what_a_part_is_of_is_said_only_where_it_is_known() {
    let lines = format!("[{}1]", "1,".repeat(MAX_LINES));
    let tree = Tree::new(&lines, false).unwrap();
    // In tenths of KiB both would be the same.
    assert_words(|language| tree.note(Some(lines.len()), language).unwrap(), &["20,000"]);
    let long = format!("[\"{}\",\"{}", "a".repeat(2_048), "a".repeat(2_048));
    let tree = Tree::new(&long, true).unwrap();
    let sizes = &["2.0 KiB", "1.0 MiB"];
    assert_words(|language| tree.note(Some(1024 * 1024), language).unwrap(), sizes);
    // In a charset, or of a binary format.
    assert_words(|language| tree.note(None, language).unwrap(), &["2"]);
    assert_eq!(Tree::new("[1]", false).unwrap().note(Some(3), Language::English), None);
}

#[test]
fn what_is_folded_is_one_line() {
    let tree = Tree::new(r#"{"a":{"b":1},"c":[1,[2]]}"#, false).unwrap();
    let folded = BTreeSet::from([1, 4, 6, 99]);
    let seen = tree.seen(&folded);
    assert_eq!(lines(&tree, &seen, &folded), ["{", "  \"a\": {…},", "  \"c\": […]", "}"]);
    assert_eq!((seen, tree.lines()[4].items), (vec![0, 1, 4, 10], 2));
}

#[test]
fn every_line_has_the_path_of_its_value() {
    let tree = Tree::new(ORDER, false).unwrap();
    let paths: Vec<_> = (0..tree.lines().len()).map(|at| tree.path(at)).collect();
    let expected = [
        ".",
        ".id",
        ".customer",
        ".customer.name",
        ".customer.\"a.b\"",
        ".customer",
        ".items",
        ".items[0]",
        ".items[0].sku",
        ".items[0]",
        ".items[1]",
        ".items[2]",
        ".items[2][0]",
        ".items[2][1]",
        ".items[2]",
        ".items[3]",
        ".items",
        ".id",
        ".\"\"",
        ".\"\".a",
        ".\"\"",
        ".",
    ];
    assert_eq!(paths, expected);
    assert_eq!(Tree::new("[[7]]", false).unwrap().path(2), ".[0][0]");
    for (at, path) in paths.iter().enumerate() {
        // The second of two members of one name cannot be told by a path.
        if let Some(value) = tree.value(at).filter(|value| value.raw != "2") {
            assert_eq!(value_at(ORDER, path), Some(value.text()), "{path}");
        }
    }
}

#[test]
fn the_value_at_a_path_is_found_as_it_is_written() {
    let found = |path| value_at(ORDER, path).map(Cow::into_owned);
    assert_eq!(found(".id").as_deref(), Some("12345678901234567890"));
    assert_eq!(found(".customer.name").as_deref(), Some("Zo\u{eb} \u{1f407}"));
    assert_eq!(found(".customer[\"a.b\"]").as_deref(), Some("[ ]"));
    assert_eq!(found(".items[0].sku").as_deref(), Some("x\"y"));
    assert_eq!(found(".items[1]").as_deref(), Some("1e400"));
    assert_eq!(found(".items[2]").as_deref(), Some("[true, null]"));
    assert_eq!(found(".[\"\"].a").as_deref(), Some("l\u{200b}"));
    assert_eq!(found("."), Some(ORDER.to_owned()));
    assert_eq!(value_at(" [1,2]", ".[1]").unwrap(), "2");
    assert_eq!(value_at("[1,2]", "[1]").unwrap(), "2");
    let missing =
        [".items[4]", ".items.sku", ".id.x", ".customer[0]", ".none", "id", "..", ".a[", "["];
    for path in missing {
        assert_eq!(found(path), None, "{path}");
    }
    // It reads no further than the value.
    assert_eq!(value_at("{\"a\":[1,\"]\"],\"b\":1 nonsense", ".b").unwrap(), "1");
}

#[test]
fn a_body_that_is_one_value_is_filtered_by_it() {
    for (term, body, found) in [
        (".=7", "7", true),
        (".=7", "[7]", false),
        (".!=7", " \"a\" ", true),
        (".>6", "7", true),
        (".<6", "7", false),
        (".=\"a b\"", "\"a b\"", true),
        // Texts.
        (".", "a.b", true),
        ("..", "7", false),
    ] {
        let filter = query(term).unwrap().into();
        assert_eq!(passes(&filter, delivery(1, text(body), None)), found, "{term} {body}");
    }
}

#[test]
fn deep_nesting_and_much_text_are_bounded() {
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let tree = Tree::new(&deep, false).unwrap();
    assert_eq!((tree.lines().len(), tree.whole), (19_999, true));
    assert_eq!(tree.path(9_999).len(), 1 + 3 * 9_999);
    assert_eq!(tree.lines()[0].close, Some(19_998));
    assert_eq!(value_at(&deep, ".[0][0]").unwrap().len(), 20_000 - 4);
    let deeper = "[".repeat(2 * MAX_BYTES);
    let tree = Tree::new(&deeper, false).unwrap();
    assert_eq!((tree.lines().len(), tree.read, tree.whole), (MAX_LINES, MAX_LINES, false));
    assert_eq!(tree.lines()[0].close, Some(MAX_LINES));
    assert_eq!(tree.seen(&BTreeSet::from([0])), [0]);
    let long = format!("[1,\"{}\"]", "ä".repeat(MAX_BYTES));
    let tree = Tree::new(&long, false).unwrap();
    assert_eq!((tree.lines().len(), tree.read, tree.whole), (2, 3, false));
    assert_eq!(unfolded(&tree), "[\n  1,");
}

#[test]
fn a_mistake_is_told_in_both_languages() {
    let mistake = Tree::new("{\"a\": oops}", false).unwrap_err();
    assert_eq!(
        mistake.words(Language::English),
        "neither a number nor true, false, null in line 1, column 7"
    );
    assert_eq!(
        mistake.words(Language::Chinese),
        "第 1 行第 7 列：既不是数字，也不是 true、false 或 null"
    );
    assert_eq!(check(" \n").unwrap_err().words(Language::Chinese), "内容为空");
}

proptest! {
    #[test]
    fn a_tree_is_the_indented_text_whatever_it_is(
        json in "[\\[\\]{}:,\" 0-9a-z.\\\\+-]{0,16}", cut in any::<bool>(), path in "[.a\\[\\]0-2\"]{0,8}",
    ) {
        let tree = Tree::new(&json, cut);
        let indented = indent(&json, cut);
        prop_assert_eq!(tree.is_ok(), indented.is_ok());
        if let (Ok(tree), Ok(indented)) = (tree, indented) {
            if !cut {
                prop_assert_eq!(unfolded(&tree), indented.text);
            }
            for at in 0..tree.lines().len() {
                prop_assert!(cut || value_at(&json, &tree.path(at)).is_some());
            }
        }
        let _ = value_at(&json, &path);
    }

    /// What is clicked is found: by its path, and by the filter that the click writes.
    #[test]
    fn every_value_of_a_tree_is_found_at_its_path(value in values(), spaced: bool) {
        let json = if spaced {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        };
        let tree = Tree::new(&json, false).unwrap();
        for at in 0..tree.lines().len() {
            let Some(value) = tree.value(at) else { continue };
            let path = tree.path(at);
            prop_assert_eq!(value_at(&json, &path), Some(value.text()), "{}", path);
            let term = term_for(Field::Json(path), &value.text(), false);
            let filter = query(&term).unwrap().into();
            prop_assert!(passes(&filter, delivery(1, text(&json), None)), "{}", term);
        }
    }

    #[test]
    fn structures_are_trees(
        tokens in prop::collection::vec(prop::sample::select(vec!["[", "]", "{", "}", ",", "\"a\":", "1", "\"\u{202e}\""]), 0..12),
        cut in any::<bool>(),
    ) {
        let json = tokens.concat();
        let (tree, indented) = (Tree::new(&json, cut), indent(&json, cut));
        prop_assert_eq!(tree.is_ok(), indented.is_ok());
        if let (Ok(tree), Ok(indented)) = (tree, indented) {
            if !cut || tree.read == json.len() {
                prop_assert_eq!(unfolded(&tree), indented.text);
            }
            for (at, line) in tree.lines().iter().enumerate() {
                let _ = (tree.parts(at, true), tree.path(at), line.close.is_none_or(|close| close > at));
            }
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>(), path in any::<String>(), cut in any::<bool>()) {
        let _ = (Tree::new(&text, cut), value_at(&text, &path), value_at("{\"a\":[1]}", &path));
    }
}
