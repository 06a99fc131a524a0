//! A bar for each second of the last two minutes above the list. Dragging over them filters by time,
//! and so do the arrow keys with Shift, for those who have no pointer.

use std::rc::Rc;

use web_sys::{Element, PointerEvent};
use yew::prelude::*;

use crate::ui::{
    language::Language,
    number::shortest,
    rates::{SECONDS, bars},
};

const HEIGHT: u64 = 32;
/// What an arrow key moves an end of the range by, in seconds.
const STEP_S: usize = 5;

#[derive(Properties, PartialEq)]
pub(crate) struct BarsProps {
    pub(crate) language: Language,
    /// Messages in each second, the newest last.
    pub(crate) counts: Rc<[u64]>,
    /// When the newest of these seconds ended, in milliseconds since 1970-01-01 UTC.
    pub(crate) end_ms: f64,
    /// The range that the list is filtered by.
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) on_range: Callback<Option<(f64, f64)>>,
}

pub(crate) enum Msg {
    Down(PointerEvent),
    Move(PointerEvent),
    Up,
    Key(KeyboardEvent),
}

#[derive(Default)]
pub(crate) struct Bars {
    picture: NodeRef,
    /// The seconds under the pointer when it took hold, and now; of the end that was then.
    drag: Option<(usize, usize, f64)>,
}

impl Component for Bars {
    type Message = Msg;
    type Properties = BarsProps;

    fn create(_: &Context<Self>) -> Self {
        Self::default()
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let props = ctx.props();
        match msg {
            Msg::Down(event) => {
                // Yew hears events at the root: an event's current target would be that.
                let Some(picture) = self.picture.cast::<Element>() else { return false };
                // A pointer that is down can be captured.
                let _ = picture.set_pointer_capture(event.pointer_id());
                let at = second(&event, &picture);
                self.drag = Some((at, at, props.end_ms));
            }
            Msg::Move(event) => {
                let picture = self.picture.cast::<Element>();
                let (Some(drag), Some(picture)) = (&mut self.drag, picture) else { return false };
                drag.1 = second(&event, &picture);
            }
            Msg::Up => {
                let Some((from, to, end_ms)) = self.drag.take() else { return false };
                // A click takes the range away.
                let range = (from != to).then(|| range(from, to, end_ms));
                props.on_range.emit(range);
            }
            Msg::Key(event) => {
                let by = match event.key().as_str() {
                    "ArrowLeft" => -(STEP_S as f64),
                    "ArrowRight" => STEP_S as f64,
                    "Escape" if props.range.is_some() => {
                        event.stop_propagation();
                        props.on_range.emit(None);
                        return false;
                    }
                    _ => return false,
                };
                event.prevent_default();
                let last = range(SECONDS - STEP_S, SECONDS - 1, props.end_ms);
                let (from_ms, to_ms) = props.range.unwrap_or(last);
                let by_ms = 1_000.0 * by;
                // With Shift the end moves, else all of it.
                let from_ms = if event.shift_key() { from_ms } else { from_ms + by_ms };
                props.on_range.emit(Some((from_ms, (to_ms + by_ms).max(from_ms + 1_000.0))));
                return false;
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, props) = (ctx.link(), ctx.props());
        let max = props.counts.iter().copied().max().unwrap_or_default();
        let marked = match (self.drag, props.range) {
            (Some((from, to, _)), _) => Some((from.min(to) as f64, from.max(to) as f64 + 1.0)),
            (None, Some((from_ms, to_ms))) => {
                let at = |ms: f64| SECONDS as f64 - (props.end_ms - ms) / 1_000.0;
                Some((at(from_ms).max(0.0), at(to_ms).min(SECONDS as f64)))
            }
            (None, None) => None,
        };
        let marked = marked.filter(|(from, to)| to > from);
        html! {
            <div class="bars" role="slider" tabindex="0" aria-label={props.language.bars_title()}
                aria-valuemin="0" aria-valuemax={SECONDS.to_string()}
                aria-valuenow={marked.map_or(SECONDS, |(from, _)| from.round() as usize).to_string()}
                title={props.language.bars_title()}
                onpointerdown={scope.callback(Msg::Down)} onpointermove={scope.callback(Msg::Move)}
                onpointerup={scope.callback(|_| Msg::Up)} onkeydown={scope.callback(Msg::Key)}>
                <svg ref={&self.picture} aria-hidden="true" viewBox={format!("0 0 {SECONDS} {HEIGHT}")}
                    preserveAspectRatio="none">
                    if let Some((from, to)) = marked {
                        <rect class="range" x={shortest(from)} y="0"
                            width={shortest(to - from)} height={HEIGHT.to_string()} />
                    }
                    <path d={bars(&props.counts, max, HEIGHT)} />
                </svg>
            </div>
        }
    }
}

/// The second under the pointer, from the left.
fn second(event: &PointerEvent, picture: &Element) -> usize {
    let place = picture.get_bounding_client_rect();
    let part = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
    ((part * SECONDS as f64).max(0.0) as usize).min(SECONDS - 1)
}

/// From the beginning of one second to the end of the other, in milliseconds.
fn range(one: usize, other: usize, end_ms: f64) -> (f64, f64) {
    let at = |second: usize| end_ms - (SECONDS as f64 - second as f64) * 1_000.0;
    (at(one.min(other)), at(one.max(other) + 1))
}
