//! Named messages that this browser keeps, and their file. Bounded in number and bytes; what does not
//! fit is refused in words, and nothing that is there is given up for it. No token is ever in them:
//! they have what a message has, and nothing of the session.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use warren_protocol::{Body, Properties};

use crate::{
    send::{
        draft::{Draft, Format, Prepared},
        placeholders::Template,
    },
    ui::{
        json::{self, NotJson},
        language::Language,
        number::grouped,
        visible,
    },
};

/// Saved messages at most.
pub const MAX_SAVED: usize = 200;
/// Bytes of all of them as JSON, at most: a browser keeps some 5 MB for a page.
pub const MAX_SAVED_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of a file of them, at most: as many, and as much again for spaces and line breaks.
pub const MAX_FILE_BYTES: usize = 2 * MAX_SAVED_BYTES;
/// Characters of a name, at most.
pub const MAX_NAME: usize = 100;

/// A message with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedMessage {
    /// Unlike that of any other.
    pub name: String,
    /// Whether its text was written as JSON, which a body with `{n}` does not show.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub json: bool,
    /// Text where it is UTF-8, else base64.
    pub body: Body,
    /// In the protocol's notation, with the type of every header.
    #[serde(default)]
    pub properties: Properties,
}

impl SavedMessage {
    fn message(&self) -> Prepared {
        Prepared { body: self.body.clone(), properties: self.properties.clone() }
    }

    /// The form from which it comes.
    #[must_use]
    pub fn draft(&self, language: Language) -> Draft {
        let mut draft = Draft::of(&self.body, &self.properties, language);
        // It was typed, and is no other message's.
        draft.fields.message_id = self.properties.message_id.clone().unwrap_or_default();
        let template = Template::of(self.message());
        let is_text = matches!(draft.format, Format::Text | Format::Json);
        draft.fills = (is_text && template.has_any()).then_some(true);
        if self.json && draft.format == Format::Text {
            draft.format = Format::Json;
        }
        draft
    }
}

/// Why something cannot be done with saved messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SavedError {
    /// What the browser keeps is none; it is left as it is.
    Unreadable,
    /// The browser does not keep it.
    NotKept,
    /// It has no name.
    NoName,
    /// The name has more than [`MAX_NAME`] characters.
    LongName,
    /// Another one has this name.
    Taken(String),
    /// There are [`MAX_SAVED`].
    TooMany,
    /// They would take so many bytes.
    TooLarge(usize),
    /// The file has so many bytes, and is not read.
    LargeFile(usize),
    /// The file is not UTF-8.
    NotText,
    /// The file is not JSON.
    NotJson(NotJson),
    /// The file has no list of saved messages.
    NoList,
    /// One of the file, by its name or number, is none.
    Message(String, MessageWrong),
}

/// Why something in a file is no saved message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageWrong {
    /// Its name is none.
    Name(Box<SavedError>),
    /// Its body has a size, and not the bytes.
    OnlySize,
    /// In the words of its reader.
    Reader(String),
}

impl SavedError {
    /// What is wrong, and what to do.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let number = |number: usize| grouped(number as u64);
        match self {
            Self::Unreadable => language.saved_unreadable().to_owned(),
            Self::NotKept => language.saved_not_kept().to_owned(),
            Self::NoName => language.name_missing().to_owned(),
            Self::LongName => language.saved_long_name(&number(MAX_NAME)),
            Self::Taken(name) => language.saved_taken(&visible::name(name)),
            Self::TooMany => language.saved_too_many(&number(MAX_SAVED)),
            Self::TooLarge(bytes) => {
                language.saved_too_large(&number(*bytes), &number(MAX_SAVED_BYTES))
            }
            Self::LargeFile(bytes) => {
                language.saved_large_file(&number(*bytes), &number(MAX_FILE_BYTES))
            }
            Self::NotText => language.saved_file_wrong(language.line_no_text()),
            Self::NotJson(mistake) => language.saved_file_wrong(&mistake.words(language)),
            Self::NoList => language.saved_file_wrong(language.saved_no_list()),
            Self::Message(name, why) => {
                let why = match why {
                    MessageWrong::Name(why) => why.words(language),
                    MessageWrong::OnlySize => language.line_only_size().to_owned(),
                    MessageWrong::Reader(words) => words.clone(),
                };
                language.saved_file_wrong(&language.saved_message_wrong(name, &why))
            }
        }
    }
}

/// All of them, in the order in which they were saved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedMessages {
    saved_messages: Vec<SavedMessage>,
}

impl SavedMessages {
    /// Takes back what the browser has kept.
    pub fn restore(kept: Option<&str>) -> Result<Self, SavedError> {
        match kept {
            None | Some("") => Ok(Self::default()),
            Some(kept) => json::read(kept).map_err(|_| SavedError::Unreadable),
        }
    }

    /// What the browser keeps.
    #[must_use]
    pub fn keep(&self) -> String {
        // It has no map with keys that are no strings, which alone fails.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[SavedMessage] {
        &self.saved_messages
    }

    /// The one of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&SavedMessage> {
        self.saved_messages.iter().find(|saved| saved.name == name)
    }

    /// Saves a message, in the place of the one that has its name already.
    pub fn save(&self, name: &str, json: bool, message: Prepared) -> Result<Self, SavedError> {
        let Prepared { body, properties } = message;
        let saved = SavedMessage { name: checked(name)?, json, body, properties };
        let mut changed = self.clone();
        match changed.saved_messages.iter_mut().find(|other| other.name == saved.name) {
            Some(other) => *other = saved,
            None => changed.saved_messages.push(saved),
        }
        changed.within_bounds()
    }

    /// Gives one another name.
    pub fn rename(&self, from: &str, to: &str) -> Result<Self, SavedError> {
        let to = checked(to)?;
        if from != to && self.get(&to).is_some() {
            return Err(SavedError::Taken(to));
        }
        let mut changed = self.clone();
        for saved in changed.saved_messages.iter_mut().filter(|saved| saved.name == from) {
            saved.name.clone_from(&to);
        }
        changed.within_bounds()
    }

    /// Forgets one.
    #[must_use]
    pub fn delete(&self, name: &str) -> Self {
        let mut changed = self.clone();
        changed.saved_messages.retain(|saved| saved.name != name);
        changed
    }

    /// All of them as a file, one on each line.
    #[must_use]
    pub fn export(&self) -> String {
        let lines =
            self.saved_messages.iter().filter_map(|saved| serde_json::to_string(saved).ok());
        let lines: Vec<String> = lines.collect();
        format!("{{\"saved_messages\": [\n{}\n]}}\n", lines.join(",\n"))
    }

    /// Adds those of a file of at most [`MAX_FILE_BYTES`], and says how many; one whose name is taken gets
    /// a number behind it. All are added or none.
    pub fn import(&self, file: &[u8]) -> Result<(Self, usize), SavedError> {
        #[derive(Deserialize)]
        struct List {
            saved_messages: Vec<Value>,
        }
        if file.len() > MAX_FILE_BYTES {
            return Err(SavedError::LargeFile(file.len()));
        }
        // To put a sign in the place of what is no text would change messages.
        let file = std::str::from_utf8(file).map_err(|_| SavedError::NotText)?;
        let file = file.strip_prefix('\u{feff}').unwrap_or(file);
        json::check(file).map_err(SavedError::NotJson)?;
        let List { saved_messages: list } = json::read(file).map_err(|_| SavedError::NoList)?;
        let count = list.len();
        if self.saved_messages.len() + count > MAX_SAVED {
            return Err(SavedError::TooMany);
        }
        let mut changed = self.clone();
        for (value, number) in list.into_iter().zip(1..) {
            let named = value["name"].as_str().map(|name| format!("\"{}\"", visible::name(name)));
            let named = named.unwrap_or_else(|| format!("{number}"));
            let mut saved =
                message(&value).map_err(|why| SavedError::Message(named.clone(), why))?;
            saved.name = changed.free_name(&saved.name);
            changed.saved_messages.push(saved);
        }
        Ok((changed.within_bounds()?, count))
    }

    /// `name`, or with a number behind it where that is taken; then cut so that it is not too long.
    fn free_name(&self, name: &str) -> String {
        let numbered = (2..).map(|number| {
            let number = format!(" ({number})");
            let kept = name.chars().take(MAX_NAME - number.len());
            kept.collect::<String>() + &number
        });
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        names.find(|name| self.get(name).is_none()).unwrap_or_default()
    }

    fn within_bounds(self) -> Result<Self, SavedError> {
        let bytes = self.keep().len();
        if self.saved_messages.len() > MAX_SAVED {
            Err(SavedError::TooMany)
        } else if bytes > MAX_SAVED_BYTES {
            Err(SavedError::TooLarge(bytes))
        } else {
            Ok(self)
        }
    }
}

fn checked(name: &str) -> Result<String, SavedError> {
    match name.trim() {
        "" => Err(SavedError::NoName),
        name if name.chars().count() > MAX_NAME => Err(SavedError::LongName),
        name => Ok(name.to_owned()),
    }
}

/// One of a file.
fn message(value: &Value) -> Result<SavedMessage, MessageWrong> {
    let mut saved: SavedMessage = json::read(&value.to_string())
        .map_err(|error| MessageWrong::Reader(json::reason(&error)))?;
    saved.name = checked(&saved.name).map_err(|why| MessageWrong::Name(Box::new(why)))?;
    if saved.body.is_only_size() {
        return Err(MessageWrong::OnlySize);
    }
    Ok(saved)
}
