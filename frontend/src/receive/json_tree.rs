//! JSON as lines of a tree that can be folded, and the path of each. Exact: numbers and strings stay
//! as they are written. Bounded, and not recursive, whatever the nesting.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{
    receive::filter::json_path,
    ui::{
        json::{self, Kind, NotJson, Token, Tokens},
        language::Language,
        number::size,
    },
};

/// Bytes of a text that are read at most.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Lines of a tree at most.
pub const MAX_LINES: usize = 20_000;

const NO_LINE: u32 = u32::MAX;

/// A line of a [`Tree`]: a value with its name, or the end of an object or array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How deep it lies; the outermost value is at 0.
    pub depth: u16,
    /// What its value is: `Open`, `Close`, `String`, `Number` or `Literal`; `Key` or `Colon` where
    /// the text was cut behind these.
    pub kind: Kind,
    /// The line on which the object or array that this line opens ends, which is behind the last
    /// one where the text was cut; none where it opens none, or an empty one.
    pub close: Option<usize>,
    /// Members or items of the object or array that it opens, as far as they were read.
    pub items: u32,
    /// The line that opens the object or array that it lies in.
    parent: u32,
    /// Which item of its array it is.
    index: u32,
    key: (u32, u32),
    value: (u32, u32),
    comma: bool,
}

/// JSON as lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    text: String,
    lines: Vec<Line>,
    /// Bytes of the text that the lines stand for.
    pub read: usize,
    /// Whether they stand for all of it.
    pub whole: bool,
}

impl Tree {
    /// Reads `text`, which is only the beginning of a longer one where `cut` is set.
    pub fn new(text: &str, cut: bool) -> Result<Self, NotJson> {
        let end = text.floor_char_boundary(MAX_BYTES);
        let cut = cut || end < text.len();
        let text = &text[..end];
        let mut tokens = Tokens::new(text, cut);
        let mut lines: Vec<Line> = Vec::new();
        let (mut key, mut parent, mut full) = ((0, 0), NO_LINE, false);
        let mut read = 0;
        while let Some(Token { kind, from, to }) = tokens.token()? {
            let span = (from as u32, to as u32);
            match kind {
                Kind::Comma => lines.last_mut().into_iter().for_each(|line| line.comma = true),
                Kind::Colon => lines.last_mut().into_iter().for_each(|line| line.kind = kind),
                Kind::Close if lines.len() == parent as usize + 1 => {
                    // An empty one is one line.
                    let line = &mut lines[parent as usize];
                    (line.close, parent) = (None, line.parent);
                }
                _ if lines.len() == MAX_LINES => {
                    full = true;
                    break;
                }
                Kind::Close => {
                    let (at, line) = (lines.len(), &mut lines[parent as usize]);
                    line.close = Some(at);
                    let opened = parent;
                    parent = line.parent;
                    let depth = line.depth;
                    let line = Line { depth, kind, value: span, ..Line::new(opened) };
                    lines.push(line);
                }
                _ => {
                    if kind == Kind::Key {
                        key = span;
                    } else if key != (0, 0) {
                        // Behind its name, on the name's line.
                        key = (0, 0);
                        let at = lines.len();
                        if let Some(line) = lines.last_mut() {
                            (line.kind, line.value) = (kind, span);
                            if kind == Kind::Open {
                                line.close = Some(usize::MAX);
                                parent = at as u32 - 1;
                            }
                        }
                        read = to;
                        continue;
                    }
                    let mut line = Line { kind, value: span, ..Line::new(parent) };
                    if let Some(outer) = lines.get_mut(parent as usize) {
                        (line.depth, line.index) = (outer.depth + 1, outer.items);
                        outer.items += 1;
                    }
                    match kind {
                        Kind::Key => (line.key, line.value) = (span, (0, 0)),
                        Kind::Open => {
                            line.close = Some(usize::MAX);
                            parent = lines.len() as u32;
                        }
                        _ => {}
                    }
                    lines.push(line);
                }
            }
            read = to;
        }
        let count = lines.len();
        for line in &mut lines {
            line.close = line.close.map(|at| at.min(count));
        }
        let whole = !cut && !full;
        let read = if whole { end } else { read };
        Ok(Self { text: text[..read].to_owned(), lines, read, whole })
    }

    /// Says that only a part is shown: of how many bytes, where it ends for these and all are known, in
    /// UTF-8 as the text is; else how many lines.
    #[must_use]
    pub fn note(&self, all: Option<usize>, language: Language) -> Option<String> {
        (!self.whole).then(|| match all {
            Some(all) if self.lines.len() < MAX_LINES => {
                language.part_shown(&size(self.read), &size(all))
            }
            _ => language.lines_shown(self.lines.len() as u64),
        })
    }

    /// The lines.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What line `at` consists of, with what is invisible made visible; a folded one shows what it
    /// opens as `{…}`.
    #[must_use]
    pub fn parts(&self, at: usize, folded: bool) -> Vec<(Kind, String)> {
        let Some(line) = self.lines.get(at) else { return Vec::new() };
        let mut parts = Vec::new();
        let mut part = |kind, token: &str| {
            let mut text = String::new();
            json::push(&mut text, token, true);
            parts.push((kind, text));
        };
        if line.key != (0, 0) {
            part(Kind::Key, self.token(line.key));
            if line.kind != Kind::Key {
                part(Kind::Colon, ": ");
            }
        }
        let token = self.token(line.value);
        if !matches!(line.kind, Kind::Key | Kind::Colon) {
            part(line.kind, token);
        }
        let mut comma = line.comma;
        if line.kind == Kind::Open && (folded || line.close.is_none()) {
            if let Some(close) = line.close {
                part(Kind::Comma, "…");
                comma = self.lines.get(close).is_some_and(|close| close.comma);
            }
            part(Kind::Close, if token == "{" { "}" } else { "]" });
        }
        if comma {
            part(Kind::Comma, ",");
        }
        parts
    }

    /// The lines that are seen where the objects and arrays that open on the lines `folded` are
    /// folded.
    #[must_use]
    pub fn seen(&self, folded: &BTreeSet<usize>) -> Vec<usize> {
        let (mut seen, mut at) = (Vec::new(), 0);
        while let Some(line) = self.lines.get(at) {
            seen.push(at);
            at = match line.close {
                Some(close) if folded.contains(&at) => close + 1,
                _ => at + 1,
            };
        }
        seen
    }

    /// The path of the value on line `at`, as [`value_at`](json_path::value_at) and the filter read
    /// it: `.customer.name`, `.items[0].sku`, `."a.b"`, and `.` for all. That of an end is that of
    /// its beginning.
    #[must_use]
    pub fn path(&self, at: usize) -> String {
        let mut steps = Vec::new();
        let mut line = self.lines.get(at);
        if let Some(close) = line
            && close.kind == Kind::Close
        {
            line = self.lines.get(close.parent as usize);
        }
        while let Some(inner) = line
            && inner.parent != NO_LINE
        {
            steps.push(inner);
            line = self.lines.get(inner.parent as usize);
        }
        let mut path = String::new();
        for line in steps.into_iter().rev() {
            if line.key == (0, 0) {
                // `[0]` alone would be an array.
                path.push_str(if path.is_empty() { ".[" } else { "[" });
                path.push_str(&line.index.to_string());
                path.push(']');
            } else {
                json_path::push_name(&mut path, &json::unescape(self.token(line.key)));
            }
        }
        if path.is_empty() {
            path.push('.');
        }
        path
    }

    /// The string, number or literal on line `at`, to filter by.
    #[must_use]
    pub fn value(&self, at: usize) -> Option<Found<'_>> {
        let line = self.lines.get(at)?;
        let is_value = matches!(line.kind, Kind::String | Kind::Number | Kind::Literal);
        is_value.then(|| Found { kind: line.kind, raw: self.token(line.value) })
    }

    fn token(&self, (from, to): (u32, u32)) -> &str {
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }
}

impl Line {
    fn new(parent: u32) -> Self {
        Self {
            depth: 0,
            kind: Kind::Literal,
            close: None,
            items: 0,
            parent,
            index: 0,
            key: (0, 0),
            value: (0, 0),
            comma: false,
        }
    }
}

/// A value in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// What it is: `Open` for an object or array.
    pub kind: Kind,
    /// As it is written.
    pub raw: &'a str,
}

impl<'a> Found<'a> {
    /// A string without its quotes and escapes; anything else as it is written.
    #[must_use]
    pub fn text(self) -> Cow<'a, str> {
        if self.kind == Kind::String { json::unescape(self.raw) } else { Cow::Borrowed(self.raw) }
    }
}
