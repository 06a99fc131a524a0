//! MessagePack and CBOR as JSON.

use proptest::prelude::*;
use warren_frontend::{
    receive::{
        binary::{Format, MAX_DEPTH, MAX_TEXT, Why, decode, detect},
        json_tree::Tree,
    },
    ui::{json::check, language::Language},
};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(|digit| !digit.is_whitespace()).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn json(format: Format, hex: &str) -> String {
    let decoded = decode(format, &bytes(hex)).unwrap_or_else(|error| panic!("{hex}: {error:?}"));
    assert!(!decoded.cut);
    check(&decoded.json).unwrap_or_else(|error| panic!("{}: {error:?}", decoded.json));
    decoded.json
}

fn why(format: Format, hex: &str) -> Why {
    decode(format, &bytes(hex)).unwrap_err().why
}

/// RFC 8949, appendix A.
#[test]
fn the_examples_of_cbor_s_rfc_are_read() {
    let examples = [
        ("00", "0"),
        ("01", "1"),
        ("0a", "10"),
        ("17", "23"),
        ("1818", "24"),
        ("1864", "100"),
        ("1903e8", "1000"),
        ("1a000f4240", "1000000"),
        ("1b000000e8d4a51000", "1000000000000"),
        ("1bffffffffffffffff", "18446744073709551615"),
        ("c249010000000000000000", r#"{"$tag":2,"value":{"$bytes":"AQAAAAAAAAAA"}}"#),
        ("3bffffffffffffffff", "-18446744073709551616"),
        ("20", "-1"),
        ("29", "-10"),
        ("3863", "-100"),
        ("3903e7", "-1000"),
        ("f90000", "0.0"),
        ("f98000", "-0.0"),
        ("f93c00", "1.0"),
        ("fb3ff199999999999a", "1.1"),
        ("f93e00", "1.5"),
        ("f97bff", "65504.0"),
        ("fa47c35000", "100000.0"),
        ("fa7f7fffff", "3.4028234663852886e38"),
        ("fb7e37e43c8800759c", "1e300"),
        ("f90001", "5.960464477539063e-8"),
        ("f90400", "0.00006103515625"),
        ("f9c400", "-4.0"),
        ("fbc010666666666666", "-4.1"),
        ("f97c00", r#"{"$double":"Infinity"}"#),
        ("f97e00", r#"{"$double":"NaN"}"#),
        ("f9fc00", r#"{"$double":"-Infinity"}"#),
        ("faff800000", r#"{"$double":"-Infinity"}"#),
        ("fb7ff8000000000000", r#"{"$double":"NaN"}"#),
        ("f4", "false"),
        ("f5", "true"),
        ("f6", "null"),
        ("f7", "null"),
        ("f0", r#"{"$simple":16}"#),
        ("f8ff", r#"{"$simple":255}"#),
        ("c11a514b67b0", r#"{"$tag":1,"value":1363896240}"#),
        ("d818456449455446", r#"{"$tag":24,"value":{"$bytes":"ZElFVEY="}}"#),
        ("40", r#"{"$bytes":""}"#),
        ("4401020304", r#"{"$bytes":"AQIDBA=="}"#),
        ("60", r#""""#),
        ("6449455446", r#""IETF""#),
        ("62225c", r#""\"\\""#),
        ("62c3bc", "\"\u{fc}\""),
        ("64f0908591", "\"\u{10151}\""),
        ("80", "[]"),
        ("83010203", "[1,2,3]"),
        ("8301820203820405", "[1,[2,3],[4,5]]"),
        ("a0", "{}"),
        ("a201020304", r#"{"1":2,"3":4}"#),
        ("a26161016162820203", r#"{"a":1,"b":[2,3]}"#),
        ("826161a161626163", r#"["a",{"b":"c"}]"#),
        ("5f42010243030405ff", r#"{"$bytes":"AQIDBAU="}"#),
        ("7f657374726561646d696e67ff", r#""streaming""#),
        ("9fff", "[]"),
        ("9f018202039f0405ffff", "[1,[2,3],[4,5]]"),
        ("83018202039f0405ff", "[1,[2,3],[4,5]]"),
        ("bf61610161629f0203ffff", r#"{"a":1,"b":[2,3]}"#),
        ("bfff", "{}"),
        ("826161bf61626163ff", r#"["a",{"b":"c"}]"#),
        ("bf6346756ef563416d7421ff", r#"{"Fun":true,"Amt":-2}"#),
        // Keys that are no strings, and one that is there twice.
        ("a1820102f5", r#"{"[1,2]":true}"#),
        ("a1a1616101f6", r#"{"{\"a\":1}":null}"#),
        ("a141ff01", r#"{"{\"$bytes\":\"/w==\"}":1}"#),
        ("a2616101616102", r#"{"a":1,"a":2}"#),
        ("a1c10203", r#"{"{\"$tag\":1,\"value\":2}":3}"#),
        ("a1a1a1010203 04", r#"{"{\"{\\\"1\\\":2}\":3}":4}"#),
        ("61 00", r#""\u0000""#),
    ];
    for (hex, text) in examples {
        assert_eq!(json(Format::Cbor, hex), text, "{hex}");
    }
}

/// RFC 8949, appendix F: what is not well-formed.
#[test]
fn what_is_not_cbor_is_refused() {
    let short = [
        "",
        "18",
        "19",
        "1a000000",
        "38",
        "58",
        "81",
        "818181",
        "a1",
        "a120",
        "c0",
        "5affffffff00",
        "9f",
        "9f01",
        "5f4100",
        "7f6100",
        "bf0102",
    ];
    for hex in short {
        assert_eq!(why(Format::Cbor, hex), Why::End, "{hex}");
    }
    let wrong = [
        "1c",
        "1d",
        "5c",
        "fc",
        "f800",
        "f818",
        "f81f",
        "ff",
        "81ff",
        "a1ff",
        "a100ff",
        "bf00ff",
        "c0ff",
        "5f00ff",
        "5f6100ff",
        "7f4100ff",
        "5f5f4100ffff",
        "1f",
        "3f",
        "df",
        "61ff",
        "7f61c361a9ff",
    ];
    for hex in wrong {
        assert_eq!(why(Format::Cbor, hex), Why::Byte, "{hex}");
    }
    assert_eq!(why(Format::Cbor, "0000"), Why::Rest);
    let mistake = decode(Format::Cbor, &bytes("0000")).unwrap_err();
    assert_eq!(
        mistake.words(Language::English),
        "Not CBOR: something follows the value at byte 1."
    );
    assert_eq!(mistake.words(Language::Chinese), "不是 CBOR：偏移 1 字节处：值后面还有多余数据。");
}

#[test]
fn every_type_of_messagepack_is_read() {
    let examples = [
        ("c0", "null"),
        ("c2", "false"),
        ("c3", "true"),
        ("7f", "127"),
        ("ff", "-1"),
        ("e0", "-32"),
        ("ccff", "255"),
        ("cdffff", "65535"),
        ("ceffffffff", "4294967295"),
        ("cfffffffffffffffff", "18446744073709551615"),
        ("d080", "-128"),
        ("d18000", "-32768"),
        ("d280000000", "-2147483648"),
        ("d38000000000000000", "-9223372036854775808"),
        ("ca3fc00000", "1.5"),
        ("cb3ff199999999999a", "1.1"),
        ("ca7f800000", r#"{"$double":"Infinity"}"#),
        ("a161", r#""a""#),
        ("d90161", r#""a""#),
        ("da000161", r#""a""#),
        ("db0000000161", r#""a""#),
        ("a1ff", r#"{"$bytes":"/w=="}"#),
        ("c401ff", r#"{"$bytes":"/w=="}"#),
        ("c50001ff", r#"{"$bytes":"/w=="}"#),
        ("c600000001ff", r#"{"$bytes":"/w=="}"#),
        ("93010203", "[1,2,3]"),
        ("dc0001c0", "[null]"),
        ("dd00000001c0", "[null]"),
        ("82a7636f6d70616374c3a6736368656d6100", r#"{"compact":true,"schema":0}"#),
        ("de0001a16101", r#"{"a":1}"#),
        ("df00000001a16101", r#"{"a":1}"#),
        ("8101c0", r#"{"1":null}"#),
        ("d40501", r#"{"$ext":5,"data":"AQ=="}"#),
        ("d6ff00000000", r#"{"$ext":-1,"data":"AAAAAA=="}"#),
        ("c70305010203", r#"{"$ext":5,"data":"AQID"}"#),
        ("d8000102030405060708090a0b0c0d0e0f10", r#"{"$ext":0,"data":"AQIDBAUGBwgJCgsMDQ4PEA=="}"#),
        ("80", "{}"),
        ("90", "[]"),
    ];
    for (hex, text) in examples {
        assert_eq!(json(Format::MessagePack, hex), text, "{hex}");
    }
    assert_eq!(why(Format::MessagePack, "91c1"), Why::Byte);
    assert_eq!(why(Format::MessagePack, "92c0"), Why::End);
    assert_eq!(why(Format::MessagePack, "dfffffffff"), Why::End);
    assert_eq!(why(Format::MessagePack, "c6ffffffff00"), Why::End);
    assert_eq!(why(Format::MessagePack, "c0c0"), Why::Rest);
}

#[test]
fn a_format_is_known_by_its_content_type_or_by_all_of_its_bytes() {
    let map = bytes("82a7636f6d70616374c3a6736368656d6100");
    for kind in [
        "application/msgpack",
        "application/x-msgpack",
        "application/vnd.msgpack",
        "Application/MsgPack; v=1",
        "application/vnd.x+msgpack",
    ] {
        assert_eq!(detect(Some(kind), b""), Some(Format::MessagePack), "{kind}");
    }
    for kind in ["application/cbor", "application/senml+cbor", "application/CBOR ;a=b"] {
        assert_eq!(detect(Some(kind), &map), Some(Format::Cbor), "{kind}");
    }
    for kind in [None, Some(""), Some("application/octet-stream")] {
        assert_eq!(detect(kind, &map), Some(Format::MessagePack));
        assert_eq!(detect(kind, &bytes("a26161016162820203")), Some(Format::Cbor));
        assert_eq!(detect(kind, &bytes("d9d9f783010203")), Some(Format::Cbor));
        assert_eq!(detect(kind, &map[1..]), None);
        assert_eq!(detect(kind, b"\x01"), None);
        assert_eq!(detect(kind, b"text"), None);
        assert_eq!(detect(kind, b""), None);
    }
    assert_eq!(detect(Some("image/png"), &map), None);
}

#[test]
fn depth_and_text_are_bounded() {
    for format in [Format::MessagePack, Format::Cbor] {
        let (array, map, null) = match format {
            Format::MessagePack => (0x91, 0x81, 0xc0),
            Format::Cbor => (0x81, 0xa1, 0xf6),
        };
        let deep = |opener: u8, depth| [vec![opener; depth], vec![null]].concat();
        assert!(decode(format, &deep(array, MAX_DEPTH)).is_ok());
        assert_eq!(decode(format, &deep(array, 1_000_000)).unwrap_err().why, Why::Deep);
        // Maps as keys of maps: what is quoted again and again grows, but not without end.
        let keys = [vec![map; MAX_DEPTH], vec![null; MAX_DEPTH + 1]].concat();
        let decoded = decode(format, &keys).unwrap();
        assert!(decoded.cut && decoded.json.len() <= MAX_TEXT);
        assert!(Tree::new(&decoded.json, true).is_ok(), "{}", &decoded.json[..100]);
    }
    // 2 MiB of bytes, of text, and of items, behind something that is seen.
    let blob = [bytes("9201c600200000"), vec![0; 0x20_0000]].concat();
    let text = [bytes("9201db00200000"), vec![b'"'; 0x20_0000]].concat();
    let items = [bytes("dd00200000"), vec![1; 0x20_0000]].concat();
    for body in [blob, text, items] {
        let decoded = decode(Format::MessagePack, &body).unwrap();
        assert!(decoded.cut && decoded.json.len() == MAX_TEXT);
        assert!(Tree::new(&decoded.json, decoded.cut).unwrap().lines().len() > 1);
        assert!(decode(Format::MessagePack, &body[..body.len() - 1]).is_err());
    }
}

proptest! {
    /// What is read is JSON, and is no longer the format with a byte more or less.
    #[test]
    fn any_bytes_are_json_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        for format in [Format::MessagePack, Format::Cbor] {
            if let Ok(decoded) = decode(format, &bytes) {
                prop_assert_eq!(check(&decoded.json), Ok(()), "{}", decoded.json);
                bytes.push(0);
                prop_assert_eq!(decode(format, &bytes).unwrap_err().why, Why::Rest);
                bytes.pop();
                prop_assert_eq!(decode(format, &bytes[..bytes.len() - 1]).unwrap_err().why, Why::End);
            }
        }
        let _ = detect(None, &bytes);
    }
}
