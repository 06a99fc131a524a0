//! What the relay's process takes: memory and processor time, from `/proc`.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use warren_tests::relay::Relay;

/// Ticks of a second in `/proc/PID/stat`: Linux has 100 for programs on every machine.
const TICKS: f64 = 100.0;

/// Resident memory in MiB.
#[must_use]
pub(crate) fn resident_mib(relay: &Relay) -> f64 {
    relay.resident() as f64 / (1 << 20) as f64
}

/// The share of one processor, in percent, that the relay takes during `time`.
pub(crate) async fn cpu_percent(relay: &Relay, time: Duration) -> f64 {
    let (start, before) = (Instant::now(), cpu_seconds(relay));
    sleep(time).await;
    (cpu_seconds(relay) - before) / start.elapsed().as_secs_f64() * 100.0
}

fn cpu_seconds(relay: &Relay) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", relay.program.id())).unwrap();
    // After the name, which stands in brackets: field 3 on; 14 and 15 are user and system time.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = |at: usize| fields.split_whitespace().nth(at).unwrap().parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS
}

/// The most resident memory, in MiB, that the relay has while `work` is under way, looked at ten
/// times a second, beyond what it had before; and what `work` gives.
pub(crate) async fn growth_mib<T>(relay: &Relay, work: impl Future<Output = T>) -> (f64, T) {
    let start = resident_mib(relay);
    let mut max = start;
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return (max.max(resident_mib(relay)) - start, done),
            () = sleep(Duration::from_millis(100)) => max = max.max(resident_mib(relay)),
        }
    }
}
