//! What `cargo test` printed, as numbers and names.

use std::collections::BTreeMap;

/// Counted tests, and the names of those that failed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// Their names.
    pub failures: Vec<String>,
    /// How often each fault was survived, where the fault tests have run with their output shown.
    pub survived: BTreeMap<String, usize>,
}

impl Summary {
    /// Takes one more line of the output into account.
    pub fn read(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.passed += count_before(counts, "passed");
            self.failed += count_before(counts, "failed");
        } else if let Some(name) =
            line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failures.push(name.to_owned());
        } else if let Some(fault) = line.strip_prefix("survived: ") {
            *self.survived.entry(fault.to_owned()).or_default() += 1;
        }
    }

    /// Adds the counts of another run.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.failures.extend(other.failures);
        for (fault, times) in other.survived {
            *self.survived.entry(fault).or_default() += times;
        }
    }
}

/// The number in front of `word` in `ok. 3 passed; 0 failed; 0 ignored; …`.
fn count_before(counts: &str, word: &str) -> usize {
    let words: Vec<&str> = counts.split([' ', ';']).collect();
    let pair = words.windows(2).find(|pair| pair[1] == word);
    pair.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_several_test_binaries_add_up() {
        let mut summary = Summary::default();
        for line in [
            "test hello_is_answered ... ok",
            "test nothing_is_lost ... FAILED",
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
            "test result: ok. 40 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in 1.00s",
            "survived: relay killed",
            "survived: relay killed",
        ] {
            summary.read(line);
        }
        let failures = vec!["nothing_is_lost".to_owned()];
        let survived = BTreeMap::from([("relay killed".to_owned(), 2)]);
        assert_eq!(summary, Summary { passed: 41, failed: 1, failures, survived });
    }
}
