//! Times of day as rows show them: one clock at a time for the whole page, and the date where it is
//! not today's.

use crate::ui::{language::Language, utc::utc};

/// Milliseconds of a day.
const DAY_MS: f64 = 86_400_000.0;

/// How times are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Zone {
    /// In this computer's time zone.
    #[default]
    Local,
    /// In UTC.
    Utc,
    /// How long ago.
    Ago,
}

impl Zone {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Local, Self::Utc, Self::Ago];

    /// What is remembered.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Utc => "utc",
            Self::Ago => "ago",
        }
    }

    /// The one that is called `name`; local where none is.
    #[must_use]
    pub fn from_name(name: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|zone| Some(zone.name()) == name).unwrap_or_default()
    }
}

/// Shows times. Two clocks are equal where they show the same, so that a row is drawn again only
/// when its time looks different.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    zone: Zone,
    /// What is added to UTC, in milliseconds.
    offset_ms: f64,
    /// The day of today, and with [`Zone::Ago`] the second of now.
    now: f64,
    language: Language,
}

impl Clock {
    /// The clock at `now_ms` (milliseconds since 1970-01-01 UTC) of a computer whose time is
    /// `offset_ms` ahead of UTC.
    #[must_use]
    pub fn new(zone: Zone, offset_ms: f64, now_ms: f64, language: Language) -> Self {
        let offset_ms = if zone == Zone::Local { offset_ms } else { 0.0 };
        let now = match zone {
            Zone::Ago => (now_ms / 1_000.0).floor(),
            _ => day(now_ms + offset_ms),
        };
        Self { zone, offset_ms, now, language }
    }

    /// The time, short: `07:16:28.532`, `2026-11-24 07:16:28.532` where it is not today's, `12 s`.
    #[must_use]
    pub fn short(&self, at_ms: f64) -> String {
        if self.zone == Zone::Ago {
            return self.ago(at_ms);
        }
        let shown_ms = at_ms + self.offset_ms;
        let text = utc(shown_ms);
        let (date, time) = text.split_once('T').unwrap_or(("", &text));
        let time = time.trim_end_matches('Z');
        if day(shown_ms) == self.now { time.to_owned() } else { format!("{date} {time}") }
    }

    /// The time in full, with its date and how far it is from UTC.
    #[must_use]
    pub fn full(&self, at_ms: f64) -> String {
        if self.zone != Zone::Local {
            return utc(at_ms);
        }
        let minutes = (self.offset_ms / 60_000.0) as i64;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        let text = utc(at_ms + self.offset_ms);
        format!("{}{sign}{hours:02}:{rest:02}", text.trim_end_matches('Z'))
    }

    fn ago(&self, at_ms: f64) -> String {
        let seconds = (self.now - (at_ms / 1_000.0).floor()).max(0.0) as u64;
        let (number, unit) = match seconds {
            0..60 => (seconds, ["s", "秒前"]),
            60..3_600 => (seconds / 60, ["min", "分钟前"]),
            3_600..86_400 => (seconds / 3_600, ["h", "小时前"]),
            _ => (seconds / 86_400, ["d", "天前"]),
        };
        match self.language {
            Language::English => format!("{number} {} ago", unit[0]),
            Language::Chinese => format!("{number} {}", unit[1]),
        }
    }
}

/// How far this computer's time is ahead of UTC at `at_ms`, in milliseconds.
pub(crate) fn offset_ms(at_ms: f64) -> f64 {
    -60_000.0 * js_sys::Date::new(&at_ms.into()).get_timezone_offset()
}

fn day(at_ms: f64) -> f64 {
    (at_ms / DAY_MS).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: f64 = 1_764_054_988_532.0; // 2025-11-25T07:16:28.532Z
    const HOUR_MS: f64 = 3_600_000.0;

    #[test]
    fn the_date_is_shown_where_it_is_not_today_s_on_the_same_clock() {
        let local = Clock::new(Zone::Local, 8.0 * HOUR_MS, NOW_MS, Language::English);
        assert_eq!(local.short(NOW_MS), "15:16:28.532");
        assert_eq!(local.full(NOW_MS), "2025-11-25T15:16:28.532+08:00");
        assert_eq!(local.short(NOW_MS - 16.0 * HOUR_MS), "2025-11-24 23:16:28.532");
        let utc = Clock::new(Zone::Utc, 8.0 * HOUR_MS, NOW_MS, Language::English);
        assert_eq!(utc.short(NOW_MS), "07:16:28.532");
        assert_eq!(utc.short(NOW_MS - 8.0 * HOUR_MS), "2025-11-24 23:16:28.532");
        assert_eq!(utc.full(NOW_MS), "2025-11-25T07:16:28.532Z");
        let west = Clock::new(Zone::Local, -3.5 * HOUR_MS, NOW_MS, Language::English);
        assert_eq!(west.full(NOW_MS), "2025-11-25T03:46:28.532-03:30");
    }

    #[test]
    fn how_long_ago_is_said_in_the_largest_unit() {
        let ago = Clock::new(Zone::Ago, 0.0, NOW_MS, Language::English);
        for (seconds, text) in [
            (0.0, "0 s ago"),
            (59.0, "59 s ago"),
            (3_599.0, "59 min ago"),
            (7_200.0, "2 h ago"),
            (200_000.0, "2 d ago"),
            (-5.0, "0 s ago"),
        ] {
            assert_eq!(ago.short(NOW_MS - seconds * 1_000.0), text);
        }
        let chinese = Clock::new(Zone::Ago, 0.0, NOW_MS, Language::Chinese);
        assert_eq!(chinese.short(NOW_MS - 120_000.0), "2 分钟前");
        assert!(!ago.short(f64::NAN).is_empty() && !ago.short(f64::INFINITY).is_empty());
    }

    #[test]
    fn a_clock_changes_only_when_it_looks_different() {
        let clock = |zone, now| Clock::new(zone, 0.0, now, Language::English);
        assert_eq!(clock(Zone::Local, NOW_MS), clock(Zone::Local, NOW_MS + 1_000.0));
        assert_ne!(clock(Zone::Ago, NOW_MS), clock(Zone::Ago, NOW_MS + 1_000.0));
    }
}
