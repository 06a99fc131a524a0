//! What both panels use and what knows neither of them: the browser, time, text
//! that may be shown, long lists, small components.

pub(crate) mod browser;
pub mod case;
pub(crate) mod choice;
pub mod clock;
pub(crate) mod copy_button;
pub(crate) mod divider;
pub(crate) mod files;
pub mod folder;
pub mod json;
pub mod language;
pub mod left_out;
pub(crate) mod locks;
pub(crate) mod menu;
pub(crate) mod notice;
pub mod number;
pub mod pace;
pub mod preview;
pub mod rates;
pub(crate) mod segmented;
pub(crate) mod spark;
pub mod theme;
pub mod utc;
pub mod viewport;
pub mod visible;
