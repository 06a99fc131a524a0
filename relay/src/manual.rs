//! The man page and the shells' completions, which the relay makes of its own command line: so
//! they are of the very version that runs, and a relay that was copied alone brings them along.

use std::io::{self, Write};

use clap::ValueEnum;
use clap_complete::Shell;

use crate::config::Args;

/// What `--generate` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Generate {
    /// For /usr/local/share/man/man1/relay.1
    Man,
    /// For /usr/local/share/bash-completion/completions/relay
    CompleteBash,
    /// For /usr/local/share/zsh/site-functions/_relay
    CompleteZsh,
    /// For /usr/local/share/fish/vendor_completions.d/relay.fish
    CompleteFish,
}

impl Generate {
    /// Writes it.
    ///
    /// # Errors
    /// When `to` cannot be written.
    pub fn write(self, to: &mut dyn Write) -> io::Result<()> {
        let shell = match self {
            Self::Man => return to.write_all(&man()?),
            Self::CompleteBash => Shell::Bash,
            Self::CompleteZsh => Shell::Zsh,
            Self::CompleteFish => Shell::Fish,
        };
        // Into memory first: clap_complete panics when it cannot write.
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Args::command_line(), "relay", &mut script);
        to.write_all(&script)
    }
}

/// The one man page. clap_mangen would give each subcommand one of its own, and names that.
fn man() -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Args::command_line()).render(&mut page)?;
    let page = String::from_utf8(page).map_err(io::Error::other)?;
    Ok(page.replace(r"relay\-health(1)", r"relay health [\-\-ready]").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_man_page_and_every_completion_have_every_flag() {
        for what in Generate::value_variants() {
            let mut text = Vec::new();
            what.write(&mut text).unwrap();
            let text = String::from_utf8(text).unwrap().replace("\\-", "-");
            assert!(text.contains("health") && text.contains("ready"), "{what:?}");
            assert!(!text.contains("health(1)"), "{what:?} names another page");
            for arg in Args::command_line().get_arguments() {
                let flag = arg.get_long().unwrap();
                // fish's completions leave the dashes out.
                let flag = if *what == Generate::CompleteFish {
                    flag.to_owned()
                } else {
                    format!("--{flag}")
                };
                assert!(text.contains(&flag), "{what:?} has no {flag}");
            }
        }
    }
}
