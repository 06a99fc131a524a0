//! The page: what it remembers in `sessionStorage`, and what it shows of a message.

use std::rc::Rc;

use warren_frontend::{
    receive::{
        binary::{Format, decode},
        body_view::{self, Form},
        export::Export,
        filter::{Field, Look, MAX_QUERY, Place, Query, json_path::value_at, term_for},
        inbox::{Inbox, Message},
        json_tree::Tree,
        json_view, message_details,
    },
    send::{draft::Draft, json, outbox::Outbox, run},
    ui::{
        clock::{Clock, Zone},
        language::Language,
        preview::{MAX_CHARS, Preview},
        visible,
    },
};
use warren_protocol::{Body, Delivery, Limits, Properties, ServerMessage};

/// Characters that a form shows of one character of the body, such as `⟨U+E0001⟩`.
const WIDEST: usize = 11;
/// What the filter may look at in one step.
const STEP: usize = 7;

/// A message with this body and nothing else.
pub(crate) fn delivery(body: Body) -> Delivery {
    Delivery {
        tag: 1,
        body,
        properties: Properties::default(),
        redelivered: false,
        exchange: String::new(),
        routing_key: String::new(),
    }
}

/// What `sessionStorage` has is taken back, and saved again as the same: no reload loses more.
pub(crate) fn outbox(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = run::ended(&text);
    let mut outbox = Outbox::default();
    outbox.restore(&text);
    let saved = outbox.save();
    let mut again = Outbox::default();
    again.restore(&saved.lines);
    assert_eq!(again.save(), saved, "{text:?}");
    assert_eq!(again.unconfirmed(), outbox.unconfirmed());
    assert_eq!(again.waiting(), outbox.waiting());

    // Each that waits goes out once, and is confirmed or fails.
    outbox.set_limits(Limits {
        max_body_bytes: 64,
        max_in_flight: 3,
        max_prefetch: 1,
        max_batch: 2,
        max_message_bytes: 1024 * 1024,
    });
    let waiting = outbox.waiting().0;
    let mut sent = 0;
    loop {
        let frame = outbox.take(1.0);
        if frame.is_empty() {
            break;
        }
        assert!(frame.len() <= 2);
        sent += frame.len();
        let ids: Vec<u64> = frame.iter().map(|message| message.id).collect();
        outbox.published(&ids, Vec::new(), 2.0);
    }
    assert_eq!(sent, waiting);
    assert_eq!(outbox.waiting(), (0, 0));
}

/// A frame of messages, or bytes that are the body of one: whatever is shown of them is bounded,
/// hides nothing and turns nothing around; the filter finds what is there; an edited message is
/// the same; an export can be read.
pub(crate) fn message(bytes: &[u8]) {
    let deliveries = match crate::protocol::read(bytes) {
        Some(ServerMessage::Deliveries { messages }) => messages,
        _ => vec![delivery(Body::from(bytes.to_vec()))],
    };
    let mut inbox = Inbox::default();
    inbox.receive(deliveries, 0.0);
    for row in inbox.rows(0..8) {
        let message = &row.message;
        shown(message);
        found(message);
        edited(&message.body, &message.properties);
    }
    let messages: Vec<Rc<Message>> = inbox.rows(0..8).into_iter().map(|row| row.message).collect();
    let mut export = Export::new(messages);
    while let Some(part) = export.part(1) {
        json::check(part.trim_end(), Language::English).expect("an exported line");
        assert_eq!(part.matches('\n').count(), 1, "{part:?}");
    }
}

fn shown(message: &Message) {
    let Preview { line, .. } = &message.preview;
    assert!(line.chars().count() <= MAX_CHARS + 1, "{line:?}");
    harmless(line, false);
    for form in Form::ALL {
        match body_view::show(&message.body, form, Language::English) {
            Ok(shown) => {
                harmless(&shown.text, true);
                assert_eq!(body_view::pieces(&shown.text).concat(), shown.text);
            }
            Err(words) => assert!(!words.is_empty()),
        }
    }
    if let Some(text) = message.body.as_text() {
        let read = json::check(text, Language::English);
        let indented = json_view::indent(text, false);
        assert_eq!(read.is_ok(), indented.is_ok(), "{read:?} {indented:?} {text:?}");
        assert_eq!(json::indent(text).is_ok(), read.is_ok());
        let tree = Tree::new(text, false);
        assert_eq!(tree.is_ok(), read.is_ok());
        for tree in [tree, Tree::new(text, true)].into_iter().flatten() {
            for at in 0..tree.lines().len().min(STEP) {
                for (_, part) in tree.parts(at, false) {
                    harmless(&part, false);
                }
                let path = tree.path(at);
                let _ = value_at(text, &path);
                if let Some(value) = tree.value(at) {
                    let term = term_for(Field::Json(path), &value.text(), false);
                    let parsed = Query::parse(&term, &|_, _| Err(String::new()));
                    assert!(parsed.is_ok() || term.chars().count() > MAX_QUERY, "{term:?}");
                }
            }
        }
    }
    for format in [Format::MessagePack, Format::Cbor] {
        if let Ok(decoded) = decode(format, message.body.as_bytes()) {
            assert!(Tree::new(&decoded.json, decoded.cut).is_ok(), "{format:?} {}", decoded.json);
        }
    }
    let clock = Clock::new(Zone::Utc, 0.0, 0.0, Language::English);
    let (headers, _) = message_details::headers(&message.properties, Language::English);
    let rows = [
        message_details::delivery(message, &clock, Language::English),
        message_details::properties(&message.properties, Language::English),
        headers,
    ];
    for row in rows.iter().flatten() {
        let max = (message_details::MAX_VALUE_CHARS + 2) * WIDEST;
        assert!(row.value.chars().count() <= max, "{row:?}");
        harmless(&row.value, false);
        harmless(&row.name, false);
    }
}

/// Nothing in `text` would be changed by making it visible.
fn harmless(text: &str, lines: bool) {
    let mut visible = String::new();
    for character in text.chars() {
        visible::push(&mut visible, character, lines);
    }
    assert_eq!(visible, text);
}

/// What asks for this text alone; none where it is too long.
fn query(text: &str) -> Option<Query> {
    let quoted = text.replace(['\\', '"'], "?");
    Query::parse(&format!("\"{quoted}\""), &|_, _| Err(String::new())).ok()
}

/// A search that is cut into steps finds the same as one in one go.
fn found(message: &Message) {
    let body = String::from_utf8_lossy(message.body.as_bytes()).into_owned();
    let start = body.char_indices().nth(body.chars().count() / 2).map_or(0, |(at, _)| at);
    let needles = [&body[start..], "\u{130}", "e", &message.routing_key];
    for query in needles.into_iter().filter_map(query) {
        let mut enough = usize::MAX;
        let whole = query.look(message, Place::default(), &mut enough);
        let mut look = Look::Unfinished(Place::default());
        while let Look::Unfinished(from) = look {
            look = query.look(message, from, &mut { STEP });
            assert!(look != Look::Unfinished(from), "the search does not go on");
        }
        assert_eq!(look, whole, "{query:?}");
    }
}

/// "Edit" and "Send" give the same message, but for its name and the broker's user.
fn edited(body: &Body, properties: &Properties) {
    if let Ok(prepared) =
        Draft::of(body, properties, Language::English).check(None, false, Language::English)
    {
        assert_eq!(prepared.body.as_bytes(), body.as_bytes());
        let headers = |properties: &Properties| {
            format!("{:?}", properties.headers.clone().unwrap_or_default())
        };
        assert_eq!(headers(&prepared.properties), headers(properties));
    }
}
