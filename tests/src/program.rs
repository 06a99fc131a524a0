//! A program under test: what it prints, line by line, and its end.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Command, ExitStatus},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
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
    readers: [JoinHandle<()>; 2],
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
        let (stdout, stdout_reader) = read_lines(stdout);
        let (stderr, stderr_reader) = read_lines(stderr);
        let readers = [stdout_reader, stderr_reader];
        Self { name: name.to_owned(), child, stdout, stderr, readers }
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
    ///
    /// # Panics
    /// When it ends before that.
    pub async fn line<T>(&mut self, what: &str, pick: impl Fn(&str) -> Option<T>) -> T {
        let found = self.line_or_end(what, pick).await;
        found.unwrap_or_else(|words| panic!("{words}"))
    }

    /// [`Program::line`], or words about its end if it ends before that.
    pub async fn line_or_end<T>(
        &mut self,
        what: &str,
        pick: impl Fn(&str) -> Option<T>,
    ) -> Result<T, String> {
        let (stdout, stderr, name) = (self.stdout.clone(), self.stderr.clone(), &self.name);
        let seen = || shown(name, &stdout, &stderr);
        let (child, readers) = (&mut self.child, &self.readers);
        wait::until(what, &seen, async || {
            // In this order: what it has printed is there once it has ended and all is read.
            let ended = child.try_wait().unwrap().filter(|_| are_finished(readers));
            let found = stdout.lock().unwrap().iter().find_map(|line| pick(line));
            if let (None, Some(status)) = (&found, ended) {
                return Some(Err(format!("{name} ended ({status}) before {what}\n{}", seen())));
            }
            found.map(Ok)
        })
        .await
    }

    /// Asks it to end, with SIGTERM.
    pub fn terminate(&self) {
        signal(&self.child.id().to_string(), "TERM").unwrap();
    }

    /// Asks it to read its files again, with SIGHUP.
    pub fn hang_up(&self) {
        signal(&self.child.id().to_string(), "HUP").unwrap();
    }

    /// Holds it still, with SIGSTOP: it reads and writes nothing.
    pub fn freeze(&self) {
        signal(&self.child.id().to_string(), "STOP").unwrap();
    }

    /// Lets it go on, with SIGCONT.
    pub fn thaw(&self) {
        signal(&self.child.id().to_string(), "CONT").unwrap();
    }

    /// Ends it without a word, with SIGKILL.
    pub fn kill(&self) {
        signal(&self.child.id().to_string(), "KILL").unwrap();
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end, and until all that it has written is read.
    pub async fn ended(&mut self) -> ExitStatus {
        let seen = || shown(&self.name, &self.stdout, &self.stderr);
        let (child, readers) = (&mut self.child, &self.readers);
        wait::until("the program has ended", seen, async || {
            child.try_wait().unwrap().filter(|_| are_finished(readers))
        })
        .await
    }
}

fn are_finished(readers: &[JoinHandle<()>]) -> bool {
    readers.iter().all(JoinHandle::is_finished)
}

fn shown(name: &str, stdout: &Lines, stderr: &Lines) -> String {
    let text = |lines: &Lines| lines.lock().unwrap().join("\n");
    format!("{name} wrote to stdout:\n{}\nand to stderr:\n{}", text(stdout), text(stderr))
}

fn read_lines(from: impl Read + Send + 'static) -> (Lines, JoinHandle<()>) {
    let lines = Lines::default();
    let into = lines.clone();
    let reader = thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            into.lock().unwrap().push(line);
        }
    });
    (lines, reader)
}
