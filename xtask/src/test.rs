//! `cargo xtask test`: everything from a fresh clone to `N passed, N failed`.
//!
//! A failed check does not end the run, so that one run shows all that is wrong; only what cannot
//! work without it is left out, and counts as failed.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context as _, Result, bail};

use crate::{
    bench, build, cargo, ctl,
    installation::Installation,
    npm, packages, page,
    process::{capture, is_root, on_path, prepend_path, run as run_command},
    proxies, python,
    rabbitmq::PrivateNode,
    rabbitmq4, source_rules, static_relay,
    steps::Steps,
    target_dir,
    test_summary::Summary,
    tools,
};

const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

/// What can be typed after `test`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of the end-to-end tests, only those whose names contain this.
    filter: Option<String>,
    /// Only the fault tests, each fault with N seeds; WARREN_FAULT_SEED is the first of them
    #[arg(long, value_name = "N")]
    faults: Option<u32>,
}

/// Does the command.
///
/// # Errors
/// None: what fails is counted.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut run = Run::default();
    let tools = run.set_up(tools::install);
    let python = run.set_up(python::install);
    let axe = run.set_up(|steps| npm::AXE.install(steps));
    let amqp_client = run.set_up(|steps| npm::AMQP_CLIENT.install(steps));
    let browser = run.set_up(browser);
    let broker = run.set_up(broker);
    // Without these only their own tests fail.
    run.set_up(chinese_font);
    run.set_up(proxies::install);
    run.set_up(firefox);

    let four = rabbitmq4::install(&mut run.steps);
    if four.is_none() {
        run.left_out.push("the tests on RabbitMQ 4; the set-up says why");
    }
    run.left_out.extend(image_left_out(static_relay::target().is_some(), is_root()));
    if args.faults.is_none() {
        run.checks();
    }

    let page = tools.and_then(|tools| run.set_up(|steps| page::build(steps, &tools)));
    let relay = page.and_then(|()| run.set_up(build::relay));
    let static_relay = match (static_relay::target(), &relay) {
        (Some(target), Some(_)) if args.faults.is_none() => run.set_up(|steps| {
            packages::image_tools(steps)?;
            static_relay::build(steps, &target)
        }),
        _ => None,
    };
    if let (Some(python), Some(axe), Some(_), Some(()), Some(()), Some(relay)) =
        (python, axe, amqp_client, browser, broker, relay)
    {
        if let Some(node) = run.set_up(node) {
            let mut command = end_to_end(args);
            command
                .env("WARREN_TEST_RELAY", &relay)
                .env("WARREN_TEST_PYTHON", python)
                .env("WARREN_TEST_AXE", axe)
                .env("WARREN_TEST_AMQP_URL", node.amqp_url())
                .envs(static_relay.map(|relay| ("WARREN_TEST_STATIC_RELAY", relay)))
                .envs(node.ctl_handle().to_env(ctl::SYSTEM));
            let four = four.and_then(|four| run.set_up(|steps| node_of_four(steps, &four)));
            if let Some(four) = &four {
                command.env("WARREN_TEST_AMQP4_URL", four.amqp_url());
                command.envs(four.ctl_handle().to_env(ctl::FOUR));
            }
            run.tests("end-to-end tests", command);
            drop(four);
            if args.filter.is_none() && args.faults.is_none() {
                run.check("bench, a little of everything", smoke(&mut cargo(), &relay, &node));
            }
        }
    } else {
        run.failed("end-to-end tests", &anyhow::anyhow!("not run, since what they need failed"));
    }
    Ok(run.finish())
}

#[derive(Default)]
struct Run {
    steps: Steps,
    total: Summary,
    /// What cannot be tested here, and why.
    left_out: Vec<&'static str>,
}

impl Run {
    /// Something that checks need. It counts only when it fails.
    fn set_up<T>(&mut self, work: impl FnOnce(&mut Steps) -> Result<T>) -> Option<T> {
        let done = work(&mut self.steps);
        done.map_err(|error| self.failed("set-up", &error)).ok()
    }

    /// What needs no broker.
    fn checks(&mut self) {
        self.check("cargo fmt", cargo().args(["fmt", "--all", "--check"]));
        self.check_with("rules for the source", source_rules::check);
        self.check("clippy", clippy(&["--workspace", "--all-targets"]).args(DENY_WARNINGS));
        let page_crates = [
            "-p",
            "warren-frontend",
            "-p",
            "warren-protocol",
            "--target",
            "wasm32-unknown-unknown",
        ];
        self.check("clippy of the page", clippy(&page_crates).args(DENY_WARNINGS));
        self.check(
            "rustdoc",
            cargo()
                .args(["doc", "--workspace", "--no-deps", "--locked"])
                .env("RUSTDOCFLAGS", "-D warnings"),
        );
        self.deny();
        // All test runs select the whole workspace: another selection would have other features of
        // the same libraries, and build them once more.
        self.tests("unit tests", test_command(&["--lib", "--bins"]));
        self.check("documentation tests", &mut test_command(&["--doc"]));
    }

    fn check(&mut self, name: &str, command: &mut Command) {
        self.check_with(name, || run_command(command));
    }

    fn check_with(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        match self.steps.work(name, "", work) {
            Ok(()) => self.total.passed += 1,
            Err(error) => self.failed(name, &error),
        }
    }

    /// Licences, sources, duplicates; and advisories, where their database can be had.
    fn deny(&mut self) {
        let Some(path) = self.set_up(tools::cargo_deny) else { return };
        let deny = |words: &[&str]| {
            let mut command = cargo();
            command.arg("deny").args(words);
            prepend_path(&mut command, &path).map(|()| command)
        };
        let rules = ["check", "-D", "warnings", "bans", "licenses", "sources"];
        self.check_with("cargo deny", || run_command(&mut deny(&rules)?));
        let advisories = "cargo deny, advisories";
        if deny(&["fetch", "db"]).and_then(|mut fetch| capture(&mut fetch)).is_err() {
            self.steps.left_out(advisories, "GitHub, which has them, cannot be reached");
            return;
        }
        self.check_with(advisories, || {
            run_command(&mut deny(&["check", "-D", "warnings", "advisories"])?)
        });
    }

    fn tests(&mut self, name: &str, command: Command) {
        let mut counted = Summary::default();
        let done = self.steps.work(name, "", || count_tests(command, &mut counted));
        if let Err(error) = done {
            // Each failed test counts; a run that failed in another way counts as one.
            if counted.failed == 0 {
                self.failed(name, &error);
            }
        }
        self.total.add(counted);
    }

    fn failed(&mut self, name: &str, error: &anyhow::Error) {
        eprintln!("      {error:#}");
        self.total.failed += 1;
        self.total.failures.push(name.to_owned());
    }

    fn finish(self) -> ExitCode {
        for (fault, times) in &self.total.survived {
            println!("survived {times} times: {fault}");
        }
        for name in &self.total.failures {
            println!("failed: {name}");
        }
        for what in &self.left_out {
            println!("left out: {what}");
        }
        println!("{} passed, {} failed", self.total.passed, self.total.failed);
        if self.total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// What of the container image is not tested, and why.
fn image_left_out(on_linux: bool, as_root: bool) -> Option<&'static str> {
    match (on_linux, as_root) {
        (false, _) => Some(
            "the tests of the static relay and of the container image, which Linux alone can make",
        ),
        (true, false) => {
            Some("what runs in the container image: only root can change to its folder and user")
        }
        (true, true) => None,
    }
}

fn clippy(selection: &[&str]) -> Command {
    let mut command = cargo();
    command.args(["clippy", "--locked"]).args(selection);
    command
}

fn test_command(targets: &[&str]) -> Command {
    let mut command = cargo();
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(targets);
    command
}

/// The end-to-end tests, or the fault tests alone, which say at what moments the faults came.
fn end_to_end(args: &Args) -> Command {
    let binary = if args.faults.is_some() { "faults" } else { "*" };
    let mut command = test_command(&["--test", binary, "--"]);
    command.args(&args.filter);
    if let Some(repetitions) = args.faults {
        command.env("WARREN_FAULTS", repetitions.to_string()).arg("--nocapture");
    }
    command
}

/// The bench as it is built for tests: that it works, not how fast anything is.
fn smoke<'a>(command: &'a mut Command, relay: &Path, node: &PrivateNode) -> &'a mut Command {
    command.args(["run", "--locked", "--package", "warren-bench", "--", "--smoke"]);
    bench::with_environment(command, relay, node)
}

/// Runs `cargo test`, passing on what it prints and counting the tests in it.
fn count_tests(mut command: Command, counted: &mut Summary) -> Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cargo test")?;
    let stdout = child.stdout.take().context("cargo test has no stdout")?;
    for line in BufReader::new(stdout).lines() {
        let line = line.context("cannot read what cargo test prints")?;
        println!("{line}");
        counted.read(&line);
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("cargo test failed ({status}); see what it printed above");
    }
    if counted.passed == 0 {
        bail!("no test has run");
    }
    Ok(())
}

/// Chromium and its driver, as one step.
pub(crate) fn browser(steps: &mut Steps) -> Result<()> {
    let there = || ["chromium", "chromedriver"].iter().all(|name| on_path(name).is_some());
    let what = "Chromium and chromedriver";
    if there() {
        let version = capture(Command::new("chromedriver").arg("--version"))?;
        let version = version.split(' ').nth(1).unwrap_or_default();
        steps.ready(&format!("{what} {version}"));
        return Ok(());
    }
    steps.work(what, "first time only", || packages::install(packages::CHROMIUM))
}

/// Something that Chromium draws Chinese with, as one step.
fn chinese_font(steps: &mut Steps) -> Result<()> {
    let of_chinese = || capture(Command::new("fc-list").args([":lang=zh-cn", "family"]));
    if cfg!(target_os = "macos") || of_chinese().is_ok_and(|fonts| !fonts.is_empty()) {
        steps.ready("a Chinese font");
        return Ok(());
    }
    let what = packages::CHINESE_FONT.what;
    steps.work(what, "first time only", || packages::install(packages::CHINESE_FONT))
}

/// Firefox and its driver.
fn firefox(steps: &mut Steps) -> Result<()> {
    if ["firefox-esr", "firefox"].iter().any(|name| on_path(name).is_some()) {
        steps.ready("Firefox");
    } else {
        steps.work("Firefox", "first time only", || packages::install(packages::FIREFOX))?;
    }
    tools::install_geckodriver(steps)
}

/// RabbitMQ's programs, as one step.
pub(crate) fn broker(steps: &mut Steps) -> Result<()> {
    if Installation::system().is_some() {
        steps.ready("RabbitMQ");
        return Ok(());
    }
    steps.work("RabbitMQ", "first time only", || packages::install(packages::RABBITMQ))
}

/// The one node that all end-to-end tests share, as one step.
fn node(steps: &mut Steps) -> Result<PrivateNode> {
    steps.work("RabbitMQ: a private node", "some 15 s", || {
        PrivateNode::start_empty(&target_dir().join("rabbitmq/test"), "warren-test")
    })
}

/// The one node of RabbitMQ 4 beside it.
fn node_of_four(steps: &mut Steps, four: &Installation) -> Result<PrivateNode> {
    steps.work("RabbitMQ 4.0: a private node", "some 15 s", || {
        PrivateNode::start_empty_of(four, &target_dir().join("rabbitmq/test-4"), "warren-test-4")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_of_the_image_is_not_tested_is_said() {
        assert_eq!(image_left_out(true, true), None);
        assert!(image_left_out(true, false).is_some_and(|what| what.contains("only root")));
        assert!(image_left_out(false, true).is_some_and(|what| what.contains("Linux alone")));
    }
}
