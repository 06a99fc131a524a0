//! What a message brought beside its body, line by line. A click on a value filters for it, without
//! it, or makes it a column.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    receive::{
        columns::Columns,
        filter::{Field, term_for, with_term},
        inbox::Row,
        message_details::{self, DetailRow, header_text},
        panel::Handlers,
    },
    ui::{clock::Clock, language::Language},
};

/// Which lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// What tells most, below the body.
    Summary,
    Properties,
    Headers,
}

/// Lines of a summary for headers.
const SUMMARY_HEADERS: usize = 3;

#[derive(Properties, PartialEq)]
pub(crate) struct DetailRowsProps {
    pub(crate) language: Language,
    pub(crate) clock: Clock,
    pub(crate) row: Row,
    pub(crate) part: Part,
    pub(crate) filter: String,
    pub(crate) columns: Rc<Columns>,
    pub(crate) on: Rc<Handlers>,
}

#[component]
pub(crate) fn DetailRows(props: &DetailRowsProps) -> Html {
    let (language, message) = (props.language, &*props.row.message);
    let (headers, more) = message_details::headers(&message.properties, language);
    let properties = message_details::properties(&message.properties, language);
    match props.part {
        Part::Summary => {
            let mut rows = message_details::way(message, language);
            rows.extend(message_details::source(message, language));
            rows.extend(properties);
            html! {
                <dl class="details">
                    for row in &rows {
                        {line(props, row, false)}
                    }
                    for row in headers.iter().take(SUMMARY_HEADERS) {
                        {line(props, row, true)}
                    }
                </dl>
            }
        }
        Part::Properties => {
            let delivery = message_details::delivery(message, &props.clock, language);
            html! {
                <div tabindex="0" role="group" aria-label={language.tab_properties()}>
                    <dl class="details">
                        for row in delivery.iter().chain(&properties) {
                            {line(props, row, false)}
                        }
                    </dl>
                </div>
            }
        }
        Part::Headers if headers.is_empty() => {
            html! { <p class="note">{language.no_headers()}</p> }
        }
        Part::Headers => html! {
            <>
                <div tabindex="0" role="group" aria-label={language.tab_headers()}>
                    <dl class="details">
                        for row in &headers {
                            {line(props, row, true)}
                        }
                    </dl>
                </div>
                if more > 0 {
                    <p class="note">{language.more_headers(more as u64)}</p>
                }
            </>
        },
    }
}

fn line(props: &DetailRowsProps, row: &DetailRow, is_header: bool) -> Html {
    html! {
        <div>
            <dt dir="auto">{&row.name}</dt>
            <dd>
                <bdi>{&row.value}</bdi>
                if !row.kind.is_empty() {
                    {" "}<span class="kind">{row.kind}</span>
                }
                if let Some((field, value)) = filtered(props, row, is_header) {
                    {value_buttons(props.language, &props.filter, &props.columns, &props.on, field, &value)}
                }
            </dd>
        </div>
    }
}

/// What the filter calls a line, and the value that it looks for.
fn filtered(props: &DetailRowsProps, row: &DetailRow, is_header: bool) -> Option<(Field, String)> {
    let message = &props.row.message;
    if is_header {
        let value = header_text(message.header(&row.name)?).into_owned();
        return Some((Field::Header(row.name.clone()), value));
    }
    let field = match row.id {
        "exchange" => Field::Exchange,
        "routing_key" => Field::Key,
        "is" => Field::Is,
        "user" | "connection" => Field::By,
        "queue" => Field::Queue,
        "type" => Field::Type,
        "message_id" => Field::Id,
        "app_id" => Field::App,
        "correlation_id" => Field::Correlation,
        "content_type" => Field::Content,
        _ => return None,
    };
    // What is shown may be cut, or have made something visible.
    let shown = |value: &str| {
        row.id == "is" || row.id == "exchange" || message_details::line(value) == row.value
    };
    let value = field.values(message).find(|value| shown(value))?.into_owned();
    (!value.is_empty()).then_some((field, value))
}

/// The buttons beside a value: filter for it, without it, and show it as a column.
pub(super) fn value_buttons(
    language: Language,
    filter: &str,
    columns: &Rc<Columns>,
    on: &Rc<Handlers>,
    field: Field,
    value: &str,
) -> Html {
    let column = match &field {
        Field::Header(name) => Some(format!("header.{name}")),
        Field::Json(path) => Some(path.clone()),
        _ => None,
    };
    let filters = [false, true].map(|negated| {
        let text = with_term(filter, &term_for(field.clone(), value, negated));
        on.filter.reform(move |_| text.clone())
    });
    let [filter_for, filter_without] = filters;
    let button = |name: &'static str, sign: &'static str, onclick: Callback<MouseEvent>| {
        html! {
            <button type="button" class="value-button" title={name} aria-label={name} {onclick}>
                {sign}
            </button>
        }
    };
    html! {
        <span class="value-buttons">
            {button(language.filter_for(), "＋", filter_for)}
            {button(language.filter_without(), "－", filter_without)}
            if let Some(term) = column {
                {button(language.as_column(), "▥", {
                    let columns = Rc::clone(columns);
                    on.columns.reform(move |_| {
                        let mut columns = (*columns).clone();
                        columns.add(&term);
                        columns
                    })
                })}
            }
        </span>
    }
}
