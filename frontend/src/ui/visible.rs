//! Text from elsewhere as it may be shown: what is invisible, or turns the text around it, is
//! made visible, so that a message cannot look like another one.

/// Characters that are shown of a name from elsewhere, such as a queue's or a file's.
pub const MAX_NAME_CHARS: usize = 100;
/// Characters that are shown of a reason that may quote what somebody else has written.
pub const MAX_REASON_CHARS: usize = 300;

/// A name from elsewhere as it may be shown, cut after [`MAX_NAME_CHARS`].
#[must_use]
pub fn name(name: &str) -> String {
    line(name, MAX_NAME_CHARS)
}

/// Adds `character` to `text` in its visible form. A tab and, where `lines` is set, a line feed
/// stay what they are.
pub fn push(text: &mut String, character: char, lines: bool) {
    match character {
        '\t' => text.push('\t'),
        '\n' if lines => text.push('\n'),
        // The control pictures (U+2400…) stand in the order of what they show.
        '\0'..='\u{1f}' => {
            text.push(char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'));
        }
        '\u{7f}' => text.push('\u{2421}'),
        other if is_hidden(other) => {
            let mut code = String::new();
            push_hex(&mut code, u32::from(other), 4);
            text.push_str("\u{27e8}U+");
            text.push_str(&code.to_ascii_uppercase());
            text.push('\u{27e9}');
        }
        other => text.push(other),
    }
}

/// All of `text` in its visible form, on one line, cut with `…` after `max` characters or a few
/// more.
#[must_use]
pub fn line(text: &str, max: usize) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == max {
            shown.push('…');
            break;
        }
        push(&mut shown, character, false);
    }
    shown
}

/// C1 controls, line separators, and what changes the direction of text (Unicode's UAX 9). The
/// joiners stay: scripts and emoji need them.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Adds at least `digits` hexadecimal digits of `number`.
pub fn push_hex(text: &mut String, number: u32, digits: u32) {
    let needed = (32 - number.leading_zeros()).div_ceil(4).max(digits).min(8);
    for digit in (0..needed).rev() {
        let digit = number >> (4 * digit) & 0xf;
        text.push(char::from_digit(digit, 16).unwrap_or('0'));
    }
}
