//! A line between two parts of the page that can be dragged, or moved by the arrow keys, and stays
//! where it was put: a window splitter (WAI-ARIA Authoring Practices).

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, PointerEvent};
use yew::prelude::*;

use crate::ui::browser;

/// How far an arrow key moves it, in CSS pixels.
const STEP_PX: i32 = 16;

/// What is dragged.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Drags {
    /// The width of what lies to the left.
    WidthBefore,
    /// The width of what lies to the right.
    WidthAfter,
    /// The height of what lies below.
    HeightAfter,
}

#[derive(Properties, PartialEq)]
pub(crate) struct DividerProps {
    /// Its accessible name.
    pub(crate) name: &'static str,
    /// The custom property of the style sheet that has the size, which is remembered by its name.
    pub(crate) property: &'static str,
    pub(crate) drags: Drags,
    /// The size in CSS pixels until it is moved, and its bounds.
    pub(crate) usual: i32,
    pub(crate) min: i32,
    pub(crate) max: i32,
}

pub(crate) enum Msg {
    Grabbed(PointerEvent),
    Moved(PointerEvent),
    Let,
    Key(KeyboardEvent),
}

pub(crate) struct Divider {
    line: NodeRef,
    px: i32,
    /// Where the pointer was when it took hold, and the size then.
    grabbed: Option<(i32, i32)>,
}

impl Component for Divider {
    type Message = Msg;
    type Properties = DividerProps;

    fn create(ctx: &Context<Self>) -> Self {
        let props = ctx.props();
        let remembered = browser::remembered(browser::local_storage(), props.property);
        let px = remembered.and_then(|px| px.parse().ok()).unwrap_or(props.usual);
        let divider =
            Self { line: NodeRef::default(), px: px.clamp(props.min, props.max), grabbed: None };
        divider.apply(props);
        divider
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let props = ctx.props();
        let at = |event: &PointerEvent| match props.drags {
            Drags::HeightAfter => event.client_y(),
            _ => event.client_x(),
        };
        let grows = if props.drags == Drags::WidthBefore { 1 } else { -1 };
        match msg {
            Msg::Grabbed(event) => {
                event.prevent_default();
                // Yew hears events at the root: an event's current target would be that.
                if let Some(line) = self.line.cast::<Element>() {
                    // A pointer that is down can be captured.
                    let _ = line.set_pointer_capture(event.pointer_id());
                }
                self.grabbed = Some((at(&event), self.px));
                return false;
            }
            Msg::Moved(event) => {
                let Some((from, px)) = self.grabbed else { return false };
                self.px = (px + grows * (at(&event) - from)).clamp(props.min, props.max);
            }
            Msg::Let => {
                self.grabbed = None;
                self.remember(props);
            }
            Msg::Key(event) => {
                let by = match (event.key().as_str(), props.drags == Drags::HeightAfter) {
                    ("ArrowLeft", false) | ("ArrowUp", true) => -STEP_PX,
                    ("ArrowRight", false) | ("ArrowDown", true) => STEP_PX,
                    _ => return false,
                };
                event.prevent_default();
                self.px = (self.px + grows * by).clamp(props.min, props.max);
                self.remember(props);
            }
        }
        self.apply(props);
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, props) = (ctx.link(), ctx.props());
        let lies = props.drags == Drags::HeightAfter;
        html! {
            <div class={classes!("divider", lies.then_some("lying"))} ref={&self.line} role="separator" tabindex="0"
                aria-label={props.name} aria-orientation={if lies { "horizontal" } else { "vertical" }}
                aria-valuenow={self.px.to_string()} aria-valuemin={props.min.to_string()}
                aria-valuemax={props.max.to_string()}
                onpointerdown={scope.callback(Msg::Grabbed)}
                onpointermove={scope.callback(Msg::Moved)}
                onpointerup={scope.callback(|_| Msg::Let)}
                onkeydown={scope.callback(Msg::Key)} />
        }
    }
}

impl Divider {
    fn apply(&self, props: &DividerProps) {
        let root = browser::document().and_then(|document| document.document_element());
        if let Some(root) = root.and_then(|root| root.dyn_into::<HtmlElement>().ok()) {
            // A length is valid, and the page's policy allows it here and in no attribute.
            let _ = root.style().set_property(props.property, &format!("{}px", self.px));
        }
    }

    fn remember(&self, props: &DividerProps) {
        browser::remember(browser::local_storage(), props.property, &self.px.to_string());
    }
}
