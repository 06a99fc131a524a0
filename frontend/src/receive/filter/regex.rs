//! The browser's regular expressions.

use std::rc::Rc;

use js_sys::{Array, Function, Reflect, RegExp, global};
use wasm_bindgen::{JsCast, JsValue};

use super::Matcher;

/// Compiles an expression, or gives the browser's words about what is wrong with it. Works in a
/// browser alone.
pub fn compile(pattern: &str, ignore_case: bool) -> Result<Matcher, String> {
    if cfg!(not(target_arch = "wasm32")) {
        return Err("there is no browser".to_owned());
    }
    let flags = if ignore_case { "i" } else { "" };
    let arguments = Array::of2(&pattern.into(), &flags.into());
    // `RegExp::new` would not come back from a mistake.
    let regex = Reflect::get(&global(), &"RegExp".into())
        .and_then(JsCast::dyn_into::<Function>)
        .and_then(|constructor| Reflect::construct(&constructor, &arguments))
        .map_err(words)?
        .unchecked_into::<RegExp>();
    Ok(Rc::new(move |text| regex.test(text)))
}

fn words(error: JsValue) -> String {
    let message = Reflect::get(&error, &"message".into()).ok();
    message.and_then(|message| message.as_string()).unwrap_or_default()
}
