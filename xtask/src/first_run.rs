//! The first run: what will be installed is said in a line, with the time that it takes, before
//! anything is; at a terminal somebody has to agree.

use std::io::{BufRead, IsTerminal as _, Write, stderr, stdin};

use anyhow::{Result, ensure};

use crate::tools::{self, Missing};

/// Minutes that page and relay take on two cores, about, and RabbitMQ's package or image.
const BUILD_MINUTES: u32 = 4;
const RABBITMQ_MINUTES: u32 = 1;

/// Says what is missing, with what brings RabbitMQ if something has to, and fails where somebody says
/// no to it.
///
/// # Errors
/// When the answer is no.
pub(crate) fn confirm(rabbitmq: Option<String>, yes: bool) -> Result<()> {
    let Some(line) = line(&tools::missing()?, rabbitmq) else { return Ok(()) };
    eprintln!("{line}");
    if must_ask(yes) {
        let go_on = ask("Go on?", &mut stdin().lock(), &mut stderr())?;
        ensure!(go_on, "nothing was installed");
    }
    Ok(())
}

/// The line; none where nothing is missing.
fn line(missing: &Missing, rabbitmq: Option<String>) -> Option<String> {
    let mut minutes = missing.minutes + BUILD_MINUTES;
    let mut parts = Vec::new();
    if !missing.what.is_empty() {
        parts.push(format!("{} (tools in a cache folder)", missing.what.join(", ")));
    }
    if let Some(rabbitmq) = rabbitmq {
        minutes += RABBITMQ_MINUTES;
        parts.push(rabbitmq);
    }
    let what = parts.join(", and ");
    (!what.is_empty()).then(|| {
        format!(
            "The first run installs {what}, and builds Warren: some {minutes} minutes on 2 cores."
        )
    })
}

/// Whether somebody has to agree. Without a terminal there is nobody to ask, and all set-up is ours.
pub(crate) fn must_ask(yes: bool) -> bool {
    !yes && stdin().is_terminal() && stderr().is_terminal()
}

/// Asks until the answer is yes or no; no answer at all is a no.
pub(crate) fn ask(
    question: &str,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<bool> {
    loop {
        write!(output, "{question} [Y/n] ")?;
        output.flush()?;
        let mut answer = String::new();
        if input.read_line(&mut answer)? == 0 {
            return Ok(false);
        }
        match answer.trim().to_lowercase().as_str() {
            "" | "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_what_is_missing_and_the_time() {
        let missing = Missing { what: vec!["trunk 1".into(), "wasm-opt 2".into()], minutes: 2 };
        let all = line(&missing, Some("Docker's image rabbitmq:4".into()));
        assert_eq!(
            all.unwrap_or_default(),
            "The first run installs trunk 1, wasm-opt 2 (tools in a cache folder), and \
             Docker's image rabbitmq:4, and builds Warren: some 7 minutes on 2 cores."
        );
        let image = line(&Missing::default(), Some("Docker's image rabbitmq:4".into()));
        assert!(
            image.is_some_and(|line| line.starts_with("The first run installs Docker's image"))
        );
        assert_eq!(line(&Missing::default(), None), None);
    }

    #[test]
    fn an_answer_is_yes_or_no_and_anything_else_is_asked_again() {
        let answer = |typed: &str| {
            let mut shown = Vec::new();
            let answer = ask("Install?", &mut typed.as_bytes(), &mut shown);
            (answer.ok(), String::from_utf8_lossy(&shown).matches("Install? [Y/n] ").count())
        };
        for yes in ["\n", "y\n", " Yes \n", "Y"] {
            assert_eq!(answer(yes), (Some(true), 1), "{yes:?}");
        }
        for no in ["n\n", "NO\r\n", ""] {
            assert_eq!(answer(no), (Some(false), 1), "{no:?}");
        }
        assert_eq!(answer("what?\ny\n"), (Some(true), 2));
    }
}
