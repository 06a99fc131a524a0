//! Two messages beside each other: what differs in body, properties and headers. Of many lines or
//! headers the first are shown; whether the messages differ is told from what came.

use std::collections::BTreeSet;

use serde::Serialize;
use warren_protocol::FieldTable;
use yew::prelude::*;

use crate::{
    receive::{
        body_view::{Form, Shown, copy, show},
        inbox::{Message, Row},
        message_details::{self, DetailRow, MAX_HEADERS},
    },
    ui::{language::Language, number::grouped},
};

/// Lines of each body that are compared.
const MAX_LINES: usize = 2_000;

#[derive(Properties, PartialEq)]
pub(crate) struct CompareProps {
    pub(crate) language: Language,
    /// The pinned message.
    pub(crate) one: Row,
    /// The one that is open.
    pub(crate) other: Row,
}

#[component]
pub(crate) fn Compare(props: &CompareProps) -> Html {
    let CompareProps { language, one, other } = props;
    let Compared { fields, body, notes } = compared(&one.message, &other.message, *language);
    html! {
        <div class="compare" tabindex="0" role="group" aria-label={language.tab_compare()}>
            <p class="note">{language.compared_with(&grouped(one.message.number))}</p>
            for note in notes {
                <p class="note">{note}</p>
            }
            <dl class="details">
                for Difference { name, before, after } in fields {
                    <div>
                        <dt dir="auto">{name}</dt>
                        <dd>
                            if let Some(before) = before { <del>{before}</del>{" "} }
                            if let Some(after) = after { <ins>{after}</ins> }
                        </dd>
                    </div>
                }
            </dl>
            if !body.is_empty() {
                <pre class="diff">
                    for (change, line) in body {
                        {match change {
                            Change::Same => html! { <span>{"  "}{line}{"\n"}</span> },
                            Change::Gone => html! { <del>{"- "}{line}{"\n"}</del> },
                            Change::New => html! { <ins>{"+ "}{line}{"\n"}</ins> },
                        }}
                    }
                </pre>
            }
        </div>
    }
}

/// What differs in two messages.
struct Compared {
    fields: Vec<Difference>,
    /// Both bodies, where they differ.
    body: Vec<(Change, String)>,
    /// What the fields and the lines do not tell.
    notes: Vec<String>,
}

/// A field with another value in each of two messages, or in one alone.
struct Difference {
    name: String,
    before: Option<String>,
    after: Option<String>,
}

fn compared(one: &Message, other: &Message, language: Language) -> Compared {
    let (mut fields, mut notes) = (differing_fields(one, other, language), Vec::new());
    let headers = differing_headers(one, other);
    let more = headers.len().saturating_sub(MAX_HEADERS);
    fields.extend(headers.into_iter().take(MAX_HEADERS).map(|name| {
        let [before, after] = [one, other]
            .map(|message| Some(message_details::header(name, message.header(name)?, language)));
        header(name, before, after)
    }));
    let differs = fields.iter().any(|field| field.before == field.after)
        || (fields.is_empty() && written(&one.properties) != written(&other.properties));
    let mut body = Vec::new();
    if one.body != other.body {
        let [(left, left_cut), (right, right_cut)] = [one, other].map(lines);
        body = diff(&left, &right);
        notes.extend((left_cut || right_cut).then(|| language.compared_in_part().to_owned()));
        let shown = body.iter().any(|(change, _)| *change != Change::Same);
        notes.extend((!shown).then(|| language.body_differs_unseen().to_owned()));
    } else if fields.is_empty() && !differs {
        notes.push(language.same().to_owned());
    }
    notes.extend(differs.then(|| language.field_differs_unseen().to_owned()));
    notes.extend((more > 0).then(|| language.more_headers_differ(more as u64)));
    Compared { fields, body, notes }
}

/// What differs in where it was published and in its properties, headers left out.
fn differing_fields(one: &Message, other: &Message, language: Language) -> Vec<Difference> {
    let fields = |message: &Message| -> Vec<DetailRow> {
        let way = message_details::way(message, language);
        way.into_iter().chain(message_details::properties(&message.properties, language)).collect()
    };
    let mut after = fields(other);
    let mut differing = Vec::new();
    for DetailRow { name, value, .. } in fields(one) {
        // Few: there are not many properties.
        let at = after.iter().position(|other| other.name == name);
        let after = at.map(|at| after.remove(at).value);
        if after.as_ref() != Some(&value) {
            differing.push(Difference { name, before: Some(value), after });
        }
    }
    for DetailRow { name, value, .. } in after {
        differing.push(Difference { name, before: None, after: Some(value) });
    }
    differing
}

/// The names of headers whose value or type differs, or that one message lacks.
fn differing_headers<'a>(one: &'a Message, other: &'a Message) -> Vec<&'a String> {
    let names =
        |message: &'a Message| message.properties.headers.iter().flat_map(|table| table.0.keys());
    let all: BTreeSet<&String> = names(one).chain(names(other)).collect();
    let value = |message: &Message, name: &String| {
        let value = message.header(name)?.clone();
        Some(written(&FieldTable([(name.clone(), value)].into())))
    };
    let differs = |name: &&String| value(one, name) != value(other, name);
    all.into_iter().filter(differs).collect()
}

/// With their types, where these are what differs.
fn header(name: &str, before: Option<DetailRow>, after: Option<DetailRow>) -> Difference {
    let kinds = [&before, &after].map(|row| row.as_ref().map(|row| row.kind));
    let typed = matches!(kinds, [Some(before), Some(after)] if before != after);
    let [before, after] = [before, after].map(|row| {
        row.map(|row| if typed { format!("{} ({})", row.value, row.kind) } else { row.value })
    });
    Difference { name: format!("header.{}", message_details::line(name)), before, after }
}

/// As the protocol writes it: exact and with all types, where `==` takes 0 and -0 for the same.
fn written(value: &impl Serialize) -> String {
    // What came can be written.
    serde_json::to_string(value).unwrap_or_default()
}

/// The body in lines, as JSON where it is that, and whether these are only its beginning.
fn lines(message: &Message) -> (Vec<String>, bool) {
    let shown = copy(&message.body, Form::Json)
        .or_else(|| show(&message.body, Form::Hex, Language::English).ok());
    let Some(Shown { text, part }) = shown else { return (Vec::new(), true) };
    let mut all = text.lines();
    let lines = all.by_ref().take(MAX_LINES).map(str::to_owned).collect();
    (lines, part.is_some() || all.next().is_some())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Same,
    Gone,
    New,
}

/// The lines of both, those that both have once: what they begin and end with alike, and between
/// them the longest common sequence where that is short enough to be looked for.
fn diff(left: &[String], right: &[String]) -> Vec<(Change, String)> {
    const MAX_CELLS: usize = 1 << 20;
    let same = |pair: &(&String, &String)| pair.0 == pair.1;
    let start = left.iter().zip(right).take_while(same).count();
    let (rest, others) = (&left[start..], &right[start..]);
    let end = rest.iter().rev().zip(others.iter().rev()).take_while(same).count();
    let (rest, others) = (&rest[..rest.len() - end], &others[..others.len() - end]);
    let mut changes: Vec<(Change, String)> =
        left[..start].iter().map(|line| (Change::Same, line.clone())).collect();
    if rest.len() * others.len() <= MAX_CELLS {
        middle(&mut changes, rest, others);
    } else {
        changes.extend(rest.iter().map(|line| (Change::Gone, line.clone())));
        changes.extend(others.iter().map(|line| (Change::New, line.clone())));
    }
    changes.extend(left[left.len() - end..].iter().map(|line| (Change::Same, line.clone())));
    changes
}

fn middle(changes: &mut Vec<(Change, String)>, left: &[String], right: &[String]) {
    let width = right.len() + 1;
    // How long the longest common sequence of what follows is.
    let mut longest = vec![0_u32; (left.len() + 1) * width];
    for at in (0..left.len()).rev() {
        for to in (0..right.len()).rev() {
            longest[at * width + to] = if left[at] == right[to] {
                longest[(at + 1) * width + to + 1] + 1
            } else {
                longest[(at + 1) * width + to].max(longest[at * width + to + 1])
            };
        }
    }
    let (mut at, mut to) = (0, 0);
    while at < left.len() || to < right.len() {
        if at < left.len() && to < right.len() && left[at] == right[to] {
            changes.push((Change::Same, left[at].clone()));
            (at, to) = (at + 1, to + 1);
        } else if to == right.len()
            || (at < left.len() && longest[(at + 1) * width + to] >= longest[at * width + to + 1])
        {
            changes.push((Change::Gone, left[at].clone()));
            at += 1;
        } else {
            changes.push((Change::New, right[to].clone()));
            to += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use warren_protocol::{
        Body, Delivery,
        FieldValue::{self, Array, Double, LongInt, LongLongInt, LongString, Void},
        Properties,
    };

    use super::*;
    use crate::receive::inbox::Inbox;

    /// What is said of two messages with these headers and bodies: of fields, lines, and in notes.
    fn compared_of(
        one: (&[(&str, FieldValue)], &[u8]),
        other: (&[(&str, FieldValue)], &[u8]),
    ) -> (Vec<String>, Vec<String>, Vec<String>) {
        let mut inbox = Inbox::default();
        let deliveries = [(1, one), (2, other)].map(|(tag, (headers, body))| {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            let headers = Some(FieldTable(headers.collect()));
            Delivery {
                tag,
                body: Body::from(body.to_vec()),
                properties: Properties { headers, ..Properties::default() },
                redelivered: false,
                exchange: String::new(),
                routing_key: "hello".to_owned(),
            }
        });
        inbox.receive(deliveries.into(), 0.0);
        let [one, other] = [1, 2].map(|number| &inbox.row(number).unwrap().message);
        let Compared { fields, body, notes } = compared(one, other, Language::English);
        let field = |field: Difference| {
            let [before, after] = [field.before, field.after].map(Option::unwrap_or_default);
            format!("{}: {before} | {after}", field.name)
        };
        let changed = body.into_iter().filter(|(change, _)| *change != Change::Same);
        (fields.into_iter().map(field).collect(), changed.map(|(_, line)| line).collect(), notes)
    }

    #[test]
    fn messages_are_equal_only_where_nothing_differs() {
        let headers = [("a", LongInt(5)), ("b", Double(f64::NAN))];
        let (fields, lines, notes) = compared_of((&headers, b"{}"), (&headers, b"{}"));
        assert!(fields.is_empty() && lines.is_empty(), "{fields:?}, {lines:?}");
        assert_eq!(notes, [Language::English.same()]);

        // The type, nothing as a value, and a sign.
        let [one, other] = [
            [("a", LongInt(5)), ("b", Void), ("c", Double(0.0))],
            [("a", LongLongInt(5)), ("d", Void), ("c", Double(-0.0))],
        ];
        let (fields, _, notes) = compared_of((&one, b""), (&other, b""));
        let wanted = [
            "header.a: 5 (long_int) | 5 (long_long_int)",
            "header.b: nothing | ",
            "header.c: 0 | -0",
            "header.d:  | nothing",
        ];
        assert_eq!((&fields[..], notes.len()), (&wanted.map(String::from)[..], 0));

        let unseen = || Language::English.field_differs_unseen().to_owned();
        // Behind what is shown of a value, and within one.
        let long = |end| LongString(["x".repeat(3_000), end].concat().into());
        let list = |value| Array(vec![value]);
        for (one, other) in
            [(long("1".to_owned()), long("2".to_owned())), (list(LongInt(5)), list(LongLongInt(5)))]
        {
            let (fields, _, notes) = compared_of((&[("a", one)], b""), (&[("a", other)], b""));
            assert_eq!((fields.len(), &notes[..]), (1, &[unseen()][..]));
        }

        // Behind as many as are shown.
        let names: Vec<String> = (0..250).map(|number| format!("{number:03}")).collect();
        let many = |value| -> Vec<_> {
            names.iter().map(|name| (name.as_str(), LongInt(value))).collect()
        };
        let (fields, _, notes) = compared_of((&many(1), b""), (&many(2), b""));
        assert_eq!((fields.len(), &notes[..]), (100, &["150 more headers differ.".to_owned()][..]));
    }

    #[test]
    fn bodies_that_differ_in_no_line_that_is_shown_are_said_to_differ() {
        let said = |one: &[u8], other: &[u8]| {
            let (_, lines, notes) = compared_of((&[], one), (&[], other));
            (lines.len(), notes)
        };
        let language = Language::English;
        let unseen = language.body_differs_unseen().to_owned();
        let in_part = language.compared_in_part().to_owned();
        assert_eq!(said(b"a\r\nb", b"a\nb"), (0, vec![unseen.clone()]));
        assert_eq!(said(b"{\"a\":1}", b"{ \"a\": 1 }"), (0, vec![unseen.clone()]));
        assert_eq!(said(b"a", b"b"), (2, Vec::new()));
        // Binary, and too many lines.
        let [one, other] = [1, 2].map(|end| [&[0xff; 40_000][..], &[end]].concat());
        assert_eq!(said(&one, &other), (0, vec![in_part.clone(), unseen.clone()]));
        let long = "line\n".repeat(MAX_LINES);
        let [one, other] = ["a", "b"].map(|end| [long.as_str(), end].concat());
        assert_eq!(said(one.as_bytes(), other.as_bytes()), (0, vec![in_part.clone(), unseen]));
        let other = ["first\n", &other].concat();
        assert_eq!(said(one.as_bytes(), other.as_bytes()), (2, vec![in_part]));
    }

    fn said(left: &str, right: &str) -> String {
        let [left, right] =
            [left, right].map(|text| text.chars().map(String::from).collect::<Vec<_>>());
        let sign = |(change, line): (Change, String)| match change {
            Change::Same => line,
            Change::Gone => format!("-{line}"),
            Change::New => format!("+{line}"),
        };
        diff(&left, &right).into_iter().map(sign).collect()
    }

    #[test]
    fn lines_that_both_have_are_said_once() {
        assert_eq!(said("abcd", "abcd"), "abcd");
        assert_eq!(said("abcd", "axcd"), "a-b+xcd");
        assert_eq!(said("", "ab"), "+a+b");
        assert_eq!(said("aab", "ab"), "a-ab");
        assert_eq!(said("xabcy", "zabcw"), "-x+zabc-y+w");
    }
}
