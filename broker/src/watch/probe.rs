//! Whether tracing is on: a message to the tap itself shows it. RabbitMQ publishes the trace of a
//! message before it routes the message, so that where tracing is on the trace comes first.

/// Looks without a sign between two probes while tracing is on: something is traced more often than
/// that where there is anything to watch.
const QUIET_LOOKS: u32 = 5;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Probe {
    /// The newest probe that was sent.
    number: u64,
    /// A trace has come since.
    heard: bool,
    is_on: Option<bool>,
    quiet: u32,
}

impl Probe {
    /// Whether tracing is on, once that is known.
    pub(super) fn is_on(&self) -> Option<bool> {
        self.is_on
    }

    /// To be called regularly: the number of the probe to send, where one is due.
    pub(super) fn look(&mut self) -> Option<u64> {
        if self.is_on == Some(true) {
            self.quiet += 1;
            if self.quiet < QUIET_LOOKS {
                return None;
            }
        }
        self.quiet = 0;
        self.heard = false;
        self.number += 1;
        Some(self.number)
    }

    /// The trace of anything came.
    pub(super) fn trace(&mut self) {
        self.heard = true;
        self.quiet = 0;
        self.is_on = Some(true);
    }

    /// A probe came.
    pub(super) fn came(&mut self, number: u64) {
        if number == self.number && !self.heard {
            self.is_on = Some(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_says_yes_and_a_probe_without_one_says_no() {
        let mut probe = Probe::default();
        assert_eq!(probe.is_on(), None);
        let number = probe.look().unwrap();
        probe.came(number);
        assert_eq!(probe.is_on(), Some(false));
        let number = probe.look().unwrap();
        probe.trace();
        probe.came(number);
        assert_eq!(probe.is_on(), Some(true));
    }

    #[test]
    fn a_late_probe_says_nothing() {
        let mut probe = Probe::default();
        let first = probe.look().unwrap();
        let second = probe.look().unwrap();
        probe.came(first);
        assert_eq!(probe.is_on(), None, "the trace of the second may be on its way");
        probe.came(second);
        assert_eq!(probe.is_on(), Some(false));
    }

    #[test]
    fn while_traces_come_no_probe_is_needed_and_in_silence_it_is() {
        let mut probe = Probe::default();
        probe.trace();
        for _ in 0..100 {
            assert_eq!(probe.look(), None);
            probe.trace();
        }
        let sent: Vec<_> = (0..2 * QUIET_LOOKS).filter_map(|_| probe.look()).collect();
        assert_eq!(sent, [1, 2]);
        probe.came(2);
        assert_eq!(probe.is_on(), Some(false), "it was switched off");
        assert_eq!(probe.look(), Some(3));
    }
}
