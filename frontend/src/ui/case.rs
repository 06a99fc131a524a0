//! Small letters and capitals, of all scripts. The page asks the browser: Rust's tables for them
//! are 8 KB of it.

/// `text` in small letters.
#[must_use]
pub fn small(text: &str) -> String {
    #[cfg(target_arch = "wasm32")]
    return js_sys::JsString::from(text).to_lower_case().into();
    #[cfg(not(target_arch = "wasm32"))]
    text.to_lowercase()
}

/// `text` in capitals.
#[must_use]
pub fn capital(text: &str) -> String {
    #[cfg(target_arch = "wasm32")]
    return js_sys::JsString::from(text).to_upper_case().into();
    #[cfg(not(target_arch = "wasm32"))]
    text.to_uppercase()
}

/// A letter as it is, as a small one and as a capital, where that is one letter as well.
#[must_use]
pub fn cases(letter: char) -> [char; 3] {
    let text = letter.to_string();
    let one = |text: String| {
        let mut letters = text.chars();
        letters.next().filter(|_| letters.next().is_none()).unwrap_or(letter)
    };
    [letter, one(small(&text)), one(capital(&text))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_without_another_case_stays_as_it_is() {
        assert_eq!(cases('ä'), ['ä', 'ä', 'Ä']);
        assert_eq!(cases('Д'), ['Д', 'д', 'Д']);
        assert_eq!(cases('ß'), ['ß'; 3]);
        assert_eq!(cases('İ'), ['İ'; 3]);
        assert_eq!(cases('中'), ['中'; 3]);
    }
}
