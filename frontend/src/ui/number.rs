//! Numbers and sizes as people read them.

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
    const KIB: f64 = 1024.0;
    match bytes as f64 {
        small if small < KIB => format!("{bytes} B"),
        medium if medium < KIB * KIB => format!("{:.1} KiB", medium / KIB),
        large => format!("{:.1} MiB", large / KIB / KIB),
    }
}

/// `1 message`, `12 messages`.
#[must_use]
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}
