//! Numbers and sizes as people read them.

use serde::Serialize;

use super::json;

/// `12034` as `12,034`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes, short: `12 B`, `1.5 KiB`, `5.0 MiB`.
#[must_use]
pub fn size(bytes: usize) -> String {
    size_of_file(bytes as u64)
}

/// [`size`] of a file, which may have more bytes than memory can.
#[must_use]
pub fn size_of_file(bytes: u64) -> String {
    const KIB: f64 = 1024.0;
    match bytes as f64 {
        small if small < KIB => format!("{bytes} B"),
        medium if medium < KIB * KIB => tenths(medium / KIB) + " KiB",
        large => tenths(large / KIB / KIB) + " MiB",
    }
}

/// A number with one digit behind the point: what `{:.1}` writes, whose code for any number of
/// digits is 5 KB of the page.
#[must_use]
pub fn tenths(number: f64) -> String {
    let tenths = (number * 10.0).round_ties_even() as i64;
    let minus = if tenths < 0 { "-" } else { "" };
    format!("{minus}{}.{}", tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
}

/// The fewest digits that a finite number is read from again, with a point or an exponent: what
/// `{:?}` writes, but for when an exponent is written, by way of JSON for the same reason.
#[must_use]
pub fn shortest(number: impl Serialize) -> String {
    // A number can be written.
    serde_json::to_string(&number).unwrap_or_default().replace("e+", "e")
}

/// `1 message`, `12 messages`.
#[must_use]
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// The fewest digits that a number is read from again, without a point where it is whole.
#[must_use]
pub fn plain(number: impl Serialize + Into<f64> + Copy) -> String {
    let text = match number.into() {
        size if size.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "inf".to_owned(),
        f64::NEG_INFINITY => "-inf".to_owned(),
        _ => shortest(number),
    };
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The number that `text` is: what `str::parse` reads, but for names such as `inf`. By way of JSON,
/// which the page can read all the same: the tables of `str::parse` are 12 KB of the page.
#[must_use]
pub fn decimal(text: &str) -> Option<f64> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let minus = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent),
        None => (unsigned, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let empty = whole.is_empty() && fraction.is_empty() || power.is_empty();
    if empty || ![whole, fraction, power].into_iter().all(digits) {
        return None;
    }
    // JSON wants a digit on either side of the point, and no zero in front.
    let whole = whole.trim_start_matches('0');
    let json = format!("{whole:0>1}.{fraction:0<1}e{exponent}");
    // What cannot be read now is too large.
    let number = json::read(&json).unwrap_or(f64::INFINITY);
    Some(if minus { -number } else { number })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_as_the_standard_library_reads_it() {
        let right = "0 -0 1 +1 -1 007 5. .5 1e5 1E+05 -1.5e-3 1e999 -1e999 1e-999 0e999 00.50";
        let wrong = " . - + e5 1e 1e+ --1 1-1 1e1.5 0x10 1_0 ,5 5,0";
        for text in right.split(' ').chain(wrong.split(' ')) {
            assert_eq!(decimal(text), text.parse().ok(), "{text:?}");
        }
        for text in [" 1", "1 ", "1e5 ", "1\n", "inf", "NaN"] {
            assert_eq!(decimal(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_number_is_read(text in "[-+]?[0-9]{0,25}(\\.[0-9]{0,25})?([eE][-+]?[0-9]{1,3})?") {
            prop_assert_eq!(decimal(&text), text.parse().ok());
        }
    }
}
