//! Tokens: what each lets a session do, and whether one that is shown is known.
//!
//! Only digests are kept and compared, in constant time, so that neither the time that a
//! comparison takes nor a dump of the memory tells a token.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use warren_protocol::Rights;

/// The tokens that let a session in, and the queues that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// None: everyone may come in and do everything.
    known: Option<Vec<Known>>,
    /// The relay's queues.
    queues: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    token: Shown,
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
    pub(crate) fn queue(&self, name: Option<&str>) -> Result<String, String> {
        let known = match name {
            None => self.queues.first(),
            Some(name) => self.queues.iter().find(|known| *known == name),
        };
        known.cloned().ok_or_else(|| {
            format!(
                "there is no queue {:?} for this page; it has {}",
                name.unwrap_or_default(),
                self.queues.join(", ")
            )
        })
    }
}

/// A token that somebody has shown: its SHA-256.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Shown([u8; 32]);

impl Shown {
    pub(crate) fn new(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown")
    }
}

/// Why a token file cannot be used. Says nothing of the tokens themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTokens {
    #[error("there is no token in it")]
    Empty,
    #[error("line {0}: after the token comes send, receive or both")]
    Right(usize),
    #[error("line {line}: queue {queue:?} is not one of the relay's; it has {known}")]
    Queue { line: usize, queue: String, known: String },
    #[error("line {0}: there is more than a token, what it may do, and its queues with commas")]
    TooMuch(usize),
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
        Self { known: Some(vec![Known { token: Shown::new(token), grant }]), queues }
    }

    /// Reads a token file: a line for each token, `TOKEN [send|receive|both] [queue,queue…]`. A
    /// word that starts with `#` starts a comment.
    pub(crate) fn parse(text: &str, queues: Vec<String>) -> Result<Self, BadTokens> {
        let mut known: Vec<(usize, Known)> = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let mut words = text.split_whitespace().take_while(|word| !word.starts_with('#'));
            let Some(token) = words.next() else { continue };
            let rights = match words.next() {
                None | Some("both") => Rights::ALL,
                Some("send") => Rights { send: true, receive: false },
                Some("receive") => Rights { send: false, receive: true },
                Some(_) => return Err(BadTokens::Right(line)),
            };
            let allowed = match words.next() {
                None => queues.clone(),
                Some(names) => some_of(&queues, names, line)?,
            };
            if words.next().is_some() {
                return Err(BadTokens::TooMuch(line));
            }
            let token = Shown::new(token);
            if let Some((first, _)) = known.iter().find(|(_, known)| known.token == token) {
                return Err(BadTokens::Twice(line, *first));
            }
            known.push((line, Known { token, grant: Grant { rights, queues: allowed } }));
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
    pub(crate) fn grant(&self, shown: Option<&Shown>) -> Option<Grant> {
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

/// Those of the relay's `queues` that `names` lists, in the relay's order.
fn some_of(queues: &[String], names: &str, line: usize) -> Result<Vec<String>, BadTokens> {
    let names: Vec<&str> = names.split(',').filter(|name| !name.is_empty()).collect();
    let unknown = names.iter().find(|name| !queues.iter().any(|known| known == *name));
    if names.is_empty() || unknown.is_some() {
        let queue = unknown.copied().unwrap_or_default().to_owned();
        return Err(BadTokens::Queue { line, queue, known: queues.join(", ") });
    }
    Ok(queues.iter().filter(|known| names.contains(&known.as_str())).cloned().collect())
}

/// A new token: 128 random bits from the operating system, in hexadecimal digits.
pub(crate) fn make_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEND: Rights = Rights { send: true, receive: false };
    const RECEIVE: Rights = Rights { send: false, receive: true };

    fn queues() -> Vec<String> {
        ["hello", "a", "b"].map(str::to_owned).to_vec()
    }

    fn parse(text: &str) -> Result<Tokens, BadTokens> {
        Tokens::parse(text, queues())
    }

    fn grant(tokens: &Tokens, token: &str) -> Option<Grant> {
        tokens.grant(Some(&Shown::new(token)))
    }

    #[test]
    fn a_token_must_be_one_of_the_known() {
        let open = Tokens::none(queues());
        assert_eq!(open.grant(None), Some(Grant { rights: Rights::ALL, queues: queues() }));
        assert!(grant(&open, "anything").is_some());
        let closed = parse("abc\ndefg").unwrap();
        assert!(grant(&closed, "abc").is_some());
        assert!(grant(&closed, "defg").is_some());
        assert_eq!(closed.grant(None), None);
        for token in ["", "ab", "abcd", "abc\0", " abc", "ABC", "abc\ndefg"] {
            assert_eq!(grant(&closed, token), None, "{token:?}");
        }
    }

    #[test]
    fn a_line_says_what_its_token_may_do_and_with_which_queues() {
        let tokens = parse(
            "# who\tmay\n\n  all \t# a comment\nwatch receive\nfeed  send hello\r\n\
             team both b,hello, # two\na#b send #hello",
        )
        .unwrap();
        let some = |rights, queues: &[&str]| {
            Some(Grant { rights, queues: queues.iter().map(|&name| name.to_owned()).collect() })
        };
        assert_eq!(grant(&tokens, "all"), some(Rights::ALL, &["hello", "a", "b"]));
        assert_eq!(grant(&tokens, "watch"), some(RECEIVE, &["hello", "a", "b"]));
        assert_eq!(grant(&tokens, "feed"), some(SEND, &["hello"]));
        assert_eq!(grant(&tokens, "team"), some(Rights::ALL, &["hello", "b"]));
        assert_eq!(grant(&tokens, "a#b"), some(SEND, &["hello", "a", "b"]));
        assert_eq!(tokens.count(), Some(5));
    }

    #[test]
    fn a_wrong_line_is_named_and_no_token_is_told() {
        for (text, error) in [
            ("", BadTokens::Empty),
            ("# s3cret\n\n", BadTokens::Empty),
            ("s3cret\ns3cret2 sned", BadTokens::Right(2)),
            ("s3cret hello", BadTokens::Right(1)),
            ("s3cret both a b", BadTokens::TooMuch(1)),
            ("s3cret\n#\ns3cret send", BadTokens::Twice(3, 1)),
            (
                "s3cret both a,x",
                BadTokens::Queue { line: 1, queue: "x".into(), known: "hello, a, b".into() },
            ),
            (
                "s3cret both ,",
                BadTokens::Queue { line: 1, queue: String::new(), known: "hello, a, b".into() },
            ),
        ] {
            let wrong = parse(text).unwrap_err();
            assert!(!wrong.to_string().contains("s3cret"), "{wrong}");
            assert_eq!(wrong, error, "{text:?}");
        }
    }

    #[test]
    fn a_grant_knows_its_queues_and_no_others() {
        let grant = grant(&parse("t both b,a").unwrap(), "t").unwrap();
        assert_eq!(grant.queue(None).unwrap(), "a");
        assert_eq!(grant.queue(Some("b")).unwrap(), "b");
        let words = grant.queue(Some("hello")).unwrap_err();
        assert!(words.contains("it has a, b"), "{words}");
    }

    #[test]
    fn made_tokens_have_128_bits_and_differ() {
        let (one, two) = (make_token().unwrap(), make_token().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, two);
        let tokens = Tokens::one(&one, queues());
        assert!(grant(&tokens, &one).is_some());
        assert!(grant(&tokens, &two).is_none());
    }

    #[test]
    fn what_is_printed_for_debugging_holds_no_token() {
        let tokens = parse("s3cret").unwrap();
        let digest = Shown::new("s3cret").0;
        let printed = format!("{tokens:?}");
        assert!(!printed.contains("s3cret") && !printed.contains(&format!("{digest:?}")));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([ -~]|\\n|\\t|#|send|both|hello|,){0,60}", token in ".*") {
            if let Ok(tokens) = parse(&text) {
                let _ = grant(&tokens, &token);
            }
        }
    }
}
