//! How the user reads what was received: where the list is scrolled to, which row is marked, whose
//! details are open, and what was copied or saved of it. What was received is the store's.

mod exporting;
mod life;
mod selecting;

use yew::{AttrValue, Callback};

use crate::{
    receive::{
        body_view::{self, Form},
        inbox::{Inbox, Row},
        inspector::Tab,
        life::Life,
        received_list::{LIST_ID, List},
        selection_bar::Asked,
    },
    ui::{
        browser,
        files::{self, Copying, File, Saved},
        language::Language,
        viewport::{Rows as _, Scroll, Viewport},
    },
};

/// What the user does with the list and the details.
pub(crate) enum Event {
    Scrolled(Scroll),
    Follow,
    /// Marks a row and opens its details.
    Choose(u64),
    Step(Step),
    /// Marks a row, opens its details and brings it into sight.
    GoTo(u64),
    /// Opens the details of the marked row.
    Open,
    Close,
    /// Shows another part of the open message.
    Tab(Tab),
    /// Keeps the open message to compare others with it, or no longer.
    Pin,
    /// Copies the chosen message's body in this form.
    Copy(u64, Form),
    /// What the browser has copied, in words; none where it does not let the page.
    Copied(Option<String>),
    Save(u64),
    /// Saves what the list shows.
    Export,
    /// Saves what is selected.
    ExportSelected,
    /// Time to go on with that.
    ExportMore,
    /// Asks something about the selection, or no longer.
    Ask(Option<Asked>),
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
    language: Language,
    viewport: Viewport,
    /// The marked row's number.
    marked: Option<u64>,
    /// The row whose details are open, also when it has left the list.
    open: Option<Row>,
    kept: bool,
    tab: Tab,
    life: Option<Life>,
    /// The message that others are compared with.
    pinned: Option<Row>,
    feedback: Option<AttrValue>,
    scroll_to: ScrollTo,
    copying: Option<Copying>,
    saved: Option<Saved>,
    exporting: Option<exporting::Exporting>,
    /// What became of the export, and when.
    exported: Option<(String, f64)>,
    /// What the user is asked about the selection.
    asks: Option<Asked>,
    /// Whether something was selected.
    selecting: bool,
}

impl ListView {
    pub(crate) fn new(report: Callback<Event>, language: Language) -> Self {
        Self {
            report,
            language,
            viewport: Viewport::default(),
            marked: None,
            open: None,
            kept: false,
            tab: Tab::default(),
            life: None,
            pinned: None,
            feedback: None,
            scroll_to: ScrollTo::default(),
            copying: None,
            saved: None,
            exporting: None,
            exported: None,
            asks: None,
            selecting: false,
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
            Event::GoTo(number) => self.go_to(number, inbox),
            Event::Open if self.marked.is_none() => {
                self.step(Step::Last, inbox);
                self.open(inbox);
            }
            Event::Open => self.open(inbox),
            Event::Close => {
                self.open = None;
                browser::focus(LIST_ID);
            }
            Event::Tab(tab) => self.tab = tab,
            Event::Pin => self.pin(),
            Event::Copy(number, form) => self.copy(number, form),
            Event::Copied(words) => self.copied(words),
            Event::Save(number) => self.save(number),
            Event::Export => self.export(inbox.rows(0..inbox.len())),
            Event::ExportSelected => self.export(inbox.selected().cloned().collect()),
            Event::Ask(ask) => self.ask(ask),
            Event::ExportMore => return self.export_more(),
        }
        true
    }

    /// The list is empty again: its newest row will be in sight.
    pub(crate) fn follow(&mut self) {
        self.viewport.follow();
    }

    /// Words what it says from now on in this language.
    pub(crate) fn set_language(&mut self, language: Language) {
        self.language = language;
        self.feedback = None;
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
        self.refresh_life(inbox);
        self.refresh_selection(inbox);
    }

    /// What the list shows now.
    pub(crate) fn list(&self, inbox: &Inbox) -> List {
        let range = self.viewport.range(inbox);
        let rows = inbox.rows(range.clone());
        let selection = inbox.selection();
        List {
            selected: rows.iter().map(|row| selection.contains(row.message.number)).collect(),
            rows,
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

    /// What is shown of the open message.
    pub(crate) fn tab(&self) -> Tab {
        self.tab
    }

    /// The message that others are compared with.
    pub(crate) fn pinned(&self) -> Option<&Row> {
        self.pinned.as_ref()
    }

    /// The marked row's number.
    pub(crate) fn marked(&self) -> Option<u64> {
        self.marked
    }

    /// The same, where the list shows the row or its details are open: what the filter hides is not
    /// settled unseen.
    pub(crate) fn marked_and_shown(&self, inbox: &Inbox) -> Option<u64> {
        self.marked.filter(|number| inbox.shows(*number) || self.opened(*number).is_some())
    }

    /// What became of the last "Copy" or "Save".
    pub(crate) fn feedback(&self) -> Option<AttrValue> {
        self.feedback.clone()
    }

    fn pin(&mut self) {
        let is_pinned = self
            .pinned
            .as_ref()
            .zip(self.open.as_ref())
            .is_some_and(|(pinned, open)| pinned.message.number == open.message.number);
        self.pinned = if is_pinned { None } else { self.open.clone() };
        if is_pinned && self.tab == Tab::Compare {
            self.tab = Tab::Body;
        }
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
        self.scroll_to(number, inbox);
        if self.open.is_some() {
            self.open(inbox);
        }
    }

    fn scroll_to(&mut self, number: u64, inbox: &Inbox) {
        if let Some(above) = self.viewport.scroll_to(number, inbox) {
            self.scroll_to = ScrollTo { wish: self.scroll_to.wish + 1, above };
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
            self.feedback = Some(self.language.not_text_copy().into());
            return;
        };
        let words = copy.copied(body.len(), self.language);
        let report =
            self.report.reform(move |done: bool| Event::Copied(done.then(|| words.clone())));
        self.copying = files::copy(&copy.text, report);
        if self.copying.is_none() {
            self.copied(None);
        }
    }

    fn copied(&mut self, words: Option<String>) {
        let refused = self.language.not_copied();
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
            Some(_) => self.language.saved_as(&name),
            None => self.language.not_saved().to_owned(),
        };
        self.feedback = Some(words.into());
    }
}
