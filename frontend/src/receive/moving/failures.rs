//! Why copies failed, and which of these reasons would meet all others as well.

use warren_protocol::{Detail, FailReason};

/// A run stops by itself after this many failures, whatever their reasons.
pub const MAX_FAILED: u64 = 100;

/// Why a copy failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The relay has said it, or would.
    Said(FailReason, Option<Detail>),
    /// It takes this many bytes on the wire, and the relay reads at most so many.
    OverWire {
        /// What it takes.
        bytes: usize,
        /// What the relay reads.
        max: usize,
    },
}

/// Copies that failed for one kind of reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Why the first did.
    pub why: Why,
    /// How many.
    pub count: u64,
}

/// Whether no more is to begin: a property or a size is one message's own, anything else is not.
pub(super) fn stops(why: &Why) -> bool {
    match why {
        Why::Said(reason, _) => {
            !matches!(reason, FailReason::InvalidProperty | FailReason::TooLarge)
        }
        Why::OverWire { .. } => false,
    }
}

/// Counts one more.
pub(super) fn count(failures: &mut Vec<Failed>, why: Why) {
    match failures.iter_mut().find(|failed| is_alike(&failed.why, &why)) {
        Some(failed) => failed.count += 1,
        None => failures.push(Failed { why, count: 1 }),
    }
}

/// So there are few reasons, however many messages fail.
fn is_alike(one: &Why, other: &Why) -> bool {
    match (one, other) {
        (Why::Said(one, _), Why::Said(other, _)) => one == other,
        (Why::OverWire { .. }, Why::OverWire { .. }) => true,
        _ => false,
    }
}
