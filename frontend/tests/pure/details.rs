//! What the Details show of a message: exact, bounded, and harmless whatever is in it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use warren_frontend::{
    receive::{
        body_view::{Form, SHOWN_BYTES, copy, pieces, show},
        inbox::Inbox,
        json_view::{MAX_TEXT, indent},
        message_details::{self, MAX_HEADERS, MAX_VALUE_CHARS},
    },
    ui::{
        clock::{Clock, Zone},
        language::Language,
        utc::utc,
        visible,
    },
};
use warren_protocol::{Body, FieldTable, FieldValue, Properties};

use crate::{delivery, text};

fn shown(body: &Body, form: Form) -> String {
    show(body, form, Language::English).unwrap().text
}

#[test]
fn a_text_is_shown_with_what_is_hidden_in_it() {
    let body = text("<script>\u{0}\u{202e}\u{200b}\r\n\ta\u{2066}b\u{1f407}\u{200d}");
    let visible = "<script>\u{2400}⟨U+202E⟩⟨U+200B⟩\u{240d}\n\ta⟨U+2066⟩b\u{1f407}\u{200d}";
    assert_eq!(shown(&body, Form::Text), visible);
    let error = show(&Body::from(vec![0xff]), Form::Text, Language::English).unwrap_err();
    assert!(error.contains("not text"), "{error}");
}

#[test]
fn hex_shows_offset_bytes_and_ascii() {
    let body = Body::from((0..18).map(|byte| byte + 0x5f).chain([0xff]).collect::<Vec<u8>>());
    let lines = [
        "00000000  5f 60 61 62 63 64 65 66  67 68 69 6a 6b 6c 6d 6e  |_`abcdefghijklmn|",
        "00000010  6f 70 ff                                          |op.|",
    ];
    assert_eq!(shown(&body, Form::Hex), lines.join("\n") + "\n");
    assert_eq!(shown(&text(""), Form::Hex), "");
}

#[test]
fn base64_is_that_of_the_whole_body_unless_it_is_cut() {
    assert_eq!(shown(&text("Hello"), Form::Base64), "SGVsbG8=");
    let lines = format!("{}\n{}\neHg=", "eHh4".repeat(19), "eHh4".repeat(19));
    assert_eq!(shown(&text(&"x".repeat(116)), Form::Base64), lines);
    let large = Body::from(vec![0; SHOWN_BYTES + 1]);
    let beginning = show(&large, Form::Base64, Language::English).unwrap();
    assert_eq!(beginning.part, Some(SHOWN_BYTES / 3 * 3));
    assert!(!beginning.text.ends_with('='));
}

#[test]
fn a_large_body_is_shown_in_part_and_says_so() {
    // Cut within a character.
    let body = text(&("x".to_owned() + &"ä".repeat(SHOWN_BYTES)));
    for form in Form::ALL {
        let Ok(part) = show(&body, form, Language::English) else {
            assert_eq!(form, Form::Json);
            continue;
        };
        let read = part.part.unwrap();
        assert!((SHOWN_BYTES - 3..=SHOWN_BYTES).contains(&read), "{form:?} {read}");
        let note = part.note(body.len(), Language::English).unwrap();
        assert!(note.starts_with("The first ") && note.contains(" of 512.0 KiB"), "{note}");
    }
    let whole = show(&text(&"x".repeat(SHOWN_BYTES)), Form::Text, Language::English).unwrap();
    assert_eq!((whole.part, whole.note(SHOWN_BYTES, Language::English)), (None, None));
}

#[test]
fn json_is_indented_and_its_numbers_and_strings_keep_their_text() {
    let json = r#" {"a":[1e400,-0.10,{"b":12345678901234567890}],"c":"\u00e4\"","d":{},"e":[ ]} "#;
    let lines = [
        "{",
        "  \"a\": [",
        "    1e400,",
        "    -0.10,",
        "    {",
        "      \"b\": 12345678901234567890",
        "    }",
        "  ],",
        r#"  "c": "\u00e4\"","#,
        "  \"d\": {},",
        "  \"e\": []",
        "}",
    ];
    assert_eq!(shown(&text(json), Form::Json), lines.join("\n"));
    assert_eq!(shown(&text("null"), Form::Json), "null");
    // A name given twice is shown twice.
    assert_eq!(shown(&text("{\"a\":1,\"a\":2}"), Form::Json), "{\n  \"a\": 1,\n  \"a\": 2\n}");
}

#[test]
fn what_is_copied_is_what_it_is_and_not_what_is_seen_of_it() {
    let json = text("{\"a\u{200b}\":\"\u{202e}\u{7f}\"}");
    assert_eq!(shown(&json, Form::Json), "{\n  \"a⟨U+200B⟩\": \"⟨U+202E⟩\u{2421}\"\n}");
    let copied = |body: &Body, form| copy(body, form).map(|copy| copy.text);
    let indented = "{\n  \"a\u{200b}\": \"\u{202e}\u{7f}\"\n}";
    assert_eq!(copied(&json, Form::Json).as_deref(), Some(indented));
    assert_eq!(copied(&json, Form::Text).as_deref(), json.as_text());
    assert_eq!(copied(&text("{\u{0}"), Form::Json).as_deref(), Some("{\u{0}"));
    let bytes = Body::from(vec![0xff]);
    assert_eq!((copied(&bytes, Form::Text), copied(&bytes, Form::Json)), (None, None));
    assert_eq!(copied(&bytes, Form::Base64).as_deref(), Some("/w=="));
}

#[test]
fn a_copy_that_is_cut_says_so() {
    let numbers = text(&format!("[{}1]", "1234567,".repeat(SHOWN_BYTES / 4)));
    for form in [Form::Json, Form::Hex, Form::Base64] {
        let copy = copy(&numbers, form).unwrap();
        assert_eq!(copy.part, show(&numbers, form, Language::English).unwrap().part, "{form:?}");
        let words = "Copied the first 256.0 KiB of 512.0 KiB. Save gives all.";
        assert_eq!(copy.copied(numbers.len(), Language::English), words, "{form:?}");
    }
    let copy = copy(&numbers, Form::Text).unwrap();
    assert_eq!(
        (copy.copied(numbers.len(), Language::English), copy.text.len()),
        ("Copied.".to_owned(), numbers.len())
    );
}

#[test]
fn what_is_not_json_is_said_with_its_place() {
    let wrong = [
        ("", "it is empty"),
        ("[1,\n 2,]", "a value is missing in line 2, column 4"),
        ("{a: 1}", "a name in quotes or } is missing in line 1, column 2"),
        ("{\"a\" 1}", "a colon is missing in line 1, column 6"),
        ("[1 2]", "a comma or ] is missing in line 1, column 4"),
        ("{\"a\":1 2}", "a comma or } is missing in line 1, column 8"),
        ("[01]", "neither a number nor true, false, null in line 1, column 2"),
        ("1 2", "something follows the value in line 1, column 3"),
        ("[}", "a value or ] is missing in line 1, column 2"),
        ("\"a\nb\"", "a control character in a string in line 1, column 3"),
        ("\"\\x\"", "an unknown escape in a string in line 1, column 2"),
        ("[\"ab", "the text ends too early in line 1, column 5"),
    ];
    for (json, why) in wrong {
        assert_eq!(
            show(&text(json), Form::Json, Language::English),
            Err(format!("This body is not JSON: {why}."))
        );
    }
}

#[test]
fn deep_nesting_is_no_recursion_and_no_endless_text() {
    let deep = text(&"[".repeat(SHOWN_BYTES * 2));
    let part = show(&deep, Form::Json, Language::English).unwrap();
    assert!(part.text.len() < MAX_TEXT + 1_000);
    assert!(part.part.is_some());
}

#[test]
fn large_json_is_indented_as_far_as_it_is_read() {
    let numbers = text(&format!("[{}1]", "1234567,".repeat(SHOWN_BYTES / 4)));
    let part = show(&numbers, Form::Json, Language::English).unwrap();
    assert!(part.part.unwrap() <= SHOWN_BYTES);
    assert!(part.text.lines().skip(1).all(|line| line == "  1234567,"), "no number is cut");
}

#[test]
fn headers_show_their_types_and_are_bounded() {
    let value = |value| Properties {
        headers: Some(FieldTable(BTreeMap::from([("h".to_owned(), value)]))),
        ..Properties::default()
    };
    let shown = |properties| {
        let (mut rows, more) = message_details::headers(&properties, Language::English);
        assert_eq!((rows.len(), more), (1, 0));
        let row = rows.remove(0);
        (row.kind, row.value)
    };
    let decimal = |scale, digits| FieldValue::Decimal { scale, value: digits };
    let table = FieldTable(BTreeMap::from([("k".to_owned(), FieldValue::from("v"))]));
    let values = [
        (FieldValue::Boolean(true), ("boolean", "true")),
        (FieldValue::ShortUint(7), ("short_uint", "7")),
        (FieldValue::LongLongInt(7), ("long_long_int", "7")),
        (FieldValue::LongLongInt(-7), ("long_long_int", "-7 (unsigned 18446744073709551609)")),
        (FieldValue::LongLongInt(i64::MAX), ("long_long_int", "9223372036854775807")),
        (FieldValue::ShortShortInt(-1), ("short_short_int", "-1 (unsigned 255)")),
        (FieldValue::ShortShortUint(128), ("short_short_uint", "128 (signed -128)")),
        (FieldValue::ShortInt(i16::MIN), ("short_int", "-32768 (unsigned 32768)")),
        (FieldValue::ShortUint(32_767), ("short_uint", "32767")),
        (FieldValue::LongInt(-2), ("long_int", "-2 (unsigned 4294967294)")),
        (FieldValue::LongUint(u32::MAX), ("long_uint", "4294967295 (signed -1)")),
        (FieldValue::Float(0.1), ("float", "0.1")),
        (FieldValue::Double(f64::NAN), ("double", "NaN")),
        (decimal(2, 314), ("decimal", "3.14")),
        (decimal(3, 5), ("decimal", "0.005")),
        (FieldValue::from("a\u{202e}b"), ("long_string", "a⟨U+202E⟩b")),
        (FieldValue::LongString(vec![0xff]), ("long_string", "base64 /w==")),
        (FieldValue::Timestamp(0), ("timestamp", "0 (1970-01-01T00:00:00.000Z)")),
        (
            FieldValue::Timestamp(u64::MAX),
            ("timestamp", "18446744073709551615 (beyond the year 9999)"),
        ),
        (FieldValue::Void, ("void", "nothing")),
        (
            FieldValue::Array(vec![FieldValue::Table(table), FieldValue::Void]),
            ("array", "[{k: \"v\"}, nothing]"),
        ),
    ];
    for (header, (kind, text)) in values {
        assert_eq!(shown(value(header)), (kind, text.to_owned()));
    }
    let (_, long) = shown(value(FieldValue::from("x".repeat(MAX_VALUE_CHARS + 1).as_str())));
    assert!(long.chars().count() <= MAX_VALUE_CHARS + 1 && long.ends_with('…'));

    let many = (0..10_000).map(|number| (number.to_string(), FieldValue::Void)).collect();
    let properties = Properties { headers: Some(FieldTable(many)), ..Properties::default() };
    let (rows, more) = message_details::headers(&properties, Language::English);
    assert_eq!((rows.len(), more), (MAX_HEADERS, 10_000 - MAX_HEADERS));
    assert_eq!(message_details::headers(&Properties::default(), Language::English), (vec![], 0));
}

#[test]
fn every_property_that_is_set_is_shown() {
    let some = || Some("a".to_owned());
    let properties = Properties {
        content_type: some(),
        content_encoding: some(),
        headers: None,
        persistent: Some(false),
        priority: Some(0),
        correlation_id: some(),
        reply_to: some(),
        expiration: some(),
        message_id: some(),
        timestamp: Some(1),
        kind: some(),
        user_id: some(),
        app_id: some(),
    };
    assert_eq!(message_details::properties(&properties, Language::English).len(), 12);
    assert!(message_details::properties(&Properties::default(), Language::English).is_empty());
}

#[test]
fn the_way_of_a_message_is_shown() {
    let mut inbox = Inbox::default();
    let mut returned = delivery(7, text("x"), None);
    let count =
        FieldTable(BTreeMap::from([("x-delivery-count".to_owned(), FieldValue::LongLongInt(18))]));
    returned.properties.headers = Some(count);
    inbox.receive(vec![returned], 0.0);
    let clock = Clock::new(Zone::Utc, 0.0, 0.0, Language::English);
    let rows = message_details::delivery(inbox.newest().unwrap(), &clock, Language::English);
    let value = |name| rows.iter().find(|row| row.name == name).unwrap().value.clone();
    assert_eq!(value("exchange"), "(default)");
    assert_eq!(value("delivery_tag"), "7");
    assert_eq!(value("returned before"), "18 times");
    assert_eq!(value("received"), "1970-01-01T00:00:00.000Z");
}

#[test]
fn dates_are_those_of_the_calendar() {
    assert_eq!(utc(1_700_000_000_123.0), "2023-11-14T22:13:20.123Z");
    assert_eq!(utc(951_782_400_000.0), "2000-02-29T00:00:00.000Z");
    assert_eq!(utc(-1.0), "1969-12-31T23:59:59.999Z");
    assert_eq!(utc(f64::NAN), "1970-01-01T00:00:00.000Z");
    assert_eq!(utc(f64::NEG_INFINITY), "0000-01-01T00:00:00.000Z");
    assert_eq!(utc(f64::INFINITY), "9999-12-31T23:59:59.999Z");
}

proptest! {
    #[test]
    fn no_body_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let body = Body::from(bytes);
        for form in Form::ALL {
            let _ = show(&body, form, Language::English);
        }
    }

    /// What serde_json takes is indented to the same value, and nothing else is.
    #[test]
    fn json_stays_the_same_json(json in "[\\[\\]{}:,\" 0-9a-z.\\\\+-]{0,16}", cut in any::<bool>()) {
        let parsed = serde_json::from_str::<serde_json::Value>(&json);
        let indented = indent(&json, false);
        let too_large = parsed.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        let lone = parsed.as_ref().is_err_and(|error| error.to_string().contains("surrogate"));
        if !too_large && !lone {
            prop_assert_eq!(indented.is_ok(), parsed.is_ok(), "{}", json);
        }
        if let (Ok(indented), Ok(parsed)) = (indented, parsed) {
            let again: serde_json::Value = serde_json::from_str(&indented.text).unwrap();
            prop_assert_eq!(again, parsed);
        }
        let _ = indent(&json, cut);
    }

    #[test]
    fn a_line_is_one_line(text in any::<String>(), most in 0..50usize) {
        let hidden = ['\n', '\r', '\u{202e}'];
        prop_assert!(!visible::line(&text, most).contains(hidden));
    }
}

#[test]
fn pieces_are_the_text_and_end_with_a_line_where_they_can() {
    let line = "x".repeat(1_000) + "\n";
    let lines = line.repeat(100);
    let cut = pieces(&lines);
    assert!(cut.len() > 1 && cut.iter().all(|piece| piece.ends_with('\n')), "{}", cut.len());
    let long = "Zo\u{eb} ".repeat(20_000);
    for text in [lines.as_str(), long.as_str(), "short", ""] {
        assert_eq!(pieces(text).concat(), text);
        assert!(pieces(text).iter().all(|piece| piece.len() <= 8 * 1024));
    }
}

#[test]
fn a_timestamp_is_in_seconds_or_can_only_be_in_milliseconds() {
    let times = [
        (1_700_000_000, "1700000000 (2023-11-14T22:13:20.000Z)"),
        (253_402_300_799, "253402300799 (9999-12-31T23:59:59.000Z)"),
        (253_402_300_800, "253402300800 (1978-01-11T21:31:40.800Z, taken as milliseconds)"),
        (1_700_000_000_123, "1700000000123 (2023-11-14T22:13:20.123Z, taken as milliseconds)"),
        (253_402_300_799_999, "253402300799999 (9999-12-31T23:59:59.999Z, taken as milliseconds)"),
        (253_402_300_800_000, "253402300800000 (beyond the year 9999)"),
    ];
    for (timestamp, shown) in times {
        assert_eq!(message_details::time(timestamp, Language::English), shown);
    }
    let chinese = message_details::time(1_700_000_000_123, Language::Chinese);
    assert_eq!(chinese, "1700000000123（2023-11-14T22:13:20.123Z，按毫秒解释）");
    let headers = BTreeMap::from([("h".to_owned(), FieldValue::LongUint(u32::MAX))]);
    let properties = Properties { headers: Some(FieldTable(headers)), ..Properties::default() };
    let (rows, _) = message_details::headers(&properties, Language::Chinese);
    assert_eq!(rows[0].value, "4294967295（有符号 -1）");
}

#[test]
fn what_is_said_of_a_body_is_said_in_chinese_too() {
    let words = |body| show(&body, Form::Json, Language::Chinese).unwrap_err();
    assert_eq!(words(text("[1,")), "消息体不是 JSON：第 1 行第 4 列：文本提前结束。");
    assert_eq!(words(Body::from(vec![0xff])), "消息体不是文本，请用 Hex 或 Base64 查看。");
    let large = text(&"x".repeat(2 * SHOWN_BYTES));
    let part = show(&large, Form::Text, Language::English).unwrap();
    let note = part.note(large.len(), Language::Chinese).unwrap();
    assert_eq!(note, "只显示前 256.0 KiB（共 512.0 KiB）。保存可得到全部。");
    let copied = copy(&large, Form::Text).unwrap().copied(large.len(), Language::Chinese);
    assert_eq!(copied, "已复制。");
}
