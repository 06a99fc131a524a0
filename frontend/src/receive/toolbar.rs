//! The top line of the Receive panel: what is done with the queue, who acknowledges, what is going on,
//! and Pause, Export and Clear.

use warren_protocol::AckMode;
use yew::prelude::*;

use crate::{
    receive::{
        mode::{Choice, Mode},
        panel::ReceiveProps,
    },
    ui::{
        language::Language,
        segmented::{Segment, segmented, segmented_with_care},
    },
};

pub(super) fn toolbar(props: &ReceiveProps<'_>) -> Html {
    let (language, on) = (props.language, &props.on);
    let mode = props.choice.map(|choice| choice.mode);
    let modes = Mode::ALL.map(|mode| segment(mode, (props.may)(mode), language));
    let chosen = Mode::ALL.iter().position(|one| Some(*one) == mode);
    let choose = {
        let choose = on.mode.clone();
        Callback::from(move |index: usize| {
            if let Some(mode) = Mode::ALL.get(index) {
                choose.emit(*mode);
            }
        })
    };
    html! {
        <div class="bar">
            <h2 id="receive-title">{language.receive()}</h2>
            {segmented_with_care(language.mode(), &modes, chosen, &choose)}
            if mode == Some(Mode::Receive) {
                {who_acknowledges(props)}
            }
            <span class="doing" title={props.status.clone()}>{&props.status}</span>
            if let Some(Choice { paused, .. }) = props.choice {
                <button type="button" class="quiet" onclick={on.paused.reform(move |_| !paused)}>
                    {if paused { language.resume() } else { language.pause() }}
                </button>
            }
            <button type="button" class="quiet" onclick={on.export.reform(|_| ())}
                disabled={!props.exports} title={language.export_title()}>
                {language.export()}
            </button>
            <button type="button" class="quiet" onclick={on.clear.reform(|_| ())}
                title={language.clear_title()}>
                {language.clear()}
            </button>
        </div>
    }
}

fn segment(mode: Mode, enabled: bool, language: Language) -> Segment {
    let title = if enabled { mode.does(language) } else { mode.refused(language) };
    Segment { enabled, ..Segment::new(mode.name(language), title) }
}

fn who_acknowledges(props: &ReceiveProps<'_>) -> Html {
    let language = props.language;
    let modes = [
        Segment::new(language.auto_ack(), language.auto_ack_title()),
        Segment::new(language.manual_ack(), language.manual_ack_title()),
    ];
    let choose =
        props.on.ack.reform(|index| if index == 1 { AckMode::Manual } else { AckMode::Auto });
    let chosen = usize::from(props.ack == AckMode::Manual);
    segmented(language.acknowledge(), &modes, chosen, &choose)
}
