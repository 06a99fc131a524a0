//! Small handles on the browser: randomness, timers and listeners. Each timer and
//! listener belongs to whoever holds it and ends when it is dropped.

mod element;
mod storage;

use std::cell::RefCell;

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Document, Event, EventTarget, FileReader, UrlSearchParams, Window};

use crate::ui::{language::Language, theme::Theme};
pub(crate) use element::{click, focus, has_focus_in};
pub(crate) use storage::{local_storage, remember, remembered, remembered_below, session_storage};

/// The window, where there is one.
pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

/// The document, where there is one.
pub(crate) fn document() -> Option<Document> {
    window()?.document()
}

/// Milliseconds since 1970-01-01 UTC.
pub(crate) fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Whether nobody sees the page: animation frames do not come then, and timers come late.
pub(crate) fn hidden() -> bool {
    document().is_some_and(|document| document.hidden())
}

/// Whether the page was reloaded, and did not come in another way.
pub(crate) fn is_reload() -> bool {
    let entry = window()
        .and_then(|window| window.performance())
        .map(|performance| performance.get_entries_by_type("navigation").get(0));
    let kind = entry.and_then(|entry| js_sys::Reflect::get(&entry, &"type".into()).ok());
    kind.is_some_and(|kind| kind == "reload")
}

/// Tells the style sheet which theme was chosen.
pub(crate) fn set_theme(theme: Theme) {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        // The attribute's name is valid.
        let _ = root.set_attribute("data-theme", theme.name());
    }
}

/// The first of the languages that the user prefers which the page has.
pub(crate) fn language() -> Language {
    let languages = window().map(|window| window.navigator().languages()).unwrap_or_default();
    let tags: Vec<String> = languages.iter().filter_map(|tag| tag.as_string()).collect();
    Language::preferred(tags.iter().map(String::as_str))
}

/// Tells the browser which language the page speaks.
pub(crate) fn set_language(language: Language) {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        // The attribute's name is valid.
        let _ = root.set_attribute("lang", language.tag());
    }
}

thread_local! {
    static RANDOM: RefCell<Random> = const { RefCell::new(Random { pool: [0; 1024], used: 1024 }) };
}

/// Random bytes of the browser's, fetched for many UUIDs at once.
struct Random {
    pool: [u8; 1024],
    used: usize,
}

impl Random {
    fn take(&mut self) -> [u8; 16] {
        let pool = &mut self.pool;
        if self.used == pool.len() {
            let filled = window()
                .and_then(|window| window.crypto().ok())
                .is_some_and(|crypto| crypto.get_random_values_with_u8_array(pool).is_ok());
            if !filled {
                pool.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
            }
            self.used = 0;
        }
        let bytes = std::array::from_fn(|at| pool[self.used + at]);
        self.used += bytes.len();
        bytes
    }
}

/// A version 4 UUID (RFC 9562, section 5.4). `crypto.randomUUID` is missing on plain http
/// unless the host is localhost, so the digits are set here.
pub(crate) fn uuid() -> String {
    let mut bytes = RANDOM.with_borrow_mut(Random::take);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 0x0f] {
            text.push(char::from(DIGITS[usize::from(digit)]));
        }
    }
    text
}

const TOKEN_KEY: &str = "warren.token";

/// The relay's token: from `#token=…`, which is taken out of the address bar, else as this tab
/// remembers it.
pub(crate) fn token() -> Option<String> {
    if let Some(token) = token_in_address() {
        remember_token(&token);
        return Some(token);
    }
    remembered(session_storage(), TOKEN_KEY).filter(|token| !token.is_empty())
}

/// Keeps a token for as long as this tab is there; an empty one forgets it.
pub(crate) fn remember_token(token: &str) {
    remember(session_storage(), TOKEN_KEY, token);
}

/// The token in the address, which is taken out of it.
pub(crate) fn token_in_address() -> Option<String> {
    let window = window()?;
    let location = window.location();
    let hash = location.hash().ok()?;
    let token = UrlSearchParams::new_with_str(hash.strip_prefix('#')?).ok()?.get("token")?;
    let clean = location.pathname().ok()? + &location.search().ok()?;
    let history = window.history().ok()?;
    let state = wasm_bindgen::JsValue::NULL;
    // Where the address cannot be changed the token works all the same.
    let _ = history.replace_state_with_url(&state, "", Some(&clean));
    Some(token)
}

/// Something that happens once, later.
pub(crate) struct Timeout {
    id: i32,
    _run: Closure<dyn FnMut()>,
}

impl Timeout {
    pub(crate) fn new(ms: f64, run: impl FnMut() + 'static) -> Option<Self> {
        let run = Closure::<dyn FnMut()>::new(run);
        let callback = run.as_ref().unchecked_ref();
        let ms = ms.clamp(0.0, 1e9) as i32;
        let id =
            window()?.set_timeout_with_callback_and_timeout_and_arguments_0(callback, ms).ok()?;
        Some(Self { id, _run: run })
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        if let Some(window) = window() {
            window.clear_timeout_with_handle(self.id);
        }
    }
}

/// Something that happens again and again.
pub(crate) struct Interval {
    id: i32,
    _run: Closure<dyn FnMut()>,
}

impl Interval {
    pub(crate) fn new(ms: i32, run: impl FnMut() + 'static) -> Option<Self> {
        let run = Closure::<dyn FnMut()>::new(run);
        let callback = run.as_ref().unchecked_ref();
        let id =
            window()?.set_interval_with_callback_and_timeout_and_arguments_0(callback, ms).ok()?;
        Some(Self { id, _run: run })
    }
}

impl Drop for Interval {
    fn drop(&mut self) {
        if let Some(window) = window() {
            window.clear_interval_with_handle(self.id);
        }
    }
}

/// Something that happens before the next animation frame is drawn.
pub(crate) struct AnimationFrame {
    id: i32,
    _run: Closure<dyn FnMut()>,
}

impl AnimationFrame {
    pub(crate) fn new(run: impl FnMut() + 'static) -> Option<Self> {
        let run = Closure::<dyn FnMut()>::new(run);
        let id = window()?.request_animation_frame(run.as_ref().unchecked_ref()).ok()?;
        Some(Self { id, _run: run })
    }
}

impl Drop for AnimationFrame {
    fn drop(&mut self) {
        if let Some(window) = window() {
            // It fails only where it has run already.
            let _ = window.cancel_animation_frame(self.id);
        }
    }
}

/// Something that happens once, later: before an animation frame where there is one soon, else by
/// timer.
pub(crate) enum Wake {
    Frame { _frame: AnimationFrame },
    Timer { _timer: Timeout },
}

impl Wake {
    pub(crate) fn new(ms: f64, run: impl FnMut() + 'static) -> Option<Self> {
        const PICTURE_MS: f64 = 16.0;
        if ms > PICTURE_MS || hidden() {
            return Timeout::new(ms, run).map(|timer| Self::Timer { _timer: timer });
        }
        AnimationFrame::new(run).map(|frame| Self::Frame { _frame: frame })
    }
}

/// A file that is being read; dropped, it is read no further.
pub(crate) struct FileReading {
    reader: FileReader,
    _done: Closure<dyn FnMut()>,
}

impl FileReading {
    /// Reads `file`, or a part of one, and hands its bytes on, or nothing where that fails.
    pub(crate) fn new(
        file: &web_sys::Blob,
        done: impl Fn(Option<Vec<u8>>) + 'static,
    ) -> Option<Self> {
        let reader = FileReader::new().ok()?;
        let result = reader.clone();
        let on_done = Closure::<dyn FnMut()>::new(move || {
            let buffer = result.result().ok().and_then(|buffer| buffer.dyn_into().ok());
            done(
                buffer.map(|buffer: js_sys::ArrayBuffer| js_sys::Uint8Array::new(&buffer).to_vec()),
            );
        });
        reader.set_onloadend(Some(on_done.as_ref().unchecked_ref()));
        reader.read_as_array_buffer(file).ok()?;
        Some(Self { reader, _done: on_done })
    }
}

impl Drop for FileReading {
    fn drop(&mut self) {
        self.reader.set_onloadend(None);
        self.reader.abort();
    }
}

/// Something that happens at every event of a kind.
pub(crate) struct Listener {
    target: EventTarget,
    kind: &'static str,
    run: Closure<dyn FnMut(Event)>,
}

impl Listener {
    pub(crate) fn new(
        target: impl Into<EventTarget>,
        kind: &'static str,
        mut run: impl FnMut() + 'static,
    ) -> Option<Self> {
        Self::of(target, kind, move |_| run())
    }

    /// One that looks at the events.
    pub(crate) fn of(
        target: impl Into<EventTarget>,
        kind: &'static str,
        run: impl FnMut(Event) + 'static,
    ) -> Option<Self> {
        let (target, run) = (target.into(), Closure::<dyn FnMut(Event)>::new(run));
        target.add_event_listener_with_callback(kind, run.as_ref().unchecked_ref()).ok()?;
        Some(Self { target, kind, run })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.run.as_ref().unchecked_ref();
        // It fails only where the listener is gone already.
        let _ = self.target.remove_event_listener_with_callback(self.kind, callback);
    }
}
