//! The line above the list: what its columns are called.

use yew::prelude::*;

use crate::{
    receive::columns::{Column, Columns},
    ui::language::Language,
};

/// What the columns are called.
pub(super) fn head(language: Language, columns: &Columns) -> Html {
    let before = Column::ALL.into_iter().filter(|column| *column != Column::Size);
    html! {
        // Each row says by itself what it is.
        <div class="head" aria-hidden="true">
            <span></span>
            for column in before {
                if column == Column::Time && columns.has(Column::What) {
                    <span></span>
                }
                if columns.has(column) {
                    <span class={(column == Column::Number).then_some("number")}>
                        {if column == Column::Number { "#" } else { column.name(language) }}
                    </span>
                }
            }
            for term in columns.own() {
                <span title={term.clone()}>{term}</span>
            }
            <span>{language.column_body()}</span>
            <span></span>
            if columns.has(Column::Size) {
                <span class="size">{language.column_size()}</span>
            }
        </div>
    }
}
