//! The list saved as a file, a part at a time, so that nothing is held up.

use super::{Event, ListView};
use crate::{
    receive::{export::Export, inbox::Row},
    ui::{
        browser::{self, Timeout},
        files::File,
        utc::utc,
    },
};

/// How long to export in one go, in milliseconds, and how many bytes make a part.
const EXPORT_MS: f64 = 8.0;
const EXPORT_BYTES: usize = 256 * 1024;
/// How long the page says what became of an export, in milliseconds.
const EXPORTED_MS: f64 = 10_000.0;

/// An export under way.
pub(super) struct Exporting {
    export: Export,
    file: File,
    name: String,
    _next: Option<Timeout>,
}

impl ListView {
    /// What becomes of the export; once it has ended, for a while.
    pub(crate) fn exported(&self, now_ms: f64) -> Option<String> {
        let (words, ended_ms) = self.exported.as_ref()?;
        (self.exporting.is_some() || now_ms - ended_ms < EXPORTED_MS).then(|| words.clone())
    }

    pub(super) fn export(&mut self, rows: Vec<Row>) {
        let export = Export::new(rows.into_iter().map(|row| row.message).collect());
        let name = format!("messages-{}.ndjson", utc(browser::now_ms()).replace(':', "-"));
        let count = self.language.messages(export.total() as u64);
        self.exported = Some((self.language.exporting(&count), browser::now_ms()));
        self.exporting = Some(Exporting { export, file: File::new(), name, _next: None });
        self.export_more();
    }

    /// Goes on for a few milliseconds, and says whether the export has ended.
    pub(super) fn export_more(&mut self) -> bool {
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
        let count = self.language.messages(export.total() as u64);
        let words = match self.saved {
            Some(_) => self.language.exported(&count, &name),
            None => self.language.not_exported().to_owned(),
        };
        self.exported = Some((words, browser::now_ms()));
    }
}
