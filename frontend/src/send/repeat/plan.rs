//! How many messages at which rate: as typed, and as checked.

use crate::ui::{language::Language, number::grouped};

/// Messages of one run.
pub const MAX_TOTAL: u64 = 1_000_000;
/// The highest steady rate; faster is "as fast as possible".
pub const MAX_PER_SECOND: u64 = 100_000;

/// How a message is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// How many messages, 1 to [`MAX_TOTAL`].
    pub total: u64,
    /// How many each second, 1 to [`MAX_PER_SECOND`]; as fast as possible where absent.
    pub per_second: Option<u64>,
    /// Whether [placeholders](crate::send::placeholders) are filled in.
    pub numbered: bool,
}

impl Plan {
    /// Milliseconds from one message to the next, at a steady rate.
    pub(super) fn every_ms(&self) -> Option<f64> {
        self.per_second.map(|count| 1_000.0 / count.max(1) as f64)
    }
}

/// A plan as it stands in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanForm {
    /// The field "How many".
    pub total: String,
    /// Whether the rate is a steady one.
    pub steady: bool,
    /// The field "Per second".
    pub per_second: String,
    /// The box "Number them".
    pub numbered: bool,
}

impl Default for PlanForm {
    fn default() -> Self {
        Self {
            total: "100".to_owned(),
            steady: false,
            per_second: "10".to_owned(),
            numbered: false,
        }
    }
}

/// What is wrong with a plan, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// In the field "How many".
    Total(String),
    /// In the field "Per second".
    PerSecond(String),
}

impl Mistake {
    /// The id of the field's element on the page.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Total(_) => "repeat-total",
            Self::PerSecond(_) => "repeat-rate",
        }
    }
}

impl PlanForm {
    /// The plan, or the first mistake in words.
    pub fn check(&self, language: Language) -> Result<Plan, Mistake> {
        let total = whole(&self.total, MAX_TOTAL, language).map_err(Mistake::Total)?;
        let per_second = if self.steady {
            Some(whole(&self.per_second, MAX_PER_SECOND, language).map_err(Mistake::PerSecond)?)
        } else {
            None
        };
        Ok(Plan { total, per_second, numbered: self.numbered })
    }
}

/// A whole number from 1 to `max`, or what is wrong in words.
pub(in crate::send) fn whole(text: &str, max: u64, language: Language) -> Result<u64, String> {
    match text.trim().parse() {
        Ok(number) if (1..=max).contains(&number) => Ok(number),
        _ => Err(language.whole_number_up_to(&grouped(max))),
    }
}
