//! Frames in, frames out: properties that hold for every stream and every split of it.

use amq_protocol::frame::{AMQPFrame, parse_frame};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use proptest::{collection::vec, prelude::*};

use super::{Part, RAW, Value, encode, frame, sized, tuning};
use crate::transport::{
    HEARTBEAT,
    negotiation::{FRAME_MIN, Negotiation, ROOM},
    rewrite::rewrite,
    splitter::Splitter,
};

/// More than any frame here becomes.
const PLENTY: usize = 16 * 1024 * 1024;

/// What a string has to become, said differently from the module.
fn expected(raw: &[u8]) -> Vec<u8> {
    if String::from_utf8(raw.to_vec()).is_ok() {
        return raw.to_vec();
    }
    let whole = format!("$bytes:{}", BASE64_STANDARD.encode(raw));
    if whole.len() <= 255 {
        return whole.into();
    }
    let fits =
        |count: &usize| format!("$bytes:{}…", BASE64_STANDARD.encode(&raw[..*count])).len() <= 255;
    let max = (0..raw.len()).rev().find(fits).unwrap();
    format!("$bytes:{}…", BASE64_STANDARD.encode(&raw[..max])).into()
}

fn raw() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[a-z é€]{0,20}".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..12),
        1 => vec(any::<u8>(), 180..=255),
        1 => vec(128_u8.., 0..=255),
    ]
}

fn plain() -> impl Strategy<Value = Value> {
    let long = vec(any::<u8>(), 0..30).prop_map(|bytes| {
        let mut out = Vec::new();
        sized(&bytes, &mut out);
        out
    });
    let fixed = prop::sample::select(b"VtbBsUuIifDLldT".to_vec()).prop_flat_map(|kind| {
        let size = match kind {
            b'V' => 0,
            b't' | b'b' | b'B' => 1,
            b's' | b'U' | b'u' => 2,
            b'I' | b'i' | b'f' => 4,
            b'D' => 5,
            _ => 8,
        };
        vec(any::<u8>(), size).prop_map(move |bytes| Value::Plain(kind, bytes))
    });
    prop_oneof![
        fixed,
        (prop::sample::select(b"Sx".to_vec()), long).prop_map(|(kind, v)| Value::Plain(kind, v))
    ]
}

fn entries() -> impl Strategy<Value = Vec<(Vec<u8>, Value)>> {
    let nested = plain().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::Array),
            vec((raw(), inner), 0..5).prop_map(Value::Table),
        ]
    });
    vec((raw(), nested), 0..6)
}

/// A frame that the adapter looks into: its type and parts.
fn looked_into() -> impl Strategy<Value = (u8, Vec<Part>)> {
    let bytes = |bytes: &[u8]| Part::Bytes(bytes.to_vec());
    let method =
        (any::<[u8; 9]>(), raw(), raw(), raw(), 0..5_u8).prop_map(move |(nine, a, b, c, which)| {
            let (a, b, c) = (Part::Short(a), Part::Short(b), Part::Short(c));
            let parts = match which {
                0 => vec![bytes(&[0, 60, 0, 60]), a, bytes(&nine), b, c],
                1 => vec![bytes(&[0, 60, 0, 50]), bytes(&nine[..2]), a, b, c],
                2 => vec![bytes(&[0, 60, 0, 71]), bytes(&nine), a, b, bytes(&nine[..4])],
                3 => vec![bytes(&[0, 20, 0, 40]), bytes(&nine[..2]), a, bytes(&nine[..4])],
                _ => vec![bytes(&[0, 10, 0, 50]), bytes(&nine[..2]), a, bytes(&nine[..4])],
            };
            (1, parts)
        });
    let header = (any::<u16>(), entries(), vec(raw(), 14), any::<[u8; 20]>()).prop_map(
        |(flags, entries, strings, bytes)| {
            let flags = flags & 0xFFFC;
            let mut parts = vec![
                Part::Bytes([&[0, 60], &bytes[..10]].concat()),
                Part::Bytes(flags.to_be_bytes().to_vec()),
            ];
            for (bit, string) in strings.into_iter().enumerate() {
                if flags & (1 << (15 - bit)) != 0 {
                    parts.push(match bit {
                        2 => Part::Table(entries.clone()),
                        3 | 4 => Part::Bytes(vec![bytes[bit]]),
                        9 => Part::Bytes(bytes[..8].to_vec()),
                        _ => Part::Short(string),
                    });
                }
            }
            (2, parts)
        },
    );
    prop_oneof![method, header]
}

/// Any frame, as bytes.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => looked_into().prop_map(|(kind, parts)| encode(RAW, kind, &parts)),
        2 => vec(any::<u8>(), 0..300).prop_map(|body| frame(3, &body)),
        1 => Just(HEARTBEAT.to_vec()),
        // Malformed, mostly: the frame is right and what it holds is not.
        1 => (1..3_u8, vec(any::<u8>(), 0..60)).prop_map(|(kind, payload)| frame(kind, &payload)),
        // Too large to be looked at.
        1 => vec(any::<u8>(), 4089..5000).prop_map(|payload| frame(2, &payload)),
    ]
}

/// A stream in pieces as long as `cuts` says, over and over; returns what goes on, and what of
/// it was content.
fn through(stream: &[u8], cuts: &[usize], max: usize) -> (Vec<u8>, Vec<(u16, usize)>) {
    let (mut splitter, mut out, mut content) = (Splitter::default(), Vec::new(), Vec::new());
    let (mut rest, mut cuts) = (stream, cuts.iter().cycle());
    while !rest.is_empty() {
        let (mut piece, left) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
        rest = left;
        while !piece.is_empty() {
            let step = splitter.step(piece, max, |frame| rewrite(frame, max));
            assert!(step.taken > 0 && step.taken <= piece.len());
            content.extend(step.content);
            out.extend(step.instead.as_deref().unwrap_or(&piece[..step.taken]));
            piece = &piece[step.taken..];
        }
    }
    (out, content)
}

fn parses(frame: &[u8]) -> bool {
    parse_frame(frame).is_ok_and(|(rest, _)| rest.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn strings_and_sizes_are_replaced_and_nothing_else((kind, parts) in looked_into()) {
        let given = encode(RAW, kind, &parts);
        let wanted = encode(&expected, kind, &parts);
        let got = rewrite(&given, PLENTY);
        prop_assert_eq!(got.is_some(), given != wanted);
        let got = got.unwrap_or(given);
        prop_assert_eq!(&got, &wanted);
        prop_assert!(parses(&got));
        // Nothing is left to do.
        prop_assert_eq!(rewrite(&got, PLENTY), None);
    }

    #[test]
    fn a_rewritten_frame_keeps_to_its_bound((kind, parts) in looked_into(), max in 0..2000_usize) {
        let given = encode(RAW, kind, &parts);
        let got = rewrite(&given, max).unwrap_or_else(|| given.clone());
        prop_assert!(got.len() <= max.max(given.len()));
        prop_assert!(parses(&got));
    }

    #[test]
    fn any_split_gives_what_frame_by_frame_gives(
        frames in vec(any_frame(), 0..12),
        cuts in vec(prop_oneof![1..9_usize, 1..400_usize, Just(100_000)], 1..20),
    ) {
        let max = 4096;
        let wanted: Vec<u8> = frames
            .iter()
            .flat_map(|frame| match rewrite(frame, max) {
                Some(new) if frame.len() <= max => new,
                _ => frame.clone(),
            })
            .collect();
        let bodies = frames.iter().filter(|frame| frame[0] == 3).map(|frame| frame.len() - 8);
        let (got, content) = through(&frames.concat(), &cuts, max);
        prop_assert_eq!(got, wanted);
        prop_assert!(content.iter().all(|(channel, _)| *channel == 1));
        let content = content.iter().map(|(_, count)| count);
        prop_assert_eq!(content.sum::<usize>(), bodies.sum::<usize>());
    }

    #[test]
    fn any_bytes_end_nothing(
        stream in vec(prop_oneof![any::<u8>(), 0..4_u8, Just(0xCE)], 0..300),
        cuts in vec(1..50_usize, 1..9),
    ) {
        let (got, _) = through(&stream, &cuts, 4096);
        prop_assert!(got.len() <= stream.len() * 12);
        let _ = rewrite(&stream, 4096);
        let _ = rewrite(&frame(1, &stream), 4096);
        let _ = rewrite(&frame(2, &stream), 4096);
        Negotiation::new().incoming(&stream);
        Negotiation::new().outgoing(&stream);
    }

    #[test]
    fn a_frame_that_ends_too_early_stays((kind, parts) in looked_into(), cut in any::<prop::sample::Index>()) {
        let given = encode(RAW, kind, &parts);
        let payload = &given[7..given.len() - 1];
        if !payload.is_empty() {
            let cut = frame(kind, &payload[..cut.index(payload.len())]);
            prop_assert_eq!(rewrite(&cut, PLENTY), None);
        }
    }
}

#[test]
fn what_is_valid_stays_as_it_is_and_is_not_copied() {
    let given = encode(
        RAW,
        2,
        &[
            Part::Bytes([&[0, 60][..], &[0; 10]].concat()),
            Part::Bytes(vec![0x20, 0]),
            Part::Table(vec![("k€y".into(), Value::Plain(b'V', Vec::new()))]),
        ],
    );
    let step = Splitter::default().step(&given, 4096, |frame| rewrite(frame, 4096));
    assert_eq!((step.taken, step.instead, step.content), (given.len(), None, None));
}

/// A content header whose table has arrays in arrays, then one more key.
fn nested(depth: usize) -> Vec<u8> {
    let mut inner = Value::Table(vec![(vec![0xFF], Value::Plain(b'V', Vec::new()))]);
    for _ in 0..depth {
        inner = Value::Array(vec![inner]);
    }
    let entries = vec![("a".into(), inner), (vec![0xFE], Value::Plain(b'V', Vec::new()))];
    let start = Part::Bytes([&[0, 60][..], &[0; 10], &[0x20, 0]].concat());
    encode(RAW, 2, &[start, Part::Table(entries)])
}

#[test]
fn keys_are_replaced_64_deep_and_left_beyond() {
    // The properties' own table is the first level, the one at the bottom the last.
    for (between, replaced) in [(62, true), (63, false), (2000, false)] {
        let got = rewrite(&nested(between), PLENTY).unwrap();
        assert_eq!(got.windows(2).any(|bytes| bytes == [1, 0xFF]), !replaced, "{between}");
        assert!(got.windows(12).any(|bytes| bytes == *b"\x0b$bytes:/g=="));
        assert!(!replaced || parses(&got));
    }
}

#[test]
fn without_room_bytes_become_question_marks() {
    let start = [&[0, 60][..], &[0; 10], &[0x04, 0]].concat();
    let given =
        encode(RAW, 2, &[Part::Bytes(start.clone()), Part::Short(b"a\xFF\xC3(\xE2\x82".to_vec())]);
    let wanted = encode(RAW, 2, &[Part::Bytes(start), Part::Short(b"a??(??".to_vec())]);
    assert_eq!(rewrite(&given, given.len()), Some(wanted));
}

#[test]
fn a_wrong_end_or_type_passes_and_stops_the_looking() {
    let bad = encode(
        RAW,
        1,
        &[Part::Bytes(vec![0, 20, 0, 40, 0, 0]), Part::Short(vec![0xFF]), Part::Bytes(vec![0; 4])],
    );
    let mut wrong_end = bad.clone();
    *wrong_end.last_mut().unwrap() = 0;
    let mut body = frame(3, b"abc");
    *body.last_mut().unwrap() = 0;
    for garbage in [wrong_end, body, vec![7; 20], vec![0]] {
        let stream = [&garbage[..], &bad].concat();
        for cut in 1..stream.len() {
            assert_eq!(through(&stream, &[cut], 4096).0, stream);
        }
    }
    // A size beyond what is looked at, of a frame that does not come.
    let huge = [2, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3];
    assert_eq!(through(&huge, &[1], 4096).0, huge);
}

#[test]
fn the_frame_size_is_changed_both_ways() {
    let max = u32::MAX;
    // The broker's; what lapin hears; what it answers; what the broker hears.
    for (broker, heard, answer, actual) in [
        (131_072, 131_072 + ROOM, 131_072 + ROOM, 131_072),
        (131_072, 131_072 + ROOM, 50_000, 50_000 - ROOM),
        (131_072, 131_072 + ROOM, FRAME_MIN, FRAME_MIN),
        (131_072, 131_072 + ROOM, 0, 131_072),
        (2048, 2048 + ROOM, 2048 + ROOM, 2048),
        (0, 0, 131_072, 131_072 - ROOM),
        (0, 0, 0, 0),
        (max, max, max, max - ROOM),
        (max - 7, max, max, max - ROOM),
    ] {
        let mut negotiation = Negotiation::new();
        assert!(!negotiation.is_over());
        assert_eq!(negotiation.incoming(&tuning(30, broker, 60)), Some(tuning(30, heard, 60)));
        assert_eq!(negotiation.outgoing(&tuning(31, answer, 60)), Some(tuning(31, actual, 60)));
        assert!(negotiation.is_over());
        assert!(parses(&tuning(30, heard, 60)) && parses(&tuning(31, actual, 60)));
        let looked_at = if answer == 0 { 1 << 20 } else { answer.min(1 << 20) };
        assert_eq!(negotiation.max(), looked_at as usize);
    }
    // Each way only the method that belongs there, and nothing else.
    let mut negotiation = Negotiation::new();
    assert_eq!(negotiation.outgoing(&tuning(30, 1, 60)), None);
    assert_eq!(negotiation.incoming(&tuning(31, 1, 60)), None);
    assert_eq!(negotiation.outgoing(&frame(8, &[])), None);
}

#[test]
fn lapins_parser_takes_our_heartbeat() {
    assert_eq!(parse_frame(&HEARTBEAT[..]).unwrap(), (&[][..], AMQPFrame::Heartbeat));
}
