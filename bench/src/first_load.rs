//! The first load: bytes over the wire, time until ready, and what Lighthouse says of it.

use std::process::Command;

use serde_json::Value;
use warren_tests::{node, relay::Relay};

use crate::{
    browser,
    report::{Goal, Report},
    scale::Scale,
};

/// What Lighthouse judges, and what it has to say at least, of 100.
const CATEGORIES: [(&str, f64); 3] =
    [("performance", 95.0), ("accessibility", 100.0), ("best-practices", 100.0)];

/// Measures and reports.
pub(crate) async fn measure(scale: &Scale, report: &mut Report) {
    let (mut ready, mut bytes) = (Vec::new(), Vec::new());
    let relay = Relay::start(&node::vhost().await, &[]).await;
    for _ in 0..scale.rounds {
        let (ms, wire) = browser::first_load(&relay).await;
        ready.push(ms);
        bytes.push(wire / 1000.0);
    }
    report.add("first load", "bytes over the wire, brotli", "KB", bytes, Goal::AtMost(260.0));
    let what = "navigation to ready to send, nothing cached";
    report.add("first load", what, "ms", ready, Goal::AtMost(1_000.0));
    let Some(lighthouse) = std::env::var_os("WARREN_BENCH_LIGHTHOUSE") else {
        eprintln!("      Lighthouse is not there: its figures are left out");
        return;
    };
    let mut scores = [(); 3].map(|()| Vec::new());
    for _ in 0..scale.rounds {
        let mut command = Command::new("node");
        command.arg(&lighthouse).arg(relay.url()).args([
            "--quiet",
            "--output=json",
            "--only-categories=performance,accessibility,best-practices",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu \
             --disable-background-networking --no-first-run",
        ]);
        let said = tokio::task::spawn_blocking(move || xtask::process::capture(&mut command));
        let said: Value = serde_json::from_str(&said.await.unwrap().unwrap()).unwrap();
        for ((category, _), scores) in CATEGORIES.iter().zip(&mut scores) {
            let score = said["categories"][category]["score"].as_f64();
            scores.push(score.unwrap_or_else(|| panic!("no score for {category}: {said}")) * 100.0);
        }
    }
    for ((category, min), scores) in CATEGORIES.into_iter().zip(scores) {
        report.add("Lighthouse", category, "of 100", scores, Goal::AtLeast(min));
    }
}
