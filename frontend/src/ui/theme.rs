//! Light, dark, or as the system says.

use crate::ui::language::Language;

/// The page's colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The theme that [`Theme::name`] was remembered of; the system's where it is none.
    #[must_use]
    pub fn from_name(name: Option<&str>) -> Self {
        match name {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// What it is called in storage and in `data-theme`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What its button is called.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            Self::System => language.theme_system(),
            Self::Light => language.theme_light(),
            Self::Dark => language.theme_dark(),
        }
    }

    /// What the button changes it to.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_goes_round_and_names_are_remembered() {
        let mut theme = Theme::from_name(None);
        for name in ["system", "light", "dark", "system"] {
            assert_eq!(theme.name(), name);
            assert_eq!(Theme::from_name(Some(name)), theme);
            theme = theme.next();
        }
        assert_eq!(Theme::from_name(Some("odd")), Theme::System);
    }
}
