//! Which tab has the outbox: what an earlier life of the tab has kept is taken back only once this
//! is known, and nothing goes out before. See [`ownership`].

use yew::Callback;

use super::core::{Core, OUTBOX_KEY, REPEAT_KEY};
use crate::{
    send::outbox::ownership::{self, Claim},
    store::Action,
    ui::{
        browser,
        locks::{Answer, Lock},
    },
};

/// Why it is asked whose the outbox is.
#[derive(PartialEq)]
enum Asking {
    /// The page starts.
    Start,
    /// The browser had kept the page, and went back to it.
    Return,
}

pub(super) struct Owning {
    id: String,
    /// Held for as long as the page lives.
    lock: Option<Lock>,
    asking: Option<Asking>,
    /// The page has gone, unless it comes back.
    gone: bool,
    /// Of what was last kept.
    mark: String,
    report: Callback<Answer>,
}

impl Owning {
    /// Asks whose the outbox is; `report` must lead to [`Core::claimed`].
    pub(super) fn new(report: Callback<Answer>) -> Self {
        let kept = remembered(OUTBOX_KEY);
        let asks = ownership::has_messages(&kept) || !remembered(REPEAT_KEY).is_empty();
        let asking = asks.then_some(Asking::Start);
        // Where nothing is to be taken back no other tab can have it.
        let id = ownership::id(&kept).filter(|_| asks).map_or_else(browser::uuid, str::to_owned);
        let mut owning = Self { id, lock: None, asking, gone: false, mark: String::new(), report };
        owning.ask();
        owning
    }

    /// Whether nothing may go out, or be kept.
    pub(super) fn is_asking(&self) -> bool {
        self.asking.is_some()
    }

    pub(super) fn leave(&mut self) {
        self.lock = None;
        self.gone = true;
    }

    fn ask(&mut self) {
        // The old one first: it may have the same name.
        self.lock = None;
        let name = format!("warren.outbox.{}", self.id);
        self.lock = Some(Lock::request(name, self.report.clone()));
    }
}

impl Core {
    /// It is known whose the outbox is.
    pub(super) fn claimed(&mut self, answer: Answer, now_ms: f64) {
        let Some(asking) = self.owning.asking.take() else {
            return;
        };
        let kept = remembered(OUTBOX_KEY);
        let claim = match answer {
            Answer::Granted => Claim::Ours,
            Answer::Taken => Claim::Elsewhere,
            Answer::Missing => {
                Claim::Unknown { reload: asking == Asking::Start && browser::is_reload() }
            }
        };
        // While the browser kept the page another one may have been here in the same tab.
        let same = asking == Asking::Return
            && claim != Claim::Elsewhere
            && ownership::mark(&kept) == self.owning.mark;
        if !same {
            self.take_over(&asking, &kept, claim, now_ms);
        }
        self.state.outbox.hold(false);
        self.save(now_ms);
    }

    fn take_over(&mut self, asking: &Asking, kept: &str, claim: Claim, now_ms: f64) {
        if *asking == Asking::Return {
            self.state.apply(Action::GiveAway, now_ms);
        }
        if claim == Claim::Elsewhere {
            self.owning.id = browser::uuid();
            self.owning.ask();
        } else {
            self.state.apply(Action::RestoreRepeat(remembered(REPEAT_KEY)), now_ms);
        }
        browser::remember(browser::session_storage(), REPEAT_KEY, "");
        let taken = ownership::take(kept, claim, now_ms);
        self.state.apply(Action::Restore(taken.lines), now_ms);
        if let Some(offer) = taken.offer {
            self.state.apply(Action::Offer(offer), now_ms);
        }
    }

    /// The browser goes back to a page that it had kept.
    pub(super) fn come_back(&mut self) {
        if !std::mem::take(&mut self.owning.gone) {
            return;
        }
        if let Some(id) = ownership::id(&remembered(OUTBOX_KEY)) {
            id.clone_into(&mut self.owning.id);
        }
        self.owning.asking.get_or_insert(Asking::Return);
        self.state.outbox.hold(true);
        self.owning.ask();
    }

    /// The messages that were offered are to be sent, else forgotten.
    pub(super) fn settle_offer(&mut self, send: bool, now_ms: f64) {
        let action = if send { Action::SendOffered } else { Action::DiscardOffered };
        self.state.apply(action, now_ms);
        self.save(now_ms);
    }

    /// Writes the outbox's lines, and what is offered, and says whether that worked.
    pub(super) fn keep(&mut self, lines: &str, now_ms: f64) -> bool {
        let text = ownership::keep(&self.owning.id, now_ms, lines, self.state.offered.as_ref());
        let kept = browser::remember(browser::session_storage(), OUTBOX_KEY, &text);
        if kept {
            ownership::mark(&text).clone_into(&mut self.owning.mark);
        }
        kept
    }
}

fn remembered(key: &str) -> String {
    browser::remembered(browser::session_storage(), key).unwrap_or_default()
}
