//! The relay's queues, as `rabbitmqctl list_queues` prints them. The current one chooses for both
//! panels.

use std::rc::Rc;

use warren_protocol::{QueueCount, QueueStatus};
use yew::prelude::*;

use crate::ui::{
    language::{Language, detail::detail},
    number::grouped,
};

/// What the tabs show, and what a click does.
pub(crate) struct QueueTabsProps<'a> {
    pub(crate) language: Language,
    /// All of them, whose counts may not be known.
    pub(crate) queues: Rc<[String]>,
    pub(crate) counts: Rc<[QueueCount]>,
    /// The one that is received from.
    pub(crate) current: Option<&'a str>,
    pub(crate) on_queue: &'a Callback<String>,
}

pub(crate) fn queue_tabs(props: &QueueTabsProps<'_>) -> Html {
    html! {
        <nav class="tabs" aria-label={props.language.queues()}>
            <ul role="list" aria-label={props.language.queues()}>
                for name in props.queues.iter() {
                    {tab(props, name)}
                }
            </ul>
        </nav>
    }
}

fn tab(props: &QueueTabsProps<'_>, name: &String) -> Html {
    let language = props.language;
    let status = props.counts.iter().find(|count| count.name == *name).map(|count| &count.status);
    let (ready, consumers, title) = match status {
        Some(QueueStatus::Counts { ready, consumers, .. }) => (
            Some(u64::from(*ready)),
            Some(u64::from(*consumers)),
            language.with_colon(
                name,
                &[language.ready(u64::from(*ready)), language.consumers(u64::from(*consumers))]
                    .join(language.list_separator()),
            ),
        ),
        Some(QueueStatus::Unreadable { error }) => {
            (None, None, language.with_colon(name, &detail(error, language)))
        }
        None => (None, None, name.clone()),
    };
    let failed = matches!(status, Some(QueueStatus::Unreadable { .. }));
    let current = props.current == Some(name.as_str());
    let (chosen, on_queue) = (name.clone(), props.on_queue.clone());
    // Messages that nobody consumes are worth a look.
    let waits = ready.is_some_and(|ready| ready > 0) && consumers == Some(0);
    let count = classes!("count", waits.then_some("warn"), failed.then_some("bad"));
    html! {
        <li key={name.clone()} data-queue={name.clone()}
            data-ready={ready.map(|ready| ready.to_string())}
            data-consumers={consumers.map(|consumers| consumers.to_string())}>
            <button type="button" {title} aria-current={current.then_some("true")}
                onclick={move |_| on_queue.emit(chosen.clone())}>
                <span class="name">{name}</span>
                <span class={count}>
                    {match (ready, failed) {
                        (Some(ready), _) => grouped(ready),
                        (None, true) => "!".to_owned(),
                        (None, false) => "–".to_owned(),
                    }}
                </span>
                if let Some(consumers) = consumers {
                    <small>{language.consumers(consumers)}</small>
                }
            </button>
        </li>
    }
}
