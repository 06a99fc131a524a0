//! Tokens: what each lets a session do, and whether one that is shown is known.
//!
//! Only digests are kept and compared, in constant time, so that neither the time that a
//! comparison takes nor a dump of the memory tells a token.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use warren_protocol::{Detail, Rights};

/// The tokens that let a session in, and the queues that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// None: everyone may come in and do everything.
    known: Option<Vec<TokenEntry>>,
    /// The relay's queues.
    queues: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct TokenEntry {
    token: TokenDigest,
    grant: Grant,
}

/// What a session may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) rights: Rights,
    /// Some of the relay's, in its order; never empty.
    pub(crate) queues: Vec<String>,
}

impl Grant {
    /// The queue that a client means, if it may use it.
    pub(crate) fn queue(&self, name: Option<&str>) -> Result<String, Detail> {
        let known = match name {
            None => self.queues.first(),
            Some(name) => self.queues.iter().find(|known| *known == name),
        };
        known.cloned().ok_or_else(|| Detail::UnknownQueue {
            queue: name.unwrap_or_default().to_owned(),
            available: self.queues.clone(),
        })
    }
}

/// A token that somebody has shown: its SHA-256.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub(crate) fn new(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest")
    }
}

/// Why a token file cannot be used. Says nothing of the tokens themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTokens {
    #[error("there is no token in it")]
    Empty,
    #[error(
        "line {0}: after the token comes what it may do: send, receive, look or watch, more than one \
         with commas and no space between them, or both for send and receive; with nothing there it \
         may do everything"
    )]
    Right(usize),
    #[error("line {line}: {right} is named twice")]
    RightTwice { line: usize, right: &'static str },
    #[error("line {line}: queue {queue:?} is not one of the relay's; it has {known}")]
    Queue { line: usize, queue: String, known: String },
    #[error(
        "line {0}: there is more than a token, what it may do, and its queues with commas and no \
         space between them; put a name with a space in double quotes"
    )]
    TooMuch(usize),
    #[error(
        "line {0}: a word starts with #; put a queue's name in double quotes, as in \"#errors\", or \
         a space after the # of a comment"
    )]
    Hash(usize),
    #[error(
        "line {0}: a queue's name that starts with a double quote ends with one, before a comma or \
         a space; inside, write \\\" for a double quote and \\\\ for a backslash"
    )]
    Quotes(usize),
    #[error("line {0}: the same token stands on line {1}")]
    Twice(usize, usize),
}

impl Tokens {
    /// Everyone may come in.
    pub(crate) fn none(queues: Vec<String>) -> Self {
        Self { known: None, queues }
    }

    /// One token that may do everything.
    pub(crate) fn one(token: &str, queues: Vec<String>) -> Self {
        let grant = Grant { rights: Rights::ALL, queues: queues.clone() };
        Self { known: Some(vec![TokenEntry { token: TokenDigest::new(token), grant }]), queues }
    }

    /// Reads a token file: a line for each token, `TOKEN [right,right…] [queue,queue…]`.
    ///
    /// A right is `send`, `receive`, `look`, `watch`, or `both` for send and receive. Without one the
    /// token may do everything.
    ///
    /// `#` starts a comment at the start of a line, and after white space where white space or
    /// nothing follows it. Any other word that starts with it is refused: it may be meant as a
    /// queue's name, and a token must not be given more than was written. A name in double quotes may have any
    /// character in it, `\"` and `\\` for these two.
    pub(crate) fn parse(text: &str, queues: Vec<String>) -> Result<Self, BadTokens> {
        let mut known: Vec<(usize, TokenEntry)> = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let Some((token, text)) = first_word(text).filter(|(word, _)| !word.starts_with('#'))
            else {
                continue;
            };
            let (right, text) = word(text, line)?;
            let rights = match right {
                None => Rights::ALL,
                Some(names) => rights(names, line)?,
            };
            let (names, text) = names(text, line)?;
            let allowed = match names {
                None => queues.clone(),
                Some(names) => some_of(&queues, &names, line)?,
            };
            if word(text, line)?.0.is_some() {
                return Err(BadTokens::TooMuch(line));
            }
            let token = TokenDigest::new(token);
            if let Some((first, _)) = known.iter().find(|(_, known)| known.token == token) {
                return Err(BadTokens::Twice(line, *first));
            }
            known.push((line, TokenEntry { token, grant: Grant { rights, queues: allowed } }));
        }
        if known.is_empty() {
            return Err(BadTokens::Empty);
        }
        let known = known.into_iter().map(|(_, known)| known).collect();
        Ok(Self { known: Some(known), queues })
    }

    /// How many tokens there are; none where everyone may come in.
    pub(crate) fn count(&self) -> Option<usize> {
        self.known.as_ref().map(Vec::len)
    }

    /// What the shown token allows; none where it does not let in.
    pub(crate) fn grant(&self, shown: Option<&TokenDigest>) -> Option<Grant> {
        let Some(known) = &self.known else {
            return Some(Grant { rights: Rights::ALL, queues: self.queues.clone() });
        };
        let shown = shown?;
        // No short cut, so that the time taken tells nothing.
        let same: Vec<Choice> = known.iter().map(|known| known.token.0.ct_eq(&shown.0)).collect();
        let found = known.iter().zip(same).find(|(_, same)| bool::from(*same))?.0;
        Some(found.grant.clone())
    }
}

/// The rights that a word such as `send,watch` names. Who may receive may look.
fn rights(names: &str, line: usize) -> Result<Rights, BadTokens> {
    let mut rights = Rights::NONE;
    for name in names.split(',') {
        let named: &[&str] = match name {
            "both" => &["send", "receive"],
            _ => &[name],
        };
        for name in named {
            let (right, name) = match *name {
                "send" => (&mut rights.send, "send"),
                "receive" => (&mut rights.receive, "receive"),
                "look" => (&mut rights.look, "look"),
                "watch" => (&mut rights.watch, "watch"),
                // Not repeated: it may be a part of a token.
                _ => return Err(BadTokens::Right(line)),
            };
            if std::mem::replace(right, true) {
                return Err(BadTokens::RightTwice { line, right: name });
            }
        }
    }
    rights.look |= rights.receive;
    Ok(rights)
}

/// The first word of `text`, and what follows it.
fn first_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The next word of a line, none at its end or before a comment, and what follows it.
fn word(text: &str, line: usize) -> Result<(Option<&str>, &str), BadTokens> {
    match first_word(text) {
        None | Some(("#", _)) => Ok((None, "")),
        Some((word, _)) if word.starts_with('#') => Err(BadTokens::Hash(line)),
        Some((word, rest)) => Ok((Some(word), rest)),
    }
}

/// The queues' names that come next in a line, none at its end or before a comment, and what
/// follows them.
fn names(text: &str, line: usize) -> Result<(Option<Vec<String>>, &str), BadTokens> {
    if word(text, line)?.0.is_none() {
        return Ok((None, ""));
    }
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let name;
        (name, rest) = match rest.strip_prefix('"') {
            Some(quoted) => until_quote(quoted).ok_or(BadTokens::Quotes(line))?,
            None => {
                let end = rest.find(|c: char| c == ',' || c.is_whitespace());
                let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
                (name.to_owned(), rest)
            }
        };
        names.push(name);
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None if rest.is_empty() || rest.starts_with(char::is_whitespace) => break,
            None => return Err(BadTokens::Quotes(line)),
        }
    }
    Ok((Some(names), rest))
}

/// What a quoted name says, up to its end, and what follows it.
fn until_quote(quoted: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some((name, characters.as_str())),
            '\\' => name.push(characters.next().filter(|c| matches!(c, '"' | '\\'))?),
            other => name.push(other),
        }
    }
}

/// Those of the relay's `queues` that `names` lists, in the relay's order. A comma too many is no
/// name.
fn some_of(queues: &[String], names: &[String], line: usize) -> Result<Vec<String>, BadTokens> {
    let names: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    let unknown = names.iter().find(|name| !queues.contains(name));
    if names.is_empty() || unknown.is_some() {
        let queue = unknown.copied().cloned().unwrap_or_default();
        return Err(BadTokens::Queue { line, queue, known: queues.join(", ") });
    }
    Ok(queues.iter().filter(|known| names.contains(known)).cloned().collect())
}

/// A new token: 128 random bits from the operating system, in hexadecimal digits.
pub(crate) fn make_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests;
