//! Every target, on everything in its corpus and on small changes of that: the same ones each
//! time, so that a failure is a change of ours.

#![allow(clippy::unwrap_used)] // tests may

use std::{fmt, fs};

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use warren_fuzz::{TARGETS, Target, corpus};

/// Changed inputs that each target gets.
const CASES: u32 = 2_000;
/// Changes of one input, at most.
const MOST_CHANGES: usize = 6;
/// What is kept in the repository: that it is quick to run, and to look through.
const MOST_FILES: usize = 200;
const MOST_BYTES: usize = 1024;

/// Printed so that it can be read.
struct Input(Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// One change of an input.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    /// Goes on as another input does.
    Join(Index, Vec<u8>),
}

fn inputs(target: &Target) -> Vec<Vec<u8>> {
    let mut files: Vec<_> =
        fs::read_dir(corpus(target)).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn change(inputs: Vec<Vec<u8>>) -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<Index>(), vec(any::<u8>(), 1..5)).prop_map(|(at, new)| Change::Insert(at, new)),
        (any::<Index>(), 1usize..9).prop_map(|(at, count)| Change::Remove(at, count)),
        (any::<Index>(), select(inputs)).prop_map(|(at, other)| Change::Join(at, other)),
    ]
}

fn changed(mut input: Vec<u8>, changes: Vec<Change>) -> Vec<u8> {
    for change in changes {
        let place = |at: Index| at.index(input.len() + 1);
        match change {
            Change::Set(at, byte) => {
                let at = place(at);
                if let Some(old) = input.get_mut(at) {
                    *old = byte;
                }
            }
            Change::Insert(at, new) => {
                let at = place(at);
                input.splice(at..at, new);
            }
            Change::Remove(at, count) => {
                let at = place(at);
                input.drain(at..input.len().min(at + count));
            }
            Change::Join(at, other) => {
                let at = place(at);
                input.splice(at.., other.into_iter().skip(at));
            }
        }
    }
    input
}

fn run(name: &str) {
    let target = warren_fuzz::target(name).unwrap();
    let inputs = inputs(&target);
    for input in &inputs {
        (target.run)(input);
    }
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRunner::deterministic().rng().clone());
    let change = vec(change(inputs.clone()), 1..=MOST_CHANGES);
    let input =
        (select(inputs), change).prop_map(|(input, changes)| Input(changed(input, changes)));
    let found = runner.run(&input, |Input(bytes)| {
        (target.run)(&bytes);
        Ok(())
    });
    found.unwrap_or_else(|error| panic!("{name}: {error}"));
}

macro_rules! short_runs {
    ($($target:ident)*) => {
        $(
            #[test]
            fn $target() {
                run(stringify!($target));
            }
        )*

        #[test]
        fn every_target_has_a_short_run() {
            let names = [$(stringify!($target)),*];
            assert_eq!(names.to_vec(), TARGETS.map(|target| target.name).to_vec());
        }
    };
}

short_runs! {
    client_message server_message body headers publish command_line config_file guard token_file outbox message
}

#[test]
fn the_corpus_is_small() {
    let all: Vec<Vec<u8>> = TARGETS.iter().flat_map(inputs).collect();
    assert!(all.len() <= MOST_FILES, "{} files", all.len());
    assert!(all.iter().all(|input| input.len() <= MOST_BYTES));
}
