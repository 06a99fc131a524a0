//! How the user reads what was received: where the list is scrolled to, which row is marked, whose
//! details are open, and what was copied or saved of it. What was received is the store's.

use yew::{AttrValue, Callback};

use crate::{
    receive::{
        body_view::{self, Form},
        export::Export,
        inbox::{Inbox, Row},
        received_list::{LIST_ID, List},
    },
    ui::{
        browser::{self, Timeout},
        files::{self, Copying, File, Saved},
        number::plural,
        utc::utc,
        viewport::{Rows as _, Scroll, Viewport},
    },
};

/// How long to export in one go, in milliseconds, and how many bytes make a part.
const EXPORT_MS: f64 = 8.0;
const EXPORT_BYTES: usize = 256 * 1024;
/// How long the page says what became of an export, in milliseconds.
const EXPORTED_MS: f64 = 10_000.0;

/// What the user does with the list and the details.
pub(crate) enum Event {
    Scrolled(Scroll),
    Follow,
    /// Marks a row and opens its details.
    Choose(u64),
    Step(Step),
    /// Opens the details of the marked row.
    Open,
    Close,
    /// Copies the chosen message's body in this form.
    Copy(u64, Form),
    /// What the browser has copied, in words; none where it does not let the page.
    Copied(Option<String>),
    Save(u64),
    /// Saves what the list shows.
    Export,
    /// Time to go on with that.
    ExportMore,
}

/// Where the mark goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Up,
    Down,
    First,
    Last,
}

/// A row that the list is to scroll to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ScrollTo {
    /// Counts the wishes: the same one may come twice.
    pub(crate) wish: u64,
    /// How many rows are above what is to be seen.
    pub(crate) above: usize,
}

pub(crate) struct ListView {
    report: Callback<Event>,
    viewport: Viewport,
    /// The marked row's number.
    marked: Option<u64>,
    /// The row whose details are open, also when it has left the list.
    open: Option<Row>,
    kept: bool,
    feedback: Option<AttrValue>,
    scroll_to: ScrollTo,
    copying: Option<Copying>,
    saved: Option<Saved>,
    exporting: Option<Exporting>,
    /// What became of the export, and when.
    exported: Option<(String, f64)>,
}

/// An export under way.
struct Exporting {
    export: Export,
    file: File,
    name: String,
    _next: Option<Timeout>,
}

impl ListView {
    pub(crate) fn new(report: Callback<Event>) -> Self {
        Self {
            report,
            viewport: Viewport::default(),
            marked: None,
            open: None,
            kept: false,
            feedback: None,
            scroll_to: ScrollTo::default(),
            copying: None,
            saved: None,
            exporting: None,
            exported: None,
        }
    }

    /// Acts on what the user did, and says whether the page looks different then.
    pub(crate) fn on(&mut self, event: Event, inbox: &Inbox) -> bool {
        match event {
            Event::Scrolled(scroll) => {
                let before = self.viewport.clone();
                self.viewport.scrolled(scroll, inbox);
                return self.viewport != before;
            }
            Event::Follow => {
                self.viewport.follow();
                browser::focus(LIST_ID);
            }
            Event::Choose(number) => {
                self.marked = Some(number);
                self.open(inbox);
            }
            Event::Step(step) => self.step(step, inbox),
            Event::Open if self.marked.is_none() => {
                self.step(Step::Last, inbox);
                self.open(inbox);
            }
            Event::Open => self.open(inbox),
            Event::Close => {
                self.open = None;
                browser::focus(LIST_ID);
            }
            Event::Copy(number, form) => self.copy(number, form),
            Event::Copied(words) => self.copied(words),
            Event::Save(number) => self.save(number),
            Event::Export => self.export(inbox),
            Event::ExportMore => return self.export_more(),
        }
        true
    }

    /// The list is empty again: its newest row will be in sight.
    pub(crate) fn follow(&mut self) {
        self.viewport.follow();
    }

    /// Takes in what has become of the list.
    pub(crate) fn refresh(&mut self, inbox: &Inbox) {
        self.viewport.anchor(inbox);
        if let Some(open) = &mut self.open {
            match inbox.row(open.message.number) {
                Some(row) if row == open => self.kept = true,
                Some(row) => (*open, self.kept) = (row.clone(), true),
                None => self.kept = false,
            }
        }
    }

    /// What the list shows now.
    pub(crate) fn list(&self, inbox: &Inbox) -> List {
        let range = self.viewport.range(inbox);
        List {
            rows: inbox.rows(range.clone()),
            above: range.start,
            below: inbox.len() - range.end,
            moved: self.viewport.moved(),
            follow: self.viewport.follows(),
            unseen: self.viewport.unseen(inbox),
            marked: self.marked,
            scroll_to: self.scroll_to,
        }
    }

    /// The row whose details are open, and whether it is still in the list.
    pub(crate) fn details(&self) -> Option<(&Row, bool)> {
        self.open.as_ref().map(|row| (row, self.kept))
    }

    /// What became of the last "Copy" or "Save".
    pub(crate) fn feedback(&self) -> Option<AttrValue> {
        self.feedback.clone()
    }

    /// What becomes of the export; once it has ended, for a while.
    pub(crate) fn exported(&self, now_ms: f64) -> Option<String> {
        let (words, ended_ms) = self.exported.as_ref()?;
        (self.exporting.is_some() || now_ms - ended_ms < EXPORTED_MS).then(|| words.clone())
    }

    fn export(&mut self, inbox: &Inbox) {
        let rows = inbox.rows(0..inbox.len());
        let export = Export::new(rows.into_iter().map(|row| row.message).collect());
        let name = format!("messages-{}.ndjson", utc(browser::now_ms()).replace(':', "-"));
        let count = plural(export.total() as u64, "message", "messages");
        self.exported = Some((format!("Exporting {count}…"), browser::now_ms()));
        self.exporting = Some(Exporting { export, file: File::new(), name, _next: None });
        self.export_more();
    }

    /// Goes on for a few milliseconds, and says whether the export has ended.
    fn export_more(&mut self) -> bool {
        let Some(mut exporting) = self.exporting.take() else {
            return false;
        };
        let since_ms = browser::now_ms();
        while browser::now_ms() - since_ms < EXPORT_MS {
            let Some(part) = exporting.export.part(EXPORT_BYTES) else {
                self.export_ended(exporting);
                return true;
            };
            exporting.file.push(part.as_bytes());
        }
        let report = self.report.clone();
        exporting._next = Timeout::new(0.0, move || report.emit(Event::ExportMore));
        self.exporting = Some(exporting);
        false
    }

    fn export_ended(&mut self, exporting: Exporting) {
        let Exporting { export, file, name, .. } = exporting;
        self.saved = file.save(&name, "application/x-ndjson");
        let count = plural(export.total() as u64, "message", "messages");
        let words = match self.saved {
            Some(_) => format!("Exported {count} as {name}."),
            None => "Not exported: this browser does not let the page save a file.".to_owned(),
        };
        self.exported = Some((words, browser::now_ms()));
    }

    fn open(&mut self, inbox: &Inbox) {
        self.feedback = None;
        self.open = self.marked.and_then(|number| inbox.row(number)).cloned();
        self.kept = self.open.is_some();
    }

    fn step(&mut self, step: Step, inbox: &Inbox) {
        let Some(last) = inbox.len().checked_sub(1) else {
            return;
        };
        let at = self.marked.map(|number| inbox.index(number));
        let index = match (step, at) {
            (Step::First, _) => 0,
            (Step::Last, _) | (_, None) => last,
            (Step::Up, Some(at)) => at.saturating_sub(1),
            (Step::Down, Some(at)) => (at + 1).min(last),
        };
        let Some(number) = inbox.number(index) else {
            return;
        };
        self.marked = Some(number);
        if let Some(above) = self.viewport.scroll_to(number, inbox) {
            self.scroll_to = ScrollTo { wish: self.scroll_to.wish + 1, above };
        }
        if self.open.is_some() {
            self.open(inbox);
        }
    }

    /// The open row, where it is still the one that was meant.
    fn opened(&self, number: u64) -> Option<&Row> {
        self.open.as_ref().filter(|row| row.message.number == number)
    }

    fn copy(&mut self, number: u64, form: Form) {
        let Some(body) = self.opened(number).map(|row| &row.message.body) else {
            return;
        };
        let Some(copy) = body_view::copy(body, form) else {
            let why = format!(
                "Not copied: the body is not text. Copy it from {} or {}, or save it.",
                Form::Hex.name(),
                Form::Base64.name()
            );
            self.feedback = Some(why.into());
            return;
        };
        let words = copy.copied(body.len());
        let report =
            self.report.reform(move |done: bool| Event::Copied(done.then(|| words.clone())));
        self.copying = files::copy(&copy.text, report);
        if self.copying.is_none() {
            self.copied(None);
        }
    }

    fn copied(&mut self, words: Option<String>) {
        let refused =
            "This browser does not let the page copy. Select the text and copy it, or save it.";
        self.feedback = Some(words.map_or(refused.into(), AttrValue::from));
    }

    fn save(&mut self, number: u64) {
        let Some(row) = self.opened(number) else {
            return;
        };
        let name = match row.message.body.as_text() {
            Some(_) => format!("message-{number}.txt"),
            None => format!("message-{number}.bin"),
        };
        let mut file = File::new();
        file.push(row.message.body.as_bytes());
        self.saved = file.save(&name, "application/octet-stream");
        let words = match self.saved {
            Some(_) => format!("Saved as {name}."),
            None => "This browser does not let the page save a file.".to_owned(),
        };
        self.feedback = Some(words.into());
    }
}
