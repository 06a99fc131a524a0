//! Two messages beside each other: what differs in body, properties and headers.

use yew::prelude::*;

use crate::{
    receive::{
        body_view::{Form, copy, show},
        inbox::{Message, Row},
        message_details,
    },
    ui::{language::Language, number::grouped},
};

/// Lines of each body that are compared.
const MAX_LINES: usize = 2_000;

#[derive(Properties, PartialEq)]
pub(crate) struct CompareProps {
    pub(crate) language: Language,
    /// The pinned message.
    pub(crate) one: Row,
    /// The one that is open.
    pub(crate) other: Row,
}

#[component]
pub(crate) fn Compare(props: &CompareProps) -> Html {
    let CompareProps { language, one, other } = props;
    let fields = differing_fields(&one.message, &other.message);
    let [left, right] = [one, other].map(|row| lines(&row.message));
    let body =
        if one.message.body == other.message.body { Vec::new() } else { diff(&left, &right) };
    html! {
        <div class="compare" tabindex="0" role="group" aria-label={language.tab_compare()}>
            <p class="note">{language.compared_with(&grouped(one.message.number))}</p>
            if fields.is_empty() && body.is_empty() {
                <p class="note">{language.same()}</p>
            }
            <dl class="details">
                for (name, before, after) in fields {
                    <div>
                        <dt dir="auto">{name}</dt>
                        <dd>
                            if let Some(before) = before { <del>{before}</del>{" "} }
                            if let Some(after) = after { <ins>{after}</ins> }
                        </dd>
                    </div>
                }
            </dl>
            if !body.is_empty() {
                <pre class="diff">
                    for (change, line) in body {
                        {match change {
                            Change::Same => html! { <span>{"  "}{line}{"\n"}</span> },
                            Change::Gone => html! { <del>{"- "}{line}{"\n"}</del> },
                            Change::New => html! { <ins>{"+ "}{line}{"\n"}</ins> },
                        }}
                    }
                </pre>
            }
        </div>
    }
}

/// The name of a field, and its values in both messages.
type Difference = (String, Option<String>, Option<String>);

fn differing_fields(one: &Message, other: &Message) -> Vec<Difference> {
    let mut after = fields(other);
    let mut differing = Vec::new();
    for (name, before) in fields(one) {
        // Few: both messages have at most some hundred.
        let at = after.iter().position(|(other, _)| *other == name);
        let value = at.map(|at| after.remove(at).1);
        if value.as_ref() != Some(&before) {
            differing.push((name, Some(before), value));
        }
    }
    for (name, value) in after {
        differing.push((name, None, Some(value)));
    }
    differing
}

fn fields(message: &Message) -> Vec<(String, String)> {
    let language = Language::English;
    let mut fields = Vec::new();
    for row in message_details::way(message, language) {
        fields.push((row.name, row.value));
    }
    for row in message_details::properties(&message.properties, language) {
        fields.push((row.name, row.value));
    }
    for row in message_details::headers(&message.properties, language).0 {
        fields.push((format!("header.{}", row.name), row.value));
    }
    fields
}

/// The body in lines, as JSON where it is that.
fn lines(message: &Message) -> Vec<String> {
    let text = copy(&message.body, Form::Json)
        .or_else(|| show(&message.body, Form::Hex, Language::English).ok())
        .map(|shown| shown.text)
        .unwrap_or_default();
    text.lines().take(MAX_LINES).map(str::to_owned).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Same,
    Gone,
    New,
}

/// The lines of both, those that both have once: what they begin and end with alike, and between
/// them the longest common sequence where that is short enough to be looked for.
fn diff(left: &[String], right: &[String]) -> Vec<(Change, String)> {
    const MAX_CELLS: usize = 1 << 20;
    let same = |pair: &(&String, &String)| pair.0 == pair.1;
    let start = left.iter().zip(right).take_while(same).count();
    let (rest, others) = (&left[start..], &right[start..]);
    let end = rest.iter().rev().zip(others.iter().rev()).take_while(same).count();
    let (rest, others) = (&rest[..rest.len() - end], &others[..others.len() - end]);
    let mut changes: Vec<(Change, String)> =
        left[..start].iter().map(|line| (Change::Same, line.clone())).collect();
    if rest.len() * others.len() <= MAX_CELLS {
        middle(&mut changes, rest, others);
    } else {
        changes.extend(rest.iter().map(|line| (Change::Gone, line.clone())));
        changes.extend(others.iter().map(|line| (Change::New, line.clone())));
    }
    changes.extend(left[left.len() - end..].iter().map(|line| (Change::Same, line.clone())));
    changes
}

fn middle(changes: &mut Vec<(Change, String)>, left: &[String], right: &[String]) {
    let width = right.len() + 1;
    // How long the longest common sequence of what follows is.
    let mut longest = vec![0_u32; (left.len() + 1) * width];
    for at in (0..left.len()).rev() {
        for to in (0..right.len()).rev() {
            longest[at * width + to] = if left[at] == right[to] {
                longest[(at + 1) * width + to + 1] + 1
            } else {
                longest[(at + 1) * width + to].max(longest[at * width + to + 1])
            };
        }
    }
    let (mut at, mut to) = (0, 0);
    while at < left.len() || to < right.len() {
        if at < left.len() && to < right.len() && left[at] == right[to] {
            changes.push((Change::Same, left[at].clone()));
            (at, to) = (at + 1, to + 1);
        } else if to == right.len()
            || (at < left.len() && longest[(at + 1) * width + to] >= longest[at * width + to + 1])
        {
            changes.push((Change::Gone, left[at].clone()));
            at += 1;
        } else {
            changes.push((Change::New, right[to].clone()));
            to += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(left: &str, right: &str) -> String {
        let [left, right] =
            [left, right].map(|text| text.chars().map(String::from).collect::<Vec<_>>());
        let sign = |(change, line): (Change, String)| match change {
            Change::Same => line,
            Change::Gone => format!("-{line}"),
            Change::New => format!("+{line}"),
        };
        diff(&left, &right).into_iter().map(sign).collect()
    }

    #[test]
    fn lines_that_both_have_are_said_once() {
        assert_eq!(said("abcd", "abcd"), "abcd");
        assert_eq!(said("abcd", "axcd"), "a-b+xcd");
        assert_eq!(said("", "ab"), "+a+b");
        assert_eq!(said("aab", "ab"), "a-ab");
        assert_eq!(said("xabcy", "zabcw"), "-x+zabc-y+w");
    }
}
