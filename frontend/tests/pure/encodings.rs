//! What a message says of its body's charset and compression.

use proptest::prelude::*;
use warren_frontend::{
    receive::{
        charset::{self, Oddity, named, named_oddities},
        compression::{self, supported},
    },
    ui::language::Language,
};

#[test]
fn the_charset_of_a_content_type_is_read_in_every_spelling() {
    let kinds = [
        ("text/plain; charset=\"ISO-8859-1\"", Some("iso-8859-1")),
        ("text/plain;CHARSET=gb18030", Some("gb18030")),
        ("text/plain; format=flowed ; Charset = Shift_JIS ; x=y", Some("shift_jis")),
        ("text/plain; title=\"a; charset=utf-16; \\\" b\"; charset=koi8-r", Some("koi8-r")),
        ("text/plain; flag; charset=gbk", Some("gbk")),
        ("text/plain; charset=utf-16le;", Some("utf-16le")),
        ("text/plain; charset=UTF-8", None),
        ("text/plain; charset=\"utf8\"", None),
        ("text/plain; charset=us-ascii", None),
        ("text/plain; charset=", None),
        ("text/plain; charset", None),
        ("text/plain; title=\"charset=gbk", None),
        ("text/plain", None),
        ("charset=gbk", None),
        ("", None),
    ];
    for (kind, label) in kinds {
        assert_eq!(named(kind).as_deref(), label, "{kind}");
    }
}

#[test]
fn what_is_odd_at_a_text_is_named() {
    assert_eq!(named_oddities(b"\xef\xbb\xbfa"), [Oddity::Utf8Mark]);
    assert_eq!(named_oddities(b"\xff\xfea\0"), [Oddity::Utf16LittleMark, Oddity::Nul(1)]);
    assert_eq!(named_oddities(b"\xfe\xff\0a\0b"), [Oddity::Utf16BigMark, Oddity::Nul(2)]);
    assert_eq!(named_oddities(b"a"), []);
    assert_eq!(named_oddities(b""), []);
    let words = |oddity: Oddity| Language::ALL.map(|language| oddity.words(language));
    let mark = "It begins with a UTF-8 byte order mark (BOM).";
    assert_eq!(words(Oddity::Utf8Mark), [mark, "开头有 UTF-8 字节顺序标记（BOM）。"]);
    assert_eq!(words(Oddity::Nul(1)), ["It has 1 NUL byte.", "含有 1 个 NUL 字节。"]);
    assert_eq!(words(Oddity::Nul(1234)), ["It has 1,234 NUL bytes.", "含有 1,234 个 NUL 字节。"]);
    let unknown = charset::Mistake::Unknown("x".to_owned());
    assert_eq!(unknown.words(Language::English), "The browser does not know the charset x.");
}

#[test]
fn content_encodings_have_the_browser_s_names() {
    let encodings = [
        ("gzip", Some("gzip")),
        (" X-GZIP", Some("gzip")),
        ("deflate", Some("deflate")),
        ("br", Some("brotli")),
        ("zstd", Some("zstd")),
        ("utf-8", None),
        ("identity", None),
        ("", None),
    ];
    for (encoding, format) in encodings {
        assert_eq!(supported(encoding), format, "{encoding}");
    }
    for language in Language::ALL {
        assert!(!compression::Mistake::TooLarge.words(language).is_empty());
    }
}

proptest! {
    #[test]
    fn no_content_type_panics(kind in "[a-z/;=\"\\\\ é]{0,30}", any in any::<String>()) {
        let _ = (named(&kind), named(&any), supported(&any));
    }
}
