//! Times of day and dates in UTC, without the browser.

/// `2023-11-14T22:13:20.000Z` (RFC 3339) of milliseconds since 1970-01-01 UTC. What lies beyond
/// the years 0 to 9999 is cut to them.
#[must_use]
pub fn utc(at_ms: f64) -> String {
    // 0000-01-01 and the last millisecond of 9999; the cast makes 0 of what is no number.
    let ms = at_ms.clamp(-62_167_219_200_000.0, 253_402_300_799_999.0) as i64;
    let (days, ms) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (seconds, ms) = (ms / 1_000, ms % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Year, month and day of days since 1970-01-01: Howard Hinnant's `civil_from_days`. Years begin
/// in March here, so that a leap day is a year's last.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Milliseconds since 1970-01-01 UTC of what [`utc`] has written; none of any other text.
#[must_use]
pub fn parse(text: &str) -> Option<f64> {
    let shape = "0000-00-00T00:00:00.000Z";
    let fits = text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            sign => byte == sign,
        });
    if !fits {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let days = days(year, month, day);
    let at_ms = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000 + number(20, 23)?;
    // A month of 13 or a day of 31 February is another time than it says.
    let at_ms = at_ms as f64;
    (utc(at_ms) == text).then_some(at_ms)
}

/// Days since 1970-01-01: Howard Hinnant's `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        for at_ms in [0.0, -1.0, 951_782_400_123.0, 1_700_000_000_999.0, 253_402_300_799_999.0] {
            assert_eq!(parse(&utc(at_ms)), Some(at_ms));
        }
        for odd in ["", "2023-11-14", "2023-02-31T00:00:00.000Z", "2023-13-01T00:00:00.000Z"] {
            assert_eq!(parse(odd), None, "{odd}");
        }
        assert_eq!(parse("2023-11-14T22:13:20.000+"), None);
    }
}
