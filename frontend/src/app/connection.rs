//! What the page does with its link to the relay: acts on what the browser reports of it, and makes
//! it anew where the network is back or another token is there.

use super::{core::Core, drawing::Redraw};
use crate::{connection::link::Report, ui::browser};

pub(crate) enum Msg {
    Link(Report),
    /// The network is back, or the page is, which the browser had kept.
    Back,
    /// Another token was entered.
    Token(String),
    /// What follows `#` in the address has changed: it may be a token.
    Address,
}

pub(super) fn on(core: &mut Core, msg: Msg, now_ms: f64) -> Redraw {
    match msg {
        Msg::Link(report) => match core.link.on(report, now_ms) {
            Some(event) => {
                core.apply(event, now_ms);
                Redraw::AtPace
            }
            None => Redraw::No,
        },
        Msg::Back => {
            core.come_back();
            if let Some(event) = core.link.reconnect_now() {
                core.apply(event, now_ms);
            }
            Redraw::NextFrame
        }
        Msg::Token(token) => {
            core.unlock(token, now_ms);
            Redraw::NextFrame
        }
        Msg::Address => {
            if let Some(token) = browser::token_in_address() {
                core.unlock(token, now_ms);
            }
            Redraw::NextFrame
        }
    }
}
