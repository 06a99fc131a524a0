//! The life of one message: all that the page knows to have happened to it, in the order in which the
//! page heard of it. Tracing has no name for a message, so its events are joined by `message_id`, and
//! where there is none, by what is equal and near in time.
//!
//! Every kept row is looked at once at most, and new ones as they come; only while the life is shown.
//! Of equal messages, of which there may be a hundred thousand, the nearest are enough.

use std::{collections::VecDeque, rc::Rc};

use crate::{
    receive::{
        inbox::{AckState, Inbox, Message, Row, What},
        status::settled,
    },
    ui::{language::Language, number::grouped, visible},
};

/// How far events of equal messages without a `message_id` may be apart, in milliseconds.
pub const MAX_APART_MS: f64 = 10_000.0;
/// Events that are shown from the beginning, and again from the end; of equal messages without a
/// `message_id`, before the open one, and again behind it.
pub const MAX_SHOWN: usize = 50;
/// Characters of a name that are shown.
const MAX_NAME: usize = 200;

/// See the module.
pub struct Life {
    subject: Rc<Message>,
    /// The numbers of the rows that belong to it, ascending.
    numbers: VecDeque<u64>,
    /// How many of them were published.
    published: u64,
    /// The number of the first row that was not looked at.
    next: u64,
    /// How many more equal messages behind the subject are looked for.
    room: usize,
    /// Equal messages may have been left out.
    nearest: bool,
}

/// What a life shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The `message_id` by which the events were joined; by equal bodies where there is none.
    pub message_id: Option<String>,
    /// The first events.
    pub first: Vec<Row>,
    /// How many are between.
    pub between: usize,
    /// The last events.
    pub last: Vec<Row>,
    /// How many of all were published.
    pub published: u64,
    /// Equal messages were left out that are farther away.
    pub nearest: bool,
}

/// How this page sent a message, as far as it remembers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sent {
    /// When, in milliseconds since 1970-01-01 UTC, where that is remembered.
    pub at_ms: Option<f64>,
    /// What became of it.
    pub confirm: Confirm,
}

/// What the broker said of a message that this page sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// That is not remembered.
    Forgotten,
    /// Nothing yet.
    Waiting,
    /// It is responsible for the message, after so many milliseconds.
    After(u64),
    /// It is in no queue, or may not be.
    Failed,
}

/// Whether a message has a life to show: a watch saw it, or this page sent it.
#[must_use]
pub fn is_known(message: &Message) -> bool {
    message.watched.is_some() || message.took_ms.is_some()
}

impl Life {
    /// Of this message, with what happened before it.
    #[must_use]
    pub fn new(subject: Rc<Message>, inbox: &Inbox) -> Self {
        let next = subject.number;
        let by_id = subject.properties.message_id.is_some();
        let room = if by_id { usize::MAX } else { MAX_SHOWN };
        let (numbers, published, nearest) = (VecDeque::new(), 0, false);
        let mut life = Self { subject, numbers, published, next, room, nearest };
        for row in inbox.rows_from(0).rev().skip_while(|row| row.message.number >= next) {
            if life.numbers.len() >= room {
                life.nearest = true;
                break;
            }
            if life.takes(&row.message) {
                life.numbers.push_front(row.message.number);
            }
        }
        life
    }

    /// Whether this is of the same message; counts it then.
    fn takes(&mut self, message: &Message) -> bool {
        let same = is_same(&self.subject, message);
        self.published += u64::from(same && message.what() == What::Published);
        same
    }

    /// Whose life it is.
    #[must_use]
    pub fn subject(&self) -> &Rc<Message> {
        &self.subject
    }

    /// Looks at the rows that it has not looked at.
    pub fn look(&mut self, inbox: &Inbox) {
        for row in inbox.rows_from(self.next) {
            if self.room == 0 {
                self.nearest = true;
                break;
            }
            if self.takes(&row.message) {
                self.numbers.push_back(row.message.number);
                // The subject itself is none of those behind it.
                self.room -= usize::from(row.message.number > self.subject.number);
            }
        }
        self.next = inbox.counters().arrived() + 1;
        while self.numbers.front().is_some_and(|number| inbox.row(*number).is_none()) {
            self.numbers.pop_front();
        }
    }

    /// What there is to show, of the rows that are still kept.
    #[must_use]
    pub fn shown(&self, inbox: &Inbox) -> Shown {
        let rows = |numbers: &mut dyn Iterator<Item = &u64>| -> Vec<Row> {
            numbers.filter_map(|number| inbox.row(*number)).cloned().collect()
        };
        let all = self.numbers.len();
        // Of equal messages there are no more than these and the open one.
        let first = all.min(MAX_SHOWN + 1);
        let last = all.saturating_sub(MAX_SHOWN).max(first);
        Shown {
            message_id: self.subject.properties.message_id.clone(),
            first: rows(&mut self.numbers.range(..first)),
            between: last - first,
            last: rows(&mut self.numbers.range(last..)),
            published: self.published,
            nearest: self.nearest,
        }
    }
}

/// Whether two rows are, or may be, of one message.
fn is_same(subject: &Message, other: &Message) -> bool {
    match (&subject.properties.message_id, &other.properties.message_id) {
        (Some(id), Some(other)) => id == other,
        (None, None) => {
            (subject.at_ms - other.at_ms).abs() <= MAX_APART_MS
                && subject.body == other.body
                && subject.routing_key == other.routing_key
                && subject.exchange == other.exchange
        }
        _ => false,
    }
}

impl Shown {
    /// How the events were joined, and what is not certain about it.
    #[must_use]
    pub fn joined_words(&self, language: Language) -> String {
        match &self.message_id {
            Some(id) => language.joined_by_id(&name(id)),
            None => language.joined_by_body(&grouped((MAX_APART_MS / 1_000.0) as u64)),
        }
    }

    /// Warns where several equal messages were joined.
    #[must_use]
    pub fn warning(&self, language: Language) -> Option<String> {
        if self.message_id.is_some() {
            return None;
        }
        if self.nearest {
            return Some(language.nearest_events(&grouped(MAX_SHOWN as u64)));
        }
        (self.published > 1).then(|| language.equal_messages(self.published))
    }
}

/// What an event tells, behind its name and its time.
#[must_use]
pub fn event_words(row: &Row, language: Language) -> String {
    let Row { message, ack_state } = row;
    let Some(watched) = &message.watched else {
        let outcome = match ack_state {
            AckState::Automatic => language.auto_ack(),
            AckState::Settled(outcome) => settled(*outcome, language),
            AckState::Lost => language.delivered_again(),
            AckState::Shown | AckState::Open | AckState::Watched => language.not_settled(),
        };
        return language.received_here(&name(&message.queue), outcome);
    };
    let who = name(&watched.source.short());
    if message.what() != What::Published {
        return language.delivered_to(&who, &name(&message.queue));
    }
    let exchange = match message.exchange.as_str() {
        "" => language.default_exchange().to_owned(),
        exchange => name(exchange),
    };
    let keys = list(message.routing_keys(), language);
    let way = language.published_by(&who, &exchange, &keys);
    let queues = list(watched.queues.iter().map(String::as_str), language);
    if queues.is_empty() { way } else { language.routed_to(&way, &queues) }
}

/// That this page sent it, and what became of it.
#[must_use]
pub fn sent_words(confirm: Confirm, language: Language) -> String {
    match confirm {
        Confirm::Forgotten => language.sent_by_page().to_owned(),
        Confirm::Waiting => language.sent_waiting().to_owned(),
        Confirm::After(ms) => language.sent_confirmed(&grouped(ms)),
        Confirm::Failed => language.sent_failed().to_owned(),
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>, language: Language) -> String {
    names.map(name).collect::<Vec<_>>().join(language.list_separator())
}

fn name(text: &str) -> String {
    visible::line(text, MAX_NAME)
}
