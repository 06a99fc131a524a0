//! The list of received messages, of which only the rows in sight exist. Rows have one height,
//! set by the style sheet and measured on a hidden probe; two spacers stand for the others.

use warren_protocol::Outcome;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{HtmlElement, ResizeObserver};
use yew::prelude::*;

use super::received_row::ReceivedRow;
use crate::{inbox::Row, status::grouped, viewport::Scroll};

/// Closer to the end than this many CSS pixels is the end; positions may be fractions.
const AT_END_PX: f64 = 2.0;

#[derive(Properties, PartialEq)]
pub(crate) struct ReceivedListProps {
    pub(crate) rows: Vec<Row>,
    pub(crate) above: usize,
    pub(crate) below: usize,
    /// See [`Viewport::moved`](crate::viewport::Viewport::moved).
    pub(crate) moved: i64,
    pub(crate) follow: bool,
    pub(crate) unseen: u64,
    pub(crate) on_scrolled: Callback<Scroll>,
    pub(crate) on_follow: Callback<()>,
    pub(crate) on_settle: Callback<(u64, Outcome)>,
}

pub(crate) enum Msg {
    Scrolled,
    /// The list or its rows have another height.
    Resized,
}

#[derive(Default)]
pub(crate) struct ReceivedList {
    scroller: NodeRef,
    above: NodeRef,
    below: NodeRef,
    probe: NodeRef,
    row_px: f64,
    last_top_px: f64,
    /// By how many rows what is in sight has moved since the last drawing.
    moved: i64,
    observer: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
}

impl Component for ReceivedList {
    type Message = Msg;
    type Properties = ReceivedListProps;

    fn create(_: &Context<Self>) -> Self {
        Self::default()
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let Some(scroller) = self.scroller.cast::<HtmlElement>() else {
            return false;
        };
        let props = ctx.props();
        let top_px = f64::from(scroller.scroll_top());
        let height_px = f64::from(scroller.client_height());
        let follow = match msg {
            Msg::Resized => {
                self.measure_row();
                props.follow
            }
            // Only a way up is the user's: the list grows at its end while it follows.
            Msg::Scrolled => {
                let end_px = f64::from(scroller.scroll_height()) - height_px;
                top_px >= end_px - AT_END_PX || (props.follow && top_px >= self.last_top_px)
            }
        };
        self.last_top_px = top_px;
        let row_px = self.row_px;
        props.on_scrolled.emit(Scroll { top_px, height_px, row_px, follow });
        // The spacers depend on the row's height.
        true
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &ReceivedListProps) -> bool {
        self.moved += ctx.props().moved - old.moved;
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, props) = (ctx.link(), ctx.props());
        let newest = match props.unseen {
            0 => "Newest ↓".to_owned(),
            unseen => format!("{} new ↓", grouped(unseen)),
        };
        html! {
            <div class="received">
                <div class="scroller" ref={&self.scroller} role="log" aria-live="off" tabindex="0"
                    aria-label="Received messages" onscroll={scope.callback(|_| Msg::Scrolled)}>
                    <div class="probe" ref={&self.probe} aria-hidden="true"></div>
                    <div ref={&self.above}></div>
                    for row in &props.rows {
                        <ReceivedRow key={row.message.number} row={row.clone()}
                            on_settle={&props.on_settle} />
                    }
                    <div ref={&self.below}></div>
                </div>
                if !props.follow && !props.rows.is_empty() {
                    <button type="button" class="newest" onclick={props.on_follow.reform(|_| ())}>
                        {newest}
                    </button>
                }
            </div>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first_render: bool) {
        if first_render {
            self.observe(ctx);
        }
        let props = ctx.props();
        for (spacer, rows) in [(&self.above, props.above), (&self.below, props.below)] {
            if let Some(spacer) = spacer.cast::<HtmlElement>() {
                let height = format!("{}px", rows as f64 * self.row_px);
                // The property exists. A style attribute would be refused by the page's policy.
                let _ = spacer.style().set_property("height", &height);
            }
        }
        let Some(scroller) = self.scroller.cast::<HtmlElement>() else {
            return;
        };
        let moved_px = std::mem::take(&mut self.moved) as f64 * self.row_px;
        if props.follow {
            scroller.set_scroll_top(scroller.scroll_height());
        } else if moved_px != 0.0 {
            scroller.set_scroll_top((f64::from(scroller.scroll_top()) + moved_px) as i32);
        }
        self.last_top_px = f64::from(scroller.scroll_top());
    }
}

impl ReceivedList {
    fn measure_row(&mut self) {
        if let Some(probe) = self.probe.cast::<HtmlElement>() {
            self.row_px = probe.get_bounding_client_rect().height();
        }
    }

    fn observe(&mut self, ctx: &Context<Self>) {
        self.measure_row();
        let resized = ctx.link().callback(|()| Msg::Resized);
        let callback = Closure::<dyn FnMut()>::new(move || resized.emit(()));
        // A browser without it keeps what was measured first.
        let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) else {
            return;
        };
        for node in [&self.scroller, &self.probe] {
            if let Some(element) = node.cast::<HtmlElement>() {
                observer.observe(&element);
            }
        }
        self.observer = Some((observer, callback));
    }
}

impl Drop for ReceivedList {
    fn drop(&mut self) {
        if let Some((observer, _)) = &self.observer {
            observer.disconnect();
        }
    }
}
