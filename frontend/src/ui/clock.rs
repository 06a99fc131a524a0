//! The local time of day.

/// `12:34:56` in local time; `at_ms` is in milliseconds since 1970-01-01 UTC.
pub(crate) fn clock(at_ms: f64) -> String {
    let date = js_sys::Date::new(&at_ms.into());
    let (hours, minutes, seconds) = (date.get_hours(), date.get_minutes(), date.get_seconds());
    format!("{hours:02}:{minutes:02}:{seconds:02}")
}
