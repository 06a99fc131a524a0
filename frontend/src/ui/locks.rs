//! A handle on the browser's Web Locks: of all tabs of an origin, one at a time holds the lock of a
//! name. web-sys has them only among what is unstable.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use yew::Callback;

use crate::ui::browser::{self, Timeout};

/// When to ask a second time, in milliseconds: the page that goes may let go a little later than
/// the one that comes asks.
const AGAIN_MS: f64 = 1_000.0;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is held.
    Granted,
    /// Another tab holds it.
    Taken,
    /// There are no locks here, as on pages that come by plain http from another machine.
    Missing,
}

/// A lock that is asked for, and then held; dropped, it is let go.
pub(crate) struct Lock {
    asked: Rc<Asked>,
}

struct Asked {
    name: String,
    report: Callback<Answer>,
    gone: Cell<bool>,
    release: RefCell<Option<Function>>,
    again: RefCell<Option<Timeout>>,
    refused: Closure<dyn FnMut(JsValue)>,
}

impl Lock {
    /// Asks for the lock called `name`, and reports once.
    pub(crate) fn request(name: String, report: Callback<Answer>) -> Self {
        let refused = report.clone();
        let asked = Rc::new(Asked {
            name,
            report,
            gone: Cell::new(false),
            release: RefCell::default(),
            again: RefCell::default(),
            refused: Closure::new(move |_| refused.emit(Answer::Missing)),
        });
        ask(&asked, true);
        Self { asked }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.asked.gone.set(true);
        self.asked.again.take();
        if let Some(release) = self.asked.release.take() {
            // It is a promise's own function, which does not throw.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

fn ask(asked: &Rc<Asked>, again: bool) {
    if try_to_ask(asked, again).is_none() {
        asked.report.emit(Answer::Missing);
    }
}

fn try_to_ask(asked: &Rc<Asked>, again: bool) -> Option<()> {
    let navigator = browser::window()?.navigator();
    // Where there are none this fails: nothing can be got of `undefined`.
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    let request = Reflect::get(&locks, &"request".into()).ok()?.dyn_into::<Function>().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE).ok()?;
    let answered = Rc::clone(asked);
    let answered =
        Closure::once_into_js(move |lock: JsValue| -> JsValue { answer(&answered, &lock, again) });
    let promise = request.call3(&locks, &asked.name.as_str().into(), &options, &answered).ok()?;
    let _ = promise.dyn_into::<Promise>().ok()?.catch(&asked.refused);
    Some(())
}

/// The lock is held until the promise that this gives is kept; anything else lets it go at once.
fn answer(asked: &Rc<Asked>, lock: &JsValue, again: bool) -> JsValue {
    if asked.gone.get() {
        return JsValue::UNDEFINED;
    }
    if !lock.is_null() {
        let held = Promise::new(&mut |release, _| *asked.release.borrow_mut() = Some(release));
        asked.report.emit(Answer::Granted);
        return held.into();
    }
    if again {
        let once_more = Rc::clone(asked);
        *asked.again.borrow_mut() = Timeout::new(AGAIN_MS, move || ask(&once_more, false));
    } else {
        asked.report.emit(Answer::Taken);
    }
    JsValue::UNDEFINED
}
