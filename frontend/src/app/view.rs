//! The page as the state has it: the header, what is wrong, the queues, the two panels, and what
//! lies over them.

use std::rc::Rc;

use yew::prelude::*;

use super::{
    App,
    palette::{Keys, Over, Palette},
};
use crate::{
    connection::{
        header::{HeaderProps, header},
        problem::problem_strip,
        queue_tabs::{QueueTabsProps, queue_tabs},
        token_form::token_form,
    },
    receive::{
        life_tab::LifeShown,
        panel::{FilterShown, ReceiveProps, Seconds, receive_panel},
    },
    send::{
        offer::offer_strip,
        panel::{SendProps, send_panel},
    },
    store::{Connection, State},
    ui::{
        clock::{self, Clock},
        divider::{Divider, Drags},
        notice,
    },
};

pub(super) fn page(app: &App, state: &State) -> Html {
    let (language, on) = (app.language, &app.callbacks);
    let clock = Clock::new(app.zone, clock::offset_ms(state.now_ms), state.now_ms, language);
    let locked = state.locked_words(language);
    let checking = matches!(state.connection, Connection::Handshake);
    html! {
        <>
            {header(&HeaderProps {
                language,
                pill: state.pill(),
                series: state.rates.series(),
                theme: app.theme,
                rights: state.rights_words(language),
                on_language: &on.language,
                on_theme: &on.theme,
                on_keys: &on.keys,
            })}
            if let Some(problem) = state.problem(language) {
                {problem_strip(language, &problem, &on.try_now)}
            }
            if let Some(known) = &state.notice {
                {notice::notice(language, &known.words(language), &on.dismiss)}
            }
            if let Some(offer) = &state.offered {
                {offer_strip(language, offer, &on.offered)}
            }
            if locked.is_none() {
                {queue_tabs(&QueueTabsProps {
                    language,
                    queues: state.queues(),
                    counts: state.counts(),
                    current: state.current_queue(),
                    on_queue: &on.queue,
                })}
            }
            if let Some(why) = locked.clone() {
                {token_form(language, &why, checking, &on.token)}
            }
            // Hidden rather than gone: what is typed stays.
            <main hidden={locked.is_some()}>
                {send_panel(&SendProps {
                    language,
                    clock,
                    may_send: state.may_send(),
                    refusal: state.refusal_words(language),
                    edit: app.edit.clone(),
                    file: app.file.clone(),
                    max_body_bytes: state.max_body_bytes(),
                    queues: state.queues(),
                    queue: state.send_queue().map(str::to_owned),
                    repeat: state.repeat_progress(),
                    replay: app.replay_shown(state),
                    rows: app.sent.rows(),
                    totals: state.totals(),
                    sends: state.sends(),
                    unsaved: state.reload_loses(),
                    on: on.send.clone(),
                })}
                if state.may_see() {
                    if state.may_send() {
                        <Divider name={language.width_of_send()} property="--send"
                            drags={Drags::WidthBefore} usual={400} min={320} max={900} />
                    }
                    {receiving(app, state, clock)}
                }
            </main>
            {over(app, state)}
        </>
    }
}

fn receiving(app: &App, state: &State, clock: Clock) -> Html {
    let (language, list_view) = (app.language, &app.list_view);
    let list = list_view.list(&state.inbox);
    let exported = list_view.exported(state.now_ms);
    let notes = state.receive_notes(language).into_iter().chain(exported).collect::<Vec<_>>();
    let filter = FilterShown {
        text: state.filter_text.clone(),
        mistake: state.filter_mistake.as_ref().map(|mistake| mistake.words(language)),
        found: state.found_words(language),
        range: state.filter_times(),
    };
    let series = state.rates.series();
    // By the clock of the rows.
    let end_ms = state.rates.counted_ms() - state.inbox.behind_ms();
    let seconds = Seconds { counts: series.received, end_ms };
    let watching = state.inbox.is_watching();
    let not_chosen = state.choice().is_none();
    let life = list_view.life(&state.inbox).map(|events| LifeShown {
        sent: list_view.details().and_then(|(row, _)| state.sent(&row.message)),
        events,
    });
    receive_panel(&ReceiveProps {
        language,
        clock,
        zone: app.zone,
        columns: Rc::clone(app.columns(watching)),
        queue: state.current_queue().map(str::to_owned),
        waiting: not_chosen.then(|| state.waiting_words(language)).flatten(),
        choice: state.choice(),
        may: &|mode| state.may(mode),
        rights: state.rights_words(language),
        look_cost: if not_chosen { state.look().cost(language) } else { String::new() },
        stream: state.is_stream() || state.may_be_stream(),
        strip: state.strip(language),
        status: state.receiving_words(language),
        hint: state.empty_hint(language),
        ack: state.ack(),
        open: state.inbox.open(),
        notes,
        exports: !state.inbox.is_searching() && !list.rows.is_empty(),
        sharing: state.sharing_words(language),
        filter,
        seconds,
        counters: state.inbox.counters(),
        watching,
        announcement: state.announcement.words(language),
        list,
        bar: app.bar(state),
        outcomes: state.outcomes(),
        may_send: state.may_send(),
        details: list_view.details().map(|(row, kept)| (row.clone(), kept)),
        moves: app.moves_of_details(state),
        tab: list_view.tab(),
        life,
        pinned: list_view.pinned().cloned(),
        feedback: list_view.feedback(),
        on: app.callbacks.receive.clone(),
    })
}

/// What lies over the page.
fn over(app: &App, state: &State) -> Html {
    let (language, on) = (app.language, &app.callbacks);
    // One that is opened before the last one is off the page is another one.
    let key = app.overs;
    match app.over {
        None => Html::default(),
        Some(Over::Keys) => html! { <Keys {key} {language} on_close={&on.chosen} /> },
        Some(Over::Palette) => {
            let names = app.actions(state).into_iter().map(|action| action.name);
            html! {
                <Palette {key} {language} names={names.collect::<Vec<_>>()} on_close={&on.chosen} />
            }
        }
    }
}
