//! The body of the message that is open: as JSON in a tree, text, hex or base64; decompressed and
//! decoded where its properties say how. What is copied, saved or sent again is what came.

use std::rc::Rc;

use warren_protocol::Body;
use yew::prelude::*;

use crate::{
    receive::{
        binary,
        body_view::{self, Form, Shown, pieces},
        charset,
        columns::Columns,
        compression::{self, Decompressing},
        inbox::{Message, Row},
        json_tree::Tree,
        json_tree_view::JsonTreeView,
        panel::Handlers,
    },
    ui::{
        json::NotJson,
        language::Language,
        number::size,
        segmented::{Segment, segmented},
    },
};

#[derive(Properties, PartialEq)]
pub(crate) struct BodyTabProps {
    pub(crate) language: Language,
    pub(crate) row: Row,
    pub(crate) filter: String,
    pub(crate) columns: Rc<Columns>,
    pub(crate) on: Rc<Handlers>,
}

pub(crate) enum Msg {
    Form(Form),
    /// Shows the body decoded, or as it came.
    Decoded(bool),
    Decompressed(Result<Vec<u8>, compression::Mistake>),
}

/// What is shown of the body is made once for each message and form, not with each drawing.
pub(crate) struct BodyTab {
    /// The form that the user chose; else the one that fits the body.
    chosen: Option<Form>,
    decoded: bool,
    decompressing: Option<Decompressing>,
    /// What the body is without its content encoding, once the browser has said so.
    inner: Option<Result<Body, compression::Mistake>>,
    content: Content,
    notes: Vec<String>,
    form: Form,
}

/// What is drawn.
enum Content {
    Tree(Rc<Tree>, Option<String>),
    Text(Shown, usize),
    Mistake(String),
    Empty,
}

impl Component for BodyTab {
    type Message = Msg;
    type Properties = BodyTabProps;

    fn create(ctx: &Context<Self>) -> Self {
        let mut tab = Self {
            chosen: None,
            decoded: true,
            decompressing: None,
            inner: None,
            content: Content::Empty,
            notes: Vec::new(),
            form: Form::Text,
        };
        tab.open(ctx);
        tab
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Form(form) => self.chosen = Some(form),
            Msg::Decoded(decoded) => self.decoded = decoded,
            Msg::Decompressed(result) => {
                self.decompressing = None;
                self.inner = Some(result.map(Body::from));
            }
        }
        self.read(ctx);
        true
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &BodyTabProps) -> bool {
        let props = ctx.props();
        if props.row.message.number != old.row.message.number {
            self.open(ctx);
        } else if props.language != old.language {
            self.read(ctx);
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, props) = (ctx.link(), ctx.props());
        let (language, number) = (props.language, props.row.message.number);
        let form = self.form;
        let forms = Form::ALL.map(|form| Segment::from(form.name(language)));
        let choose = scope
            .callback(|index: usize| Msg::Form(Form::ALL.get(index).copied().unwrap_or_default()));
        let chosen = Form::ALL.iter().position(|one| *one == form).unwrap_or(0);
        html! {
            <>
                <div class="bar">
                    {segmented(language.show_body_as(), &forms, chosen, &choose)}
                    <span class="space"></span>
                    <button type="button" class="quiet"
                        onclick={props.on.copy.reform(move |_| (number, form))}>
                        {language.copy()}
                    </button>
                    <button type="button" class="quiet" title={language.save_title()}
                        onclick={props.on.save.reform(move |_| number)}>
                        {language.save()}
                    </button>
                </div>
                {self.decoding(ctx)}
                for note in &self.notes {
                    <p class="note">{note}</p>
                }
                {self.content(ctx)}
            </>
        }
    }
}

impl BodyTab {
    /// Another message is open.
    fn open(&mut self, ctx: &Context<Self>) {
        let message = &ctx.props().row.message;
        (self.decompressing, self.inner) = (None, None);
        if let Some(encoding) = encoding(message) {
            let done = ctx.link().callback(Msg::Decompressed);
            match compression::decompress(encoding, message.body.as_bytes(), done) {
                Ok(decompressing) => self.decompressing = Some(decompressing),
                Err(mistake) => self.inner = Some(Err(mistake)),
            }
        }
        self.read(ctx);
    }

    /// Reads the body in the form that is wanted.
    fn read(&mut self, ctx: &Context<Self>) {
        let (language, message) = (ctx.props().language, &ctx.props().row.message);
        let content_type = message.properties.content_type.as_deref().unwrap_or_default();
        self.notes.clear();
        let body = match &self.inner {
            Some(Ok(body)) if self.decoded => body,
            Some(Err(mistake)) if self.decoded => {
                self.notes.push(mistake.words(language).to_owned());
                &message.body
            }
            _ => &message.body,
        };
        let bytes = body.as_bytes();
        let cut = bytes.len() > body_view::SHOWN_BYTES;
        self.notes
            .extend(charset::named_oddities(bytes).into_iter().map(|odd| odd.words(language)));
        let charset = charset::named(content_type);
        let decoded = charset.as_deref().map(|label| {
            let end = bytes.len().min(body_view::SHOWN_BYTES);
            charset::decode(label, &bytes[..end], cut)
        });
        let packed = binary::detect(Some(content_type).filter(|kind| !kind.is_empty()), bytes);
        let text = match &decoded {
            Some(Ok(text)) => Some(text.as_str()),
            _ => body_view::beginning(bytes, body_view::SHOWN_BYTES),
        };
        let json = |text: &str, cut: bool| Tree::new(text.trim_start_matches('\u{feff}'), cut);
        let looks_json = packed.is_some()
            || text.is_some_and(|text| {
                text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']).starts_with(['{', '['])
                    && json(text, cut).is_ok()
            });
        self.form = self.chosen.unwrap_or(match (looks_json, text) {
            (true, _) => Form::Json,
            (false, Some(_)) => Form::Text,
            (false, None) => Form::Hex,
        });
        if bytes.is_empty() {
            self.content = Content::Empty;
            return;
        }
        self.content = match (self.form, packed, &decoded) {
            (Form::Json, Some(format), _) => match binary::decode(format, bytes) {
                Ok(decoded) => {
                    self.notes.push(language.shown_as_json(format.name()));
                    tree(json(&decoded.json, decoded.cut), None, language)
                }
                Err(mistake) => Content::Mistake(mistake.words(language)),
            },
            (Form::Json, None, _) => match text {
                Some(text) => {
                    let is_utf8 = !matches!(decoded, Some(Ok(_)));
                    tree(json(text, cut), is_utf8.then_some(bytes.len()), language)
                }
                None => Content::Mistake(language.not_text().to_owned()),
            },
            (Form::Text, _, Some(Ok(text))) => {
                self.notes.extend(charset.map(|name| language.charset(&name)));
                let part = cut.then_some(body_view::SHOWN_BYTES);
                Content::Text(Shown { text: body_view::visible_text(text), part }, bytes.len())
            }
            (Form::Text, _, Some(Err(mistake))) => {
                self.notes.push(mistake.words(language));
                shown(body, Form::Text, language)
            }
            (form, ..) => shown(body, form, language),
        };
    }

    /// What says that the body is compressed, and shows it as it came.
    fn decoding(&self, ctx: &Context<Self>) -> Html {
        let (language, message) = (ctx.props().language, &ctx.props().row.message);
        let Some(encoding) = encoding(message) else { return Html::default() };
        let words = match &self.inner {
            None => language.decoding().to_owned(),
            Some(Ok(inner)) => {
                language.decoded_from(encoding, &size(message.body.len()), &size(inner.len()))
            }
            Some(Err(_)) => return Html::default(),
        };
        let names = [language.decoded(), language.as_it_came()].map(Segment::from);
        let choose = ctx.link().callback(|index| Msg::Decoded(index == 0));
        html! {
            <div class="bar">
                <span class="dim" role="status">{words}</span>
                {segmented("content_encoding", &names, usize::from(!self.decoded), &choose)}
            </div>
        }
    }

    fn content(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let language = props.language;
        match &self.content {
            Content::Empty => html! { <p class="note">{language.body_is_empty()}</p> },
            Content::Mistake(why) => html! { <p class="note">{why}</p> },
            Content::Tree(tree, part) => html! {
                <>
                    if let Some(part) = part {
                        <p class="note">{part}</p>
                    }
                    <JsonTreeView {language} tree={tree.clone()} filter={props.filter.clone()}
                        columns={&props.columns} on={&props.on} />
                </>
            },
            Content::Text(shown, bytes) => {
                // A line of hex is of one width and is not broken.
                let class = classes!("content", (self.form == Form::Hex).then_some("fixed"));
                html! {
                    <>
                        if let Some(note) = shown.note(*bytes, language) {
                            <p class="note">{note}</p>
                        }
                        <pre {class} dir="auto" tabindex="0" role="group"
                            aria-label={language.tab_body()}>
                            for piece in pieces(&shown.text) {
                                <span class="piece">{piece.to_owned()}</span>
                            }
                        </pre>
                    </>
                }
            }
        }
    }
}

/// The content encoding, where it is one that can be decoded.
fn encoding(message: &Message) -> Option<&str> {
    let encoding = message.properties.content_encoding.as_deref()?;
    compression::supported(encoding).map(|_| encoding)
}

/// `all` is as of [`Tree::note`].
fn tree(tree: Result<Tree, NotJson>, all: Option<usize>, language: Language) -> Content {
    match tree {
        Ok(tree) => {
            let part = tree.note(all, language);
            Content::Tree(Rc::new(tree), part)
        }
        Err(mistake) => Content::Mistake(language.not_json(&mistake.words(language))),
    }
}

fn shown(body: &Body, form: Form, language: Language) -> Content {
    match body_view::show(body, form, language) {
        Ok(shown) => Content::Text(shown, body.len()),
        Err(why) => Content::Mistake(why),
    }
}
