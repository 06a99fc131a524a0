//! A choice of one of the relay's queues.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct QueueChoiceProps {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) queues: Rc<[String]>,
    pub(crate) chosen: Option<String>,
    pub(crate) on_choose: Callback<String>,
}

#[component]
pub(crate) fn QueueChoice(props: &QueueChoiceProps) -> Html {
    let on_choose = props.on_choose.clone();
    let change = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            on_choose.emit(select.value());
        }
    });
    html! {
        <div class="line">
            <label class="label" for={props.id}>{props.label}</label>
            <select id={props.id} onchange={change}>
                for queue in props.queues.iter() {
                    <option value={queue.clone()}
                        selected={props.chosen.as_ref() == Some(queue)}>{queue}</option>
                }
            </select>
        </div>
    }
}
