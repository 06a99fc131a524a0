//! What is pasted into the text, with its line ends.

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::Compose;
use crate::send::draft::{
    Format,
    line_ends::{self, Pasted},
};

impl Compose {
    /// A text box turns every kind of line end into a line feed: what they were is kept beside it.
    pub(super) fn paste(&mut self, ctx: &Context<Self>, pasted: Pasted) -> bool {
        let language = ctx.props().language;
        match pasted {
            Pasted::AsIs => return false,
            Pasted::Set(line_ends) => {
                (self.draft.line_ends, self.shows_line_ends) = (line_ends, true);
                self.note = None;
            }
            Pasted::AsBase64(base64) => {
                if let Some(field) = self.text.cast::<HtmlTextAreaElement>() {
                    field.set_value(&base64);
                }
                self.draft.format = Format::Base64;
                self.note = Some(line_ends::mixed_words(language).to_owned());
                self.check_text(ctx);
            }
            Pasted::Changed => {
                self.note = Some(line_ends::changed_words(language, self.draft.line_ends));
                self.pastes = true;
            }
        }
        true
    }
}
