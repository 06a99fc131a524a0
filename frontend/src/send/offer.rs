//! The strip that offers messages of an earlier life of the tab.

use js_sys::Date;
use wasm_bindgen::JsValue;
use yew::prelude::*;

use super::outbox::{offer_words, ownership::Offer};
use crate::ui::language::Language;

/// `on_answer` says whether the messages are to be sent, else forgotten. No component, since that
/// is 2 KB more.
pub(crate) fn offer_strip(language: Language, offer: &Offer, on_answer: &Callback<bool>) -> Html {
    let when = (offer.saved_ms > 0.0).then(|| {
        let date = Date::new(&offer.saved_ms.into());
        String::from(date.to_locale_string(language.tag(), &JsValue::UNDEFINED))
    });
    let words = offer_words(language, offer.messages, when.as_deref(), offer.unsure);
    let button = |text: &'static str, send: bool| {
        let click = on_answer.reform(move |_| send);
        html! { <button type="button" onclick={click}>{text}</button> }
    };
    html! {
        <div class="notice" role="alert">
            <p>{words.text}</p>
            <span class="bar">
                {button(words.send, true)}
                {button(words.discard, false)}
            </span>
        </div>
    }
}
