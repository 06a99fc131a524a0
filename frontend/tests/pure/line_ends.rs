//! CR, CRLF and LF: what is pasted is what is sent.

use proptest::prelude::*;
use warren_frontend::{
    send::draft::{
        Draft, Format,
        line_ends::{LineEnds, Pasted, apply, boxed, changed_words, mixed_words, of, pasted},
    },
    ui::language::Language,
};

use crate::text;

const HL7: &str = "MSH|A\rPID|1\r";

#[test]
fn the_line_ends_of_a_text_are_told_unless_they_differ() {
    assert_eq!(of(HL7), Some(LineEnds::Cr));
    assert_eq!(of("a\r\nb\r\n"), Some(LineEnds::CrLf));
    assert_eq!(of("a\nb"), Some(LineEnds::Lf));
    assert_eq!(of("a"), Some(LineEnds::Lf));
    for mixed in ["a\r\nb\n", "a\n\r", "a\rb\r\n", "\r\r\n"] {
        assert_eq!(of(mixed), None, "{mixed:?}");
    }
}

#[test]
fn a_pasted_text_sets_the_line_ends_where_no_others_are() {
    use Format::{Base64, Json, Text};
    use LineEnds::{Cr, CrLf, Lf};
    assert_eq!(pasted(HL7, "", Text, Lf), Pasted::Set(Cr));
    assert_eq!(pasted("a\r\n", "one line", Text, Lf), Pasted::Set(CrLf));
    assert_eq!(pasted("a\r\n", "", Json, Lf), Pasted::Set(CrLf));
    // Back to LF as well.
    assert_eq!(pasted("a\nb", "", Text, Cr), Pasted::Set(Lf));
    assert_eq!(pasted(HL7, "a\nb", Text, Cr), Pasted::AsIs);
    assert_eq!(pasted("a", "", Text, Cr), Pasted::AsIs);
    assert_eq!(pasted("YQ==\r\n", "", Base64, Lf), Pasted::AsIs);
    assert_eq!(pasted(HL7, "a\nb", Text, Lf), Pasted::Changed);
    assert_eq!(pasted("a\r\nb\n", "a", Text, Lf), Pasted::Changed);
    assert_eq!(pasted("{\r\n}\n", "", Json, Lf), Pasted::Changed);
}

#[test]
fn mixed_line_ends_are_kept_as_base64() {
    let mixed = "a\r\nb\nc\r";
    let Pasted::AsBase64(written) = pasted(mixed, "", Format::Text, LineEnds::Lf) else {
        panic!("not as Base64");
    };
    let draft = Draft { format: Format::Base64, text: written, ..Draft::default() };
    assert_eq!(draft.check(None, false, Language::English).unwrap().body, text(mixed));
}

#[test]
fn a_message_is_made_with_the_line_ends_of_the_form() {
    let draft = |format, line_ends| Draft {
        format,
        text: "[1,\n2]\n".to_owned(),
        line_ends,
        ..Draft::default()
    };
    let made =
        |format, ends| draft(format, ends).check(None, false, Language::English).unwrap().body;
    assert_eq!(made(Format::Text, LineEnds::Lf), text("[1,\n2]\n"));
    assert_eq!(made(Format::Text, LineEnds::Cr), text("[1,\r2]\r"));
    assert_eq!(made(Format::Json, LineEnds::CrLf), text("[1,\r\n2]\r\n"));
    // The body is measured as it is sent.
    assert!(draft(Format::Text, LineEnds::CrLf).check(Some(8), false, Language::English).is_err());
}

#[test]
fn every_choice_has_a_name_and_every_language_words() {
    for ends in LineEnds::ALL {
        assert_eq!(LineEnds::from_name(ends.name()), Some(ends));
        for language in Language::ALL {
            assert!(changed_words(language, ends).contains(ends.name()));
        }
    }
    assert_eq!(LineEnds::from_name("lf"), None);
    assert_ne!(mixed_words(Language::English), mixed_words(Language::Chinese));
}

proptest! {
    #[test]
    fn a_text_comes_back_from_its_box(written in "[a\r\n\u{e9}]{0,12}") {
        if let Some(ends) = of(&written) {
            let boxed = boxed(&written);
            prop_assert!(!boxed.contains('\r'));
            prop_assert_eq!(apply(&boxed, ends), written);
        }
    }

    /// Whatever is pasted into an empty box, just that is sent.
    #[test]
    fn what_is_pasted_is_sent(written in "[a\r\n]{1,12}", before in 0..3_usize) {
        let mut draft = Draft {
            text: boxed(&written),
            line_ends: LineEnds::ALL[before],
            ..Draft::default()
        };
        match pasted(&written, "", Format::Text, draft.line_ends) {
            Pasted::AsIs => {}
            Pasted::Set(ends) => draft.line_ends = ends,
            Pasted::AsBase64(written) => {
                draft.format = Format::Base64;
                draft.text = written;
            }
            Pasted::Changed => prop_assert!(false),
        }
        prop_assert_eq!(draft.check(None, false, Language::English).unwrap().body, text(&written));
    }
}
