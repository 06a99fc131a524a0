//! The top line: the name, how the page stands with the relay and the broker, what flows, language,
//! theme, keys. Its height is fixed: what is wrong has a strip of its own below it.

use yew::prelude::*;

use crate::{
    connection::status::Pill,
    ui::{language::Language, rates::Series, spark::spark, theme::Theme},
};

/// What the header shows, and what its controls do.
pub(crate) struct HeaderProps<'a> {
    pub(crate) language: Language,
    pub(crate) pill: Pill,
    pub(crate) series: Series,
    pub(crate) theme: Theme,
    /// What the token allows, where that is not everything.
    pub(crate) rights: Option<String>,
    pub(crate) on_language: &'a Callback<Language>,
    pub(crate) on_theme: &'a Callback<Theme>,
    /// Opens the sheet of keys.
    pub(crate) on_keys: &'a Callback<()>,
}

pub(crate) fn header(props: &HeaderProps<'_>) -> Html {
    let HeaderProps { language, pill, theme, .. } = props;
    let (next_language, next_theme) = (language.other(), theme.next());
    html! {
        <header>
            <h1><i aria-hidden="true"></i>{"Warren"}</h1>
            <p class="pill" role="status" aria-label={language.status()}
                data-tone={pill.tone().name()}>
                {pill.words(*language)}
            </p>
            if let Some(rights) = &props.rights {
                <small class="rights wide" title={rights.clone()}>{rights}</small>
            }
            <span class="space"></span>
            {spark(*language, &props.series)}
            <button type="button" class="quiet" title={language.switch_language()}
                aria-label={language.with_colon(language.language(), language.name())}
                onclick={props.on_language.reform(move |_| next_language)}>
                {language.name()}
            </button>
            <button type="button" class="quiet" title={theme.words(*language)}
                aria-label={theme.words(*language)}
                onclick={props.on_theme.reform(move |_| next_theme)}>
                // In Chinese, Firefox would take it from a font that has it smaller.
                <span lang="en" aria-hidden="true">
                    {match theme { Theme::System => "◐", Theme::Light => "☀", Theme::Dark => "☾" }}
                </span>
            </button>
            <button type="button" class="quiet wide" title={language.all_keys()}
                aria-label={language.keys()} onclick={props.on_keys.reform(|_| ())}>
                {"?"}
            </button>
        </header>
    }
}
