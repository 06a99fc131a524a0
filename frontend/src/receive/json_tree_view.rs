//! JSON as a tree that folds, in colours. A value can be clicked to filter by it.

use std::{collections::BTreeSet, rc::Rc};

use yew::prelude::*;

use crate::{
    receive::{
        columns::Columns, detail_rows::value_buttons, filter::Field, json_tree::Tree,
        panel::Handlers,
    },
    ui::{json::Kind, language::Language},
};

/// Lines that the browser lays out at once.
const PIECE: usize = 200;
/// Levels that are indented further; deeper ones stay at this one's place.
const MAX_INDENT: u16 = 40;

#[derive(Properties, PartialEq)]
pub(crate) struct JsonTreeViewProps {
    pub(crate) language: Language,
    pub(crate) tree: Rc<Tree>,
    pub(crate) filter: String,
    pub(crate) columns: Rc<Columns>,
    pub(crate) on: Rc<Handlers>,
}

pub(crate) enum Msg {
    Fold(usize),
    /// The value on this line was clicked.
    Choose(usize),
}

#[derive(Default)]
pub(crate) struct JsonTreeView {
    /// The lines whose objects and arrays are folded.
    folded: BTreeSet<usize>,
    chosen: Option<usize>,
}

impl Component for JsonTreeView {
    type Message = Msg;
    type Properties = JsonTreeViewProps;

    fn create(_: &Context<Self>) -> Self {
        Self::default()
    }

    fn update(&mut self, _: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Fold(at) => {
                if !self.folded.remove(&at) {
                    self.folded.insert(at);
                }
            }
            Msg::Choose(at) => self.chosen = (self.chosen != Some(at)).then_some(at),
        }
        true
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &JsonTreeViewProps) -> bool {
        if !Rc::ptr_eq(&ctx.props().tree, &old.tree) {
            *self = Self::default();
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let seen = props.tree.seen(&self.folded);
        html! {
            <pre class="content json" tabindex="0" role="group" aria-label={props.language.tab_body()}>
                for lines in seen.chunks(PIECE) {
                    <span class="piece">
                        for at in lines.iter().copied() {
                            {self.line(ctx, at)}
                        }
                    </span>
                }
            </pre>
        }
    }
}

impl JsonTreeView {
    fn line(&self, ctx: &Context<Self>, at: usize) -> Html {
        let (scope, props) = (ctx.link(), ctx.props());
        let (language, tree) = (props.language, &props.tree);
        let Some(line) = tree.lines().get(at) else { return Html::default() };
        let folded = self.folded.contains(&at);
        let indent = "  ".repeat(usize::from(line.depth.min(MAX_INDENT)));
        let value = tree.value(at);
        html! {
            <>
                if line.kind == Kind::Open && line.close.is_some() {
                    <button type="button" class="fold" aria-expanded={(!folded).to_string()}
                        aria-label={if folded { language.unfold() } else { language.fold() }}
                        onclick={scope.callback(move |_| Msg::Fold(at))} />
                }
                {indent}
                for (kind, text) in tree.parts(at, folded) {
                    {match (class(kind), value.is_some_and(|value| value.kind == kind)) {
                        (class, true) => html! {
                            <button type="button" class={classes!("json-value", class)}
                                aria-expanded={(self.chosen == Some(at)).to_string()}
                                onclick={scope.callback(move |_| Msg::Choose(at))}>{text}</button>
                        },
                        ("", false) => html! { text },
                        (class, false) => html! { <span {class}>{text}</span> },
                    }}
                }
                if let Some(value) = value.filter(|_| self.chosen == Some(at)) {
                    {value_buttons(language, &props.filter, &props.columns, &props.on,
                        Field::Json(tree.path(at)), &value.text())}
                }
                {"\n"}
            </>
        }
    }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Key => "json-key",
        Kind::String => "json-string",
        Kind::Number | Kind::Literal => "json-number",
        _ => "",
    }
}
