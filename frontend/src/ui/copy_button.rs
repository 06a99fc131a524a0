//! A button that copies a text, and says whether that worked.

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::{
    files::{self, Copying},
    language::Language,
};

#[derive(Properties, PartialEq)]
pub(crate) struct CopyButtonProps {
    pub(crate) language: Language,
    pub(crate) text: AttrValue,
}

#[component]
pub(crate) fn CopyButton(props: &CopyButtonProps) -> Html {
    let language = props.language;
    let copied = use_state(|| None::<bool>);
    let copying = use_mut_ref(|| None::<Copying>);
    let onclick = {
        let (text, copied) = (props.text.clone(), copied.clone());
        move |_| {
            let done = copied.clone();
            let under_way = files::copy(&text, Callback::from(move |is| done.set(Some(is))));
            if under_way.is_none() {
                copied.set(Some(false));
            }
            *Rc::clone(&copying).borrow_mut() = under_way;
        }
    };
    html! {
        <>
            <button type="button" class="small" {onclick}>{language.copy()}</button>
            <span role="status">
                {match *copied {
                    None => "",
                    Some(true) => language.copied(),
                    Some(false) => language.not_copied(),
                }}
            </span>
        </>
    }
}
