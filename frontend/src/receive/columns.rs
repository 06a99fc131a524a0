//! Which columns the list has, and the menu that chooses them.

use std::rc::Rc;

use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use crate::ui::{
    clock::Zone,
    language::Language,
    segmented::{Segment, segmented},
};

/// Columns of the user's own, at most.
const MAX_OWN: usize = 8;

/// A column that can be left out. The body is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The message's number on this page.
    Number,
    /// When it arrived, or was watched.
    Time,
    /// What a watch saw.
    What,
    /// Who published it, or got it.
    By,
    /// The routing key.
    Key,
    /// The exchange.
    Exchange,
    /// The property `type`.
    Type,
    /// The size of the body.
    Size,
}

impl Column {
    /// In the order of the list.
    pub const ALL: [Self; 8] = [
        Self::Number,
        Self::Time,
        Self::What,
        Self::By,
        Self::Key,
        Self::Exchange,
        Self::Type,
        Self::Size,
    ];

    /// What is remembered.
    fn id(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Time => "time",
            Self::What => "what",
            Self::By => "by",
            Self::Key => "key",
            Self::Exchange => "exchange",
            Self::Type => "type",
            Self::Size => "size",
        }
    }

    /// What its head says.
    #[must_use]
    pub fn name(self, language: Language) -> &'static str {
        match self {
            Self::Number => language.column_number(),
            Self::Time => language.column_time(),
            Self::What => language.column_what(),
            Self::By => language.column_by(),
            Self::Key => language.column_key(),
            Self::Exchange => language.column_exchange(),
            Self::Type => language.column_type(),
            Self::Size => language.column_size(),
        }
    }
}

/// The columns of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    shown: Vec<Column>,
    /// Headers (`header.NAME`) and values in a JSON body (`.path`).
    own: Vec<String>,
    watch: bool,
}

impl Default for Columns {
    fn default() -> Self {
        Self {
            shown: vec![Column::Number, Column::Time, Column::Key, Column::Size],
            own: Vec::new(),
            watch: false,
        }
    }
}

impl Columns {
    /// Those of a watch, until others are chosen.
    #[must_use]
    pub fn of_watch() -> Self {
        let shown = vec![Column::Time, Column::What, Column::By, Column::Size];
        Self { shown, own: Vec::new(), watch: true }
    }

    /// Those that can be chosen: what is received has come to this page, all of it.
    pub fn offered(&self) -> impl Iterator<Item = Column> {
        let watch = self.watch;
        let of_watch = |column: &Column| matches!(column, Column::What | Column::By);
        Column::ALL.into_iter().filter(move |column| watch || !of_watch(column))
    }

    /// Whether the list has this column.
    #[must_use]
    pub fn has(&self, column: Column) -> bool {
        self.shown.contains(&column)
    }

    /// The user's own.
    #[must_use]
    pub fn own(&self) -> &[String] {
        &self.own
    }

    /// Puts a column in, or takes it out.
    pub fn toggle(&mut self, column: Column) {
        match self.shown.iter().position(|shown| *shown == column) {
            Some(at) => {
                self.shown.remove(at);
            }
            None => self.shown.push(column),
        }
    }

    /// Adds `header.NAME` or `.json.path`, and says whether it is one of the two and was added.
    pub fn add(&mut self, term: &str) -> bool {
        let term = term.trim();
        let is_header = term.strip_prefix("header.").is_some_and(|name| !name.is_empty());
        let is_path = term.len() > 1 && term.starts_with(['.', '[']);
        let fits = self.own.len() < MAX_OWN && !self.own.iter().any(|own| own == term);
        let adds = (is_header || is_path) && fits;
        if adds {
            self.own.push(term.to_owned());
        }
        adds
    }

    /// Takes one of the user's own out.
    pub fn remove(&mut self, term: &str) {
        self.own.retain(|own| own != term);
    }

    /// For [`Columns::restore`].
    #[must_use]
    pub fn save(&self) -> String {
        let shown: Vec<&str> = self.shown.iter().map(|column| column.id()).collect();
        let own = self.own.iter().map(String::as_str);
        let lines: Vec<&str> = std::iter::once("").chain(own).collect();
        shown.join(" ") + &lines.join("\n")
    }

    /// The columns of this kind that [`Columns::save`] wrote.
    #[must_use]
    pub fn restore(mut self, saved: &str) -> Self {
        let mut lines = saved.lines();
        let names = lines.next().unwrap_or_default();
        let is_named = |column: &Column| names.split(' ').any(|name| name == column.id());
        self.shown = self.offered().filter(is_named).collect();
        self.own.clear();
        for term in lines {
            self.add(term);
        }
        self
    }

    /// The value of `grid-template-columns`; `dated` is whether a time in sight has its date.
    #[must_use]
    pub fn template(&self, dated: bool) -> String {
        // The checkbox.
        let mut template = "16px ".to_owned();
        for column in Column::ALL.into_iter().filter(|column| *column != Column::Size) {
            if column == Column::Time && self.has(Column::What) {
                // The arrow.
                template.push_str("12px ");
            }
            if self.has(column) {
                template.push_str(match column {
                    Column::Number => "52px ",
                    Column::Time if dated => "184px ",
                    Column::Time => "92px ",
                    Column::What => "82px ",
                    Column::By => "minmax(60px, 190px) ",
                    _ => "minmax(60px, 118px) ",
                });
            }
        }
        for _ in &self.own {
            template.push_str("minmax(60px, 118px) ");
        }
        template.push_str("minmax(80px, 1fr) auto");
        if self.has(Column::Size) {
            template.push_str(" 62px");
        }
        template
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct ColumnsMenuProps {
    pub(crate) language: Language,
    pub(crate) columns: Rc<Columns>,
    pub(crate) zone: Zone,
    pub(crate) on_columns: Callback<Columns>,
    pub(crate) on_zone: Callback<Zone>,
}

#[component]
pub(crate) fn ColumnsMenu(props: &ColumnsMenuProps) -> Html {
    let ColumnsMenuProps { language, columns, zone, .. } = props;
    let mistaken = use_state(|| false);
    let input = use_node_ref();
    let change = |change: Rc<dyn Fn(&mut Columns)>| {
        let (columns, on_columns) = (Rc::clone(columns), props.on_columns.clone());
        move || {
            let mut columns = (*columns).clone();
            change(&mut columns);
            on_columns.emit(columns);
        }
    };
    let add = {
        let (input, mistaken) = (input.clone(), mistaken.clone());
        let (columns, on_columns) = (Rc::clone(columns), props.on_columns.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let Some(input) = input.cast::<HtmlInputElement>() else { return };
            let mut columns = (*columns).clone();
            let added = columns.add(&input.value());
            mistaken.set(!added);
            if added {
                input.set_value("");
                on_columns.emit(columns);
            }
        }
    };
    let zones = [language.time_local(), language.time_utc(), language.time_ago()];
    let chosen = Zone::ALL.iter().position(|one| one == zone).unwrap_or(0);
    let choose =
        props.on_zone.reform(|index: usize| Zone::ALL.get(index).copied().unwrap_or_default());
    html! {
        <details class="menu">
            <summary role="button">{language.columns()}</summary>
            <div class="menu-content" role="group" aria-label={language.columns()}>
                for column in columns.offered() {
                    <label class="choice">
                        <input type="checkbox" checked={columns.has(column)}
                            oninput={
                                let toggle = change(Rc::new(move |columns| columns.toggle(column)));
                                move |_| toggle()
                            } />
                        {column.name(*language)}
                    </label>
                }
                for term in columns.own() {
                    <span class="chip kept">
                        <span class="value">{term}</span>
                        <button type="button" class="cross" title={language.column_term(term)}
                            aria-label={language.column_term(term)} onclick={
                                let term = term.clone();
                                let remove = change(Rc::new(move |columns| columns.remove(&term)));
                                move |_| remove()
                            }>{"✕"}</button>
                    </span>
                }
                <form class="line" onsubmit={add}>
                    <input type="text" ref={input} aria-label={language.add_column()}
                        placeholder={language.add_column_hint()} autocomplete="off"
                        autocapitalize="off" autocorrect="off" spellcheck="false" />
                    <button type="submit" class="small">{language.add()}</button>
                </form>
                if *mistaken {
                    <p class="error" role="status">{language.column_mistake()}</p>
                }
                <p class="label" aria-hidden="true">{language.times()}</p>
                {segmented(language.times(), &zones.map(Segment::from), chosen, &choose)}
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_remembered_and_only_what_can_be_one_is_added() {
        let mut columns = Columns::default();
        assert!(columns.add("header.x-tenant") && columns.add(" .items[0].sku "));
        for odd in ["", "header.", ".", "tenant", "header.x-tenant"] {
            assert!(!columns.add(odd), "{odd}");
        }
        columns.toggle(Column::Number);
        columns.toggle(Column::Type);
        let restored = Columns::default().restore(&columns.save());
        assert!(!restored.has(Column::Number) && restored.has(Column::Type));
        assert_eq!(restored.own(), ["header.x-tenant", ".items[0].sku"]);
        assert_eq!(restored.template(false).matches("minmax(60px").count(), 4);
        assert_eq!(Columns::default().restore("").own().len(), 0);
    }

    #[test]
    fn a_watch_has_columns_of_its_own() {
        let mut columns = Columns::of_watch();
        assert!(columns.has(Column::What) && columns.has(Column::By) && !columns.has(Column::Key));
        columns.toggle(Column::Key);
        columns.toggle(Column::By);
        let restored = Columns::of_watch().restore(&columns.save());
        assert!(restored.has(Column::What) && restored.has(Column::Key));
        assert!(!restored.has(Column::By) && restored.offered().eq(Column::ALL));
        // What is received was received by this page, all of it.
        let received = Columns::default().restore(&columns.save());
        assert!(!received.has(Column::What) && received.has(Column::Key));
        assert!(!received.offered().any(|column| column == Column::What));
    }
}
