//! The list of received messages, of which only the rows in sight exist. Rows have one height,
//! set by the style sheet and measured on a hidden probe; two spacers stand for the others.

use std::rc::Rc;
use warren_protocol::Outcome;

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{HtmlElement, ResizeObserver};
use yew::prelude::*;

use crate::{
    receive::{
        columns::Columns,
        inbox::Row,
        list_head::head,
        list_view::{ScrollTo, Step},
        panel::Handlers,
        received_row::ReceivedRow,
        selection::Select,
        selection_bar::{Bar, selection_bar},
    },
    ui::{
        clock::Clock,
        language::Language,
        number::{grouped, shortest},
        viewport::Scroll,
    },
};

/// The list's id: it gets the focus where a button goes that had it.
pub(crate) const LIST_ID: &str = "received";

/// Closer to the end than this many CSS pixels is the end; positions may be fractions.
const AT_END_PX: f64 = 2.0;
/// Letters of `07:16:28.532`.
const TIME_OF_DAY: usize = 12;

/// What the list shows.
#[derive(Clone, PartialEq)]
pub(crate) struct List {
    /// The rows to draw.
    pub(crate) rows: Vec<Row>,
    /// Which of them are selected.
    pub(crate) selected: Vec<bool>,
    /// How many lie above them.
    pub(crate) above: usize,
    /// How many lie below them.
    pub(crate) below: usize,
    /// See [`Viewport::moved`](crate::ui::viewport::Viewport::moved).
    pub(crate) moved: i64,
    /// Whether the newest row is kept in sight.
    pub(crate) follow: bool,
    /// Rows that arrived since it is not.
    pub(crate) unseen: u64,
    /// The number of the row that the user has marked.
    pub(crate) marked: Option<u64>,
    pub(crate) scroll_to: ScrollTo,
}

#[derive(Properties, PartialEq)]
pub(crate) struct ReceivedListProps {
    pub(crate) language: Language,
    pub(crate) clock: Clock,
    pub(crate) columns: Rc<Columns>,
    /// What is said in place of rows while there is none.
    pub(crate) empty: Html,
    pub(crate) list: List,
    /// What the user may do with an open message.
    pub(crate) outcomes: &'static [Outcome],
    /// What lies over its end.
    pub(crate) bar: Bar,
    pub(crate) on: Rc<Handlers>,
}

pub(crate) enum Msg {
    Scrolled,
    /// The list or its rows have another height.
    Resized,
    Key(KeyboardEvent),
    Choose(u64),
    Settle(u64, Outcome),
    Select(Select),
}

#[derive(Default)]
pub(crate) struct ReceivedList {
    /// The list with its head, whose columns are the same.
    grid: NodeRef,
    /// The columns as the style sheet has them now.
    template: String,
    scroller: NodeRef,
    above: NodeRef,
    below: NodeRef,
    probe: NodeRef,
    under_bar: NodeRef,
    choose: Callback<u64>,
    settle: Callback<(u64, Outcome)>,
    select: Callback<Select>,
    row_px: f64,
    last_top_px: f64,
    /// By how many rows what is in sight has moved since the last drawing.
    moved: i64,
    /// To be scrolled to with the next drawing.
    scroll_to: Option<usize>,
    observer: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
}

impl Component for ReceivedList {
    type Message = Msg;
    type Properties = ReceivedListProps;

    fn create(ctx: &Context<Self>) -> Self {
        let scope = ctx.link();
        let mut list = Self::default();
        list.choose = scope.callback(Msg::Choose);
        list.settle = scope.callback(|(number, outcome)| Msg::Settle(number, outcome));
        list.select = scope.callback(Msg::Select);
        list
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let Some(scroller) = self.scroller.cast::<HtmlElement>() else {
            return false;
        };
        let props = ctx.props();
        let list = &props.list;
        let top_px = f64::from(scroller.scroll_top());
        let height_px = f64::from(scroller.client_height());
        let (follow, resized) = match msg {
            Msg::Resized => {
                self.measure_row();
                (list.follow, true)
            }
            // Only a way up is the user's: the list grows at its end while it follows.
            Msg::Scrolled if list.follow && top_px >= self.last_top_px => (true, false),
            Msg::Scrolled => {
                let end_px = f64::from(scroller.scroll_height()) - height_px;
                (top_px >= end_px - AT_END_PX, false)
            }
            Msg::Key(event) => {
                let on_list = event.target().as_ref() == Some(&scroller);
                key(&event, on_list, &props.on);
                return false;
            }
            Msg::Choose(number) => {
                // The row may go while the keyboard is on it; the list stays.
                let _ = scroller.focus();
                props.on.choose.emit(number);
                return false;
            }
            Msg::Settle(number, outcome) => {
                let _ = scroller.focus();
                props.on.settle.emit((number, outcome));
                return false;
            }
            Msg::Select(select) => {
                let _ = scroller.focus();
                props.on.select.emit(select);
                return false;
            }
        };
        self.last_top_px = top_px;
        let row_px = self.row_px;
        props.on.scrolled.emit(Scroll { top_px, height_px, row_px, follow });
        // The spacers depend on the row's height. Where another row is in sight, the page says so.
        resized
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &ReceivedListProps) -> bool {
        let (list, old) = (&ctx.props().list, &old.list);
        self.moved += list.moved - old.moved;
        if list.scroll_to != old.scroll_to {
            self.scroll_to = Some(list.scroll_to.above);
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, props) = (ctx.link(), ctx.props());
        let list = &props.list;
        let language = props.language;
        let newest = match list.unseen {
            0 => language.newest().to_owned(),
            unseen => language.new_messages(&grouped(unseen)),
        };
        let bar = selection_bar(language, &props.bar, &props.on);
        html! {
            <div class="received" ref={&self.grid}>
                {head(language, &props.columns)}
                <div class="scroller" id={LIST_ID} ref={&self.scroller} role="log" aria-live="off"
                    tabindex="0" aria-label={language.received_messages()} onscroll={scope.callback(|_| Msg::Scrolled)}
                    onkeydown={scope.callback(Msg::Key)}>
                    <div class="probe" ref={&self.probe} aria-hidden="true"></div>
                    <div ref={&self.above}></div>
                    for (row, selected) in list.rows.iter().zip(&list.selected) {
                        <ReceivedRow key={row.message.number} {language} clock={props.clock}
                            columns={&props.columns} row={row.clone()}
                            marked={list.marked == Some(row.message.number)}
                            selected={*selected} outcomes={props.outcomes} on_choose={self.choose.clone()}
                            on_settle={self.settle.clone()} on_select={self.select.clone()} />
                    }
                    <div ref={&self.below}></div>
                    if bar.is_some() {
                        <div class="under-bar" ref={&self.under_bar}></div>
                    }
                </div>
                if list.rows.is_empty() {
                    <div class="empty">{props.empty.clone()}</div>
                }
                if !list.follow && !list.rows.is_empty() {
                    <button type="button" class="newest" onclick={props.on.follow.reform(|_| ())}>
                        {newest}
                    </button>
                }
                // Always one child: with another number Yew would make the others anew.
                {bar.unwrap_or_default()}
            </div>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first_render: bool) {
        if first_render {
            self.observe(ctx);
        }
        self.set_columns(ctx.props());
        let list = &ctx.props().list;
        for (spacer, rows) in [(&self.above, list.above), (&self.below, list.below)] {
            if let Some(spacer) = spacer.cast::<HtmlElement>() {
                let height = shortest(rows as f64 * self.row_px) + "px";
                // The property exists. A style attribute would be refused by the page's policy.
                let _ = spacer.style().set_property("height", &height);
            }
        }
        let Some(scroller) = self.scroller.cast::<HtmlElement>() else {
            return;
        };
        let moved_px = std::mem::take(&mut self.moved) as f64 * self.row_px;
        if list.follow {
            // What lies under the bar is in reach; nothing moves because the bar is there.
            let under_bar =
                self.under_bar.cast::<HtmlElement>().map_or(0, |room| room.offset_height());
            let end = scroller.scroll_height() - scroller.client_height() - under_bar;
            if scroller.scroll_top() < end {
                scroller.set_scroll_top(end);
            }
        } else if moved_px != 0.0 {
            scroller.set_scroll_top((f64::from(scroller.scroll_top()) + moved_px) as i32);
        }
        if let Some(above) = self.scroll_to.take() {
            scroller.set_scroll_top((above as f64 * self.row_px) as i32);
        }
        self.last_top_px = f64::from(scroller.scroll_top());
    }
}

/// Arrow keys move the mark, Enter opens what is marked, Escape closes what is there.
fn key(event: &KeyboardEvent, on_list: bool, on: &Handlers) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    match event.key().as_str() {
        "ArrowUp" => on.step.emit(Step::Up),
        "ArrowDown" => on.step.emit(Step::Down),
        "Home" => on.step.emit(Step::First),
        "End" => on.step.emit(Step::Last),
        // On a button of a row it is that button's.
        "Enter" if on_list => on.open.emit(()),
        "Escape" => on.escape.emit(()),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

impl ReceivedList {
    fn set_columns(&mut self, props: &ReceivedListProps) {
        // A time with its date is longer than one of today.
        let dated = props
            .list
            .rows
            .first()
            .is_some_and(|row| props.clock.short(row.message.at_ms).len() > TIME_OF_DAY);
        let template = props.columns.template(dated);
        if template == self.template {
            return;
        }
        if let Some(grid) = self.grid.cast::<HtmlElement>() {
            // A list of lengths is valid. A style attribute would be refused by the page's policy.
            let _ = grid.style().set_property("--columns", &template);
            self.template = template;
        }
    }

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
