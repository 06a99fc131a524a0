//! A program under test: what it prints, line by line, and its end.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Command, ExitStatus},
    sync::{Arc, Mutex},
    thread,
};

use xtask::guarded::{Guarded, signal};

use crate::wait;

/// A running program; dropped, it is killed with all that it has started.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Guarded,
    stdout: Lines,
    stderr: Lines,
}

type Lines = Arc<Mutex<Vec<String>>>;

impl Program {
    /// Starts `command`; `name` is for failure messages.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(name: &str, mut command: Command) -> Self {
        let (stdout, to_stdout) = std::io::pipe().unwrap();
        let (stderr, to_stderr) = std::io::pipe().unwrap();
        command.stdout(to_stdout).stderr(to_stderr);
        let child =
            Guarded::spawn(&mut command).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        Self {
            name: name.to_owned(),
            child,
            stdout: read_lines(stdout),
            stderr: read_lines(stderr),
        }
    }

    /// What it has printed to stdout so far.
    #[must_use]
    pub fn stdout(&self) -> Vec<String> {
        self.stdout.lock().unwrap().clone()
    }

    /// What it has written to stderr so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap().join("\n")
    }

    /// Waits for the first line on stdout in which `pick` finds something.
    pub async fn line<T>(&mut self, what: &str, pick: impl Fn(&str) -> Option<T>) -> T {
        let (stdout, stderr, name) = (self.stdout.clone(), self.stderr.clone(), &self.name);
        let seen = || shown(name, &stdout, &stderr);
        let child = &mut self.child;
        wait::until(what, &seen, async || {
            let ended = child.try_wait().unwrap();
            let found = stdout.lock().unwrap().iter().find_map(|line| pick(line));
            if let (None, Some(status)) = (&found, ended) {
                panic!("{name} ended ({status}) before {what}\n{}", seen());
            }
            found
        })
        .await
    }

    /// Asks it to end, with SIGTERM.
    pub fn terminate(&self) {
        signal(&self.child.id().to_string(), "TERM").unwrap();
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        let seen = || shown(&self.name, &self.stdout, &self.stderr);
        let child = &mut self.child;
        wait::until("the program has ended", seen, async || child.try_wait().unwrap()).await
    }
}

fn shown(name: &str, stdout: &Lines, stderr: &Lines) -> String {
    let text = |lines: &Lines| lines.lock().unwrap().join("\n");
    format!("{name} wrote to stdout:\n{}\nand to stderr:\n{}", text(stdout), text(stderr))
}

fn read_lines(from: impl Read + Send + 'static) -> Lines {
    let lines = Lines::default();
    let into = lines.clone();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            into.lock().unwrap().push(line);
        }
    });
    lines
}
