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
    pub(crate) fn queue(&self, name: Option<&str>) -> Result<String, String> {
        let known = match name {
            None => self.queues.first(),
            Some(name) => self.queues.iter().find(|known| *known == name),
        };
        known.cloned().ok_or_else(|| {
            format!(
                "unknown queue {:?}; available: {}",
                name.unwrap_or_default(),
                self.queues.join(", ")
            )
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
    #[error("line {0}: after the token comes send, receive or both")]
    Right(usize),
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

    /// Reads a token file: a line for each token, `TOKEN [send|receive|both] [queue,queue…]`.
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
                None | Some("both") => Rights::ALL,
                Some("send") => Rights { send: true, receive: false },
                Some("receive") => Rights { send: false, receive: true },
                Some(_) => return Err(BadTokens::Right(line)),
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
        tokens.grant(Some(&TokenDigest::new(token)))
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
             team both b,hello, # two\na#b send # hello\nall2#\t#\n  #no token",
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
        assert_eq!(grant(&tokens, "all2#"), some(Rights::ALL, &["hello", "a", "b"]));
        assert_eq!(tokens.count(), Some(6));
    }

    #[test]
    fn a_queue_whose_name_starts_with_a_hash_is_quoted_or_refused() {
        let queues: Vec<String> =
            ["#errors", "hello", "a b", "c,d", "e\"f\\"].map(str::to_owned).to_vec();
        let parse = |line: &str| Tokens::parse(line, queues.clone());
        for line in ["t both #errors", "t both #errors,hello", "t #errors", "t both hello #errors"]
        {
            assert_eq!(parse(line).unwrap_err(), BadTokens::Hash(1), "{line}");
        }
        let words = BadTokens::Hash(3).to_string();
        assert!(words.contains("line 3") && words.contains("\"#errors\""), "{words}");
        for (line, names) in [
            (r##"t both "#errors""##, &["#errors"][..]),
            (r##"t both "#errors",hello # both"##, &["#errors", "hello"]),
            (r##"t both hello,"#errors" #"##, &["#errors", "hello"]),
            (r##"t both hello,#errors"##, &["#errors", "hello"]),
            (r#"t send "a b","c,d""#, &["a b", "c,d"]),
            (r#"t send "e\"f\\""#, &["e\"f\\"]),
            (r#"t send e"f\"#, &["e\"f\\"]),
        ] {
            let grant = grant(&parse(line).unwrap(), "t").unwrap();
            assert_eq!(grant.queues, names, "{line}");
        }
        for line in
            [r#"t both "a b"#, r#"t both "hello"hello"#, r#"t both "\n""#, r#"t both "hello\""#]
        {
            assert_eq!(parse(line).unwrap_err(), BadTokens::Quotes(1), "{line}");
        }
        assert!(matches!(parse(r#"t both """#).unwrap_err(), BadTokens::Queue { .. }));
        assert_eq!(parse(r#"t both "hello" "a b""#).unwrap_err(), BadTokens::TooMuch(1));
    }

    #[test]
    fn a_wrong_line_is_named_and_no_token_is_told() {
        for (text, error) in [
            ("", BadTokens::Empty),
            ("# s3cret\n\n", BadTokens::Empty),
            ("s3cret\ns3cret2 sned", BadTokens::Right(2)),
            ("s3cret hello", BadTokens::Right(1)),
            ("s3cret both a b", BadTokens::TooMuch(1)),
            ("s3cret #both", BadTokens::Hash(1)),
            ("s3cret both \"a", BadTokens::Quotes(1)),
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
        assert!(words.contains("unknown queue") && words.contains("a, b"), "{words}");
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
        let digest = TokenDigest::new("s3cret").0;
        let printed = format!("{tokens:?}");
        assert!(!printed.contains("s3cret") && !printed.contains(&format!("{digest:?}")));
    }

    /// `name` as a token file has it in quotes.
    fn quoted(name: &str) -> String {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    }

    proptest::proptest! {
        #[test]
        fn a_quoted_name_is_that_queue_and_no_other(
            names in proptest::collection::btree_set("([ -~]|\t|é){1,5}", 1..5),
            chosen in 0..5_usize,
        ) {
            let queues: Vec<String> = names.into_iter().collect();
            let name = &queues[chosen % queues.len()];
            let tokens = Tokens::parse(&format!("t both {}", quoted(name)), queues.clone()).unwrap();
            let grant = grant(&tokens, "t").unwrap();
            proptest::prop_assert_eq!(grant.queues.as_slice(), std::slice::from_ref(name));
        }

        #[test]
        fn an_unquoted_name_never_opens_another_queue(
            others in proptest::collection::btree_set("[#\",\\\\ab]{1,3}", 1..6),
            name in "[#\",\\\\ab]{1,3}",
        ) {
            // Alone it is the beginning of a comment.
            proptest::prop_assume!(name != "#");
            let queues: Vec<String> = others.into_iter().collect();
            let parsed = Tokens::parse(&format!("t both {name}"), queues);
            if let Ok(tokens) = parsed {
                for queue in grant(&tokens, "t").unwrap().queues {
                    let unquoted = name.replace("\\\\", "\\").replace("\\\"", "\"");
                    proptest::prop_assert!(
                        name.contains(&queue) || unquoted.contains(&queue), "{} opens {}", name, queue
                    );
                }
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "([ -~]|\\n|\\t|#|\"|send|both|hello|,){0,60}", token in ".*") {
            if let Ok(tokens) = parse(&text) {
                let _ = grant(&tokens, &token);
            }
        }
    }
}
