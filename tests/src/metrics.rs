//! What a relay shows at `/metrics`.

use std::collections::BTreeMap;

/// The values of one scrape, by series as it is written: `name` or `name{label="value"}`.
#[derive(Debug, Clone)]
pub struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    /// Reads the text of a scrape.
    ///
    /// # Panics
    /// When a line is neither a comment nor a series with its value, or a series is there twice.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut values = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let earlier = values.insert(series.to_owned(), value.parse().unwrap());
            assert!(earlier.is_none(), "{series} is there twice");
        }
        assert!(text.ends_with("\n# EOF\n"), "the text has no end: {text}");
        Self(values)
    }

    /// The value of a series.
    ///
    /// # Panics
    /// When it is not there.
    #[must_use]
    pub fn get(&self, series: &str) -> f64 {
        *self.0.get(series).unwrap_or_else(|| panic!("no {series} in {:#?}", self.0))
    }

    /// What has changed of `warren_`'s series since `before`; times, buckets and memory aside.
    #[must_use]
    pub fn since(&self, before: &Self) -> Vec<(&str, f64)> {
        self.0
            .iter()
            .filter(|(series, _)| series.starts_with("warren_"))
            .filter(|(series, _)| !series.starts_with("warren_memory_"))
            .filter(|(series, _)| !series.contains("_bucket{") && !series.ends_with("_seconds_sum"))
            .map(|(series, value)| (series.as_str(), value - before.get(series)))
            .filter(|(_, change)| *change != 0.0)
            .collect()
    }
}
