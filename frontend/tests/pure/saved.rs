//! Saved messages: named, bounded, exact, and taken from a file whole or not at all.

use std::collections::BTreeMap;

use warren_frontend::{
    send::{
        draft::{Draft, Format, Prepared},
        saved::{MAX_FILE_BYTES, MAX_NAME, MAX_SAVED, MAX_SAVED_BYTES, SavedError, SavedMessages},
    },
    ui::language::Language,
};
use warren_protocol::{Body, FieldTable, FieldValue, Properties};

use crate::text;

fn message(body: impl Into<Body>) -> Prepared {
    let headers = BTreeMap::from([
        ("x-int".to_owned(), FieldValue::LongInt(5)),
        ("x-text".to_owned(), FieldValue::from("a")),
    ]);
    let properties = Properties {
        message_id: Some("m-{n}".to_owned()),
        persistent: Some(true),
        priority: Some(3),
        content_type: Some("application/json".to_owned()),
        headers: Some(FieldTable(headers)),
        ..Properties::default()
    };
    Prepared { body: body.into(), properties }
}

fn two() -> SavedMessages {
    let saved = SavedMessages::default().save("order", true, message("{\"n\": {n}}")).unwrap();
    saved.save("binary", false, message(vec![0xff, 0])).unwrap()
}

#[test]
fn a_saved_message_fills_the_form_with_all_that_it_was() {
    let saved = SavedMessages::restore(Some(&two().keep())).unwrap();
    assert_eq!(saved, two());
    let draft = saved.get("order").unwrap().draft(Language::English);
    assert_eq!((draft.format, draft.text.as_str()), (Format::Json, "{\"n\": {n}}"));
    assert_eq!(draft.check(None, true, Language::English), Ok(message("{\"n\": {n}}")));
    let draft = saved.get("binary").unwrap().draft(Language::English);
    assert_eq!(draft.check(None, false, Language::English), Ok(message(vec![0xff, 0])));
}

#[test]
fn names_are_checked_and_the_same_name_replaces() {
    let saved = two().save(" order ", false, message("new")).unwrap();
    assert_eq!(saved.all().len(), 2);
    assert_eq!(saved.all()[0].body, text("new"));
    let long = "n".repeat(MAX_NAME + 1);
    assert_eq!(saved.save(" ", false, message("")), Err(SavedError::NoName));
    assert_eq!(saved.save(&long, false, message("")), Err(SavedError::LongName));
    assert_eq!(saved.rename("order", "binary"), Err(SavedError::Taken("binary".to_owned())));
    assert_eq!(saved.rename("order", "order"), Ok(saved.clone()));
    let renamed = saved.rename("order", "another").unwrap();
    assert!(renamed.get("order").is_none() && renamed.get("another").is_some());
    assert_eq!(renamed.delete("another").all().len(), 1);
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_is_given_up_for_it() {
    let mut saved = SavedMessages::default();
    for number in 0..MAX_SAVED {
        saved = saved.save(&number.to_string(), false, message("")).unwrap();
    }
    assert_eq!(saved.save("more", false, message("")), Err(SavedError::TooMany));
    assert!(saved.save("7", false, message("other")).is_ok());
    assert_eq!(saved.import(two().export().as_bytes()), Err(SavedError::TooMany));
    let large = message("a".repeat(MAX_SAVED_BYTES));
    assert!(matches!(two().save("large", false, large), Err(SavedError::TooLarge(_))));
}

#[test]
fn an_exported_file_is_added_and_taken_names_get_a_number() {
    let (added, count) = two().import(two().export().as_bytes()).unwrap();
    let names: Vec<_> = added.all().iter().map(|saved| saved.name.as_str()).collect();
    assert_eq!((names, count), (vec!["order", "binary", "order (2)", "binary (2)"], 2));
    let (again, _) = added.import(format!("\u{feff}{}", two().export()).as_bytes()).unwrap();
    assert!(again.get("order (3)").is_some());
    assert_eq!(added.all()[3].body, Body::from(vec![0xff, 0]));
    assert_eq!(SavedMessages::default().import(two().export().as_bytes()).unwrap().0, two());
}

#[test]
fn a_wrong_file_is_said_with_its_line_or_name() {
    let typed = |value: &str| {
        format!(
            "{{\"saved_messages\": [{{\"name\": \"a\", \"body\": {{\"text\": \"\"}}, \"properties\": \
             {{\"headers\": {{\"x\": {value}}}}}}}]}}"
        )
    };
    assert!(two().import(typed("1").as_bytes()).is_ok());
    for (file, wanted) in [
        ("", "Nothing was imported: it is empty."),
        ("{\"a\":\n 1,}", "in line 2, column 4"),
        ("[]", "no list saved_messages"),
        ("{\"saved_messages\": 1}", "no list saved_messages"),
        (
            "{\"saved_messages\": [{\"name\": \"a\"}]}",
            "message \"a\" is wrong: missing field `body`",
        ),
        ("{\"saved_messages\": [{}, 1]}", "message 1 is wrong"),
        (&typed("{\"$type\": \"int\"}"), "message \"a\" is wrong: header type \"int\" is unknown"),
        (
            "{\"saved_messages\": [{\"name\": \" \", \"body\": {\"text\": \"\"}}]}",
            "A name is missing",
        ),
    ] {
        let error = two().import(file.as_bytes()).unwrap_err();
        let words = error.words(Language::English);
        assert!(words.contains(wanted), "{file}: {words}");
        assert!(!error.words(Language::Chinese).is_empty());
    }
}

#[test]
fn a_file_that_is_too_large_or_no_text_is_not_read() {
    let large = vec![b' '; MAX_FILE_BYTES + 1];
    let error = two().import(&large).unwrap_err();
    assert_eq!(error, SavedError::LargeFile(MAX_FILE_BYTES + 1));
    let words = error.words(Language::English);
    assert!(words.starts_with("Nothing was imported: the file has 4,194,305 bytes"), "{words}");
    // Latin-1: to read it with signs in the place of its letters would change the message.
    let latin = b"{\"saved_messages\": [{\"name\": \"a\", \"body\": {\"text\": \"caf\xe9\"}}]}";
    assert_eq!(two().import(latin), Err(SavedError::NotText));
}

#[test]
fn a_file_of_too_many_is_refused_whole() {
    let one = "{\"name\": \"a\", \"body\": {\"text\": \"\"}}";
    let file = |count| format!("{{\"saved_messages\": [{}]}}", vec![one; count].join(","));
    assert_eq!(two().import(file(MAX_SAVED - 1).as_bytes()), Err(SavedError::TooMany));
    let (full, count) = two().import(file(MAX_SAVED - 2).as_bytes()).unwrap();
    assert_eq!((full.all().len(), count), (MAX_SAVED, MAX_SAVED - 2));
}

#[test]
fn a_body_of_which_only_the_size_is_there_is_no_empty_message() {
    let file = b"{\"saved_messages\": [{\"name\": \"a\", \"body\": {\"bytes\": 5}}]}";
    let words = two().import(file).unwrap_err().words(Language::English);
    assert_eq!(
        words,
        "Nothing was imported: message \"a\" is wrong: its body has only a size (bytes), not the \
         content."
    );
}

#[test]
fn long_names_get_a_number_and_stay_names_that_can_be_imported() {
    let long = "n".repeat(MAX_NAME);
    let saved = SavedMessages::default().save(&long, false, message("")).unwrap();
    let (twice, _) = saved.import(saved.export().as_bytes()).unwrap();
    let numbered = format!("{} (2)", "n".repeat(MAX_NAME - 4));
    assert!(twice.get(&numbered).is_some());
    let (again, count) = SavedMessages::default().import(twice.export().as_bytes()).unwrap();
    assert_eq!((again, count), (twice.clone(), 2));
    assert_eq!(twice.rename(&numbered, &numbered), Ok(twice));
}

#[test]
fn a_name_or_reason_of_a_file_is_cut() {
    let x = "x".repeat(10_000);
    for one in [
        format!("{{\"name\": \"{x}\", \"body\": {{\"text\": \"\"}}}}"),
        format!("{{\"name\": \"a\", \"body\": {{\"{x}\": \"\"}}}}"),
    ] {
        let file = format!("{{\"saved_messages\": [{one}]}}");
        let words = two().import(file.as_bytes()).unwrap_err().words(Language::English);
        assert!(words.starts_with("Nothing was imported: message \""), "{words}");
        assert!(words.chars().count() < 600, "{}", words.len());
        // The place counts bytes of a part of the file, and would mislead.
        assert!(!words.contains("column"), "{words}");
    }
}

#[test]
fn what_a_browser_keeps_and_nobody_can_read_is_no_empty_list() {
    assert_eq!(SavedMessages::restore(None), Ok(SavedMessages::default()));
    assert_eq!(SavedMessages::restore(Some("{")), Err(SavedError::Unreadable));
}

#[test]
fn the_form_of_a_saved_message_is_a_draft_like_any_other() {
    let saved = SavedMessages::default();
    let saved = saved.save("a", false, Prepared::text("one\r\ntwo".to_owned())).unwrap();
    let draft: Draft = saved.get("a").unwrap().draft(Language::English);
    assert_eq!(draft.check(None, false, Language::English).unwrap().body, text("one\r\ntwo"));
}
