//! When the page is drawn: with the next animation frame, and where much changes so seldom that
//! drawing takes only a part of the time. What somebody has done is seen with the next animation
//! frame in any case.

use yew::Callback;

use crate::ui::{
    browser::{self, AnimationFrame, Timeout},
    pace::Pace,
};

/// See [`Pace::new`]: a message that is sent and comes back is seen without a wait.
const FEW_CHANGES: u64 = 10;

/// How long a message that was sent waits to be drawn, in milliseconds: most often its answer, and
/// itself as it is received, are there by then. To draw first would make them wait, and the row be
/// drawn three times.
const ANSWER_MS: f64 = 4.0;

/// What an event asks to be drawn, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redraw {
    /// Nothing that is seen has changed.
    No,
    /// By hand: with the next animation frame.
    NextFrame,
    /// A message was sent: a moment later, see [`ANSWER_MS`].
    WithTheAnswer,
    /// By itself: with an animation frame too, but where much changes seldom enough.
    AtPace,
    /// At once.
    Now,
}

pub(super) struct Drawing {
    /// An animation frame is about to be drawn.
    draw: Callback<()>,
    /// What had to wait may be drawn with the next animation frame.
    redraw: Callback<()>,
    pace: Pace,
    frame: Option<AnimationFrame>,
    waiting: Option<Timeout>,
    by_hand: bool,
    /// When the drawing that is under way began.
    began_ms: Option<f64>,
}

impl Drawing {
    /// `draw` must lead to [`Drawing::is_time`], `redraw` to [`Drawing::waited`].
    pub(super) fn new(draw: Callback<()>, redraw: Callback<()>) -> Self {
        Self {
            draw,
            redraw,
            pace: Pace::new(FEW_CHANGES, 0.0),
            frame: None,
            waiting: None,
            by_hand: false,
            began_ms: None,
        }
    }

    /// Something has changed; says whether to draw it at once.
    pub(super) fn ask(&mut self, redraw: Redraw) -> bool {
        match redraw {
            Redraw::No => {}
            Redraw::NextFrame => self.soon(true),
            Redraw::WithTheAnswer => self.with_the_answer(),
            Redraw::AtPace => self.soon(false),
            Redraw::Now => return true,
        }
        false
    }

    fn soon(&mut self, by_hand: bool) {
        self.by_hand |= by_hand;
        if self.frame.is_none() && (by_hand || self.waiting.is_none()) {
            let draw = self.draw.clone();
            self.frame = AnimationFrame::new(move || draw.emit(()));
        }
    }

    fn with_the_answer(&mut self) {
        if self.frame.is_none() {
            self.again(Some(ANSWER_MS));
        }
    }

    /// What had to wait may be drawn now.
    pub(super) fn waited(&mut self) -> Redraw {
        self.waiting = None;
        Redraw::AtPace
    }

    /// Whether to draw in the animation frame that is about to come. `changes` counts all up to now.
    pub(super) fn is_time(&mut self, changes: u64, now_ms: f64) -> bool {
        self.frame = None;
        let wait_ms = self.pace.wait_ms(changes, now_ms);
        if !std::mem::take(&mut self.by_hand) && wait_ms.is_some() {
            self.again(wait_ms);
            return false;
        }
        self.began_ms = Some(now_ms);
        self.pace.drawn(changes, now_ms);
        true
    }

    /// Draws again after so many milliseconds, if any.
    pub(super) fn again(&mut self, wait_ms: Option<f64>) {
        if let (Some(wait_ms), None) = (wait_ms, &self.waiting) {
            let redraw = self.redraw.clone();
            self.waiting = Timeout::new(wait_ms, move || redraw.emit(()));
        }
    }

    /// It is drawn. The list has asked for its height by now, so that laying out is in the time
    /// that it took.
    pub(super) fn done(&mut self) {
        if let Some(began_ms) = self.began_ms.take() {
            self.pace.took(browser::now_ms() - began_ms);
        }
    }
}
