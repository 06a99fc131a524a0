//! A choice of one of several names. The browser's own state of it follows the page's: the
//! attribute `selected` alone would mean nothing any more once a user has chosen.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct ChoiceProps {
    #[prop_or_default]
    pub(crate) id: Option<&'static str>,
    /// Its accessible name, where no label has its id.
    #[prop_or_default]
    pub(crate) name: Option<AttrValue>,
    pub(crate) options: Rc<[String]>,
    pub(crate) chosen: Option<String>,
    pub(crate) on_choose: Callback<String>,
}

#[component]
pub(crate) fn Choice(props: &ChoiceProps) -> Html {
    let node = use_node_ref();
    let on_choose = props.on_choose.clone();
    let change = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            on_choose.emit(select.value());
        }
    });
    let shown = node.clone();
    use_effect_with((props.chosen.clone(), props.options.clone()), move |(chosen, _)| {
        if let (Some(select), Some(chosen)) = (shown.cast::<HtmlSelectElement>(), chosen) {
            select.set_value(chosen);
        }
    });
    html! {
        <select ref={node} id={props.id} title={props.chosen.clone()} aria-label={props.name.clone()} onchange={change}>
            for option in props.options.iter() {
                <option value={option.clone()}>{option}</option>
            }
        </select>
    }
}
