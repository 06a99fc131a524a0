//! A fault comes at a moment drawn from a seed, and the seed is printed, so that a failure can be
//! repeated: `WARREN_FAULT_SEED=… cargo xtask test NAME`. `WARREN_FAULTS=N` repeats each fault
//! with N seeds.

use std::{
    ops::Range,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    flow::{FLOW, Flow},
    node::{self, Rabbit},
};

/// One repetition of a fault.
#[derive(Debug)]
pub struct Fault {
    name: String,
    seed: u64,
    random: Random,
}

/// Runs `body` once for each seed: one, or as many as `WARREN_FAULTS` says.
///
/// # Panics
/// When one of the variables is no number.
pub async fn repeat(name: &str, body: impl AsyncFnMut(Fault)) {
    repeat_as(name.to_owned(), body).await;
}

/// [`repeat`] on this RabbitMQ, which the body is for; where there is no such RabbitMQ the fault is left
/// out.
pub async fn repeat_on(rabbit: Rabbit, name: &str, body: impl AsyncFnMut(Fault)) {
    if !node::is_there(rabbit) {
        return;
    }
    let version = if rabbit == Rabbit::V4 { " (RabbitMQ 4)" } else { "" };
    repeat_as(format!("{name}{version}"), body).await;
}

async fn repeat_as(name: String, mut body: impl AsyncFnMut(Fault)) {
    let number = |variable| {
        let text = std::env::var(variable).ok()?;
        Some(text.parse::<u64>().unwrap_or_else(|_| panic!("{variable} is no number: {text:?}")))
    };
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    let first = number("WARREN_FAULT_SEED").unwrap_or_else(now);
    for seed in first..first + number("WARREN_FAULTS").unwrap_or(1) {
        println!("{name}: WARREN_FAULT_SEED={seed}");
        body(Fault { name: name.clone(), seed, random: Random(seed) }).await;
        // `cargo xtask test --faults` counts these lines.
        println!("survived: {name}");
    }
}

impl Fault {
    /// Waits for this repetition's moment: so many messages are confirmed, somewhere between a
    /// tenth and nine tenths of the flow.
    pub async fn moment(&mut self, flow: &Flow) {
        let moment = self.moment_of(FLOW);
        flow.until_confirmed(moment).await;
    }

    /// This repetition's moment in a flow of `count` messages: a number of messages.
    pub fn moment_of(&mut self, count: u64) -> u64 {
        let moment = self.random.among(count / 10..count * 9 / 10);
        println!("{}, seed {}: after {moment} of {count}", self.name, self.seed);
        moment
    }

    /// A number drawn from the seed.
    pub fn among(&mut self, range: Range<u64>) -> u64 {
        self.random.among(range)
    }
}

/// Numbers that look random and are the same for the same seed (splitmix64).
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of a range that is not empty.
    pub fn among(&mut self, range: Range<u64>) -> u64 {
        range.start + self.number() % (range.end - range.start)
    }

    /// A number in 0..1.
    pub fn fraction(&mut self) -> f64 {
        self.among(0..1 << 53) as f64 / (1u64 << 53) as f64
    }
}
