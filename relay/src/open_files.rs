//! How many files the process may have open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// Files beside those of clients: the broker's connections, the log, what libraries keep.
const OTHERS: u64 = 200;

/// Raises the limit, as far as the system lets, to room for `connections`; warns where that is
/// not enough.
pub(crate) fn allow(connections: usize) {
    let wanted = connections as u64 + OTHERS;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // None is no limit.
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let allowed = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum });
    if raised.is_err() || allowed < wanted {
        let files = if raised.is_ok() { Some(allowed) } else { current };
        warn!(
            files,
            "this process may open fewer files than [limits] max-sessions needs ({wanted}); raise \
             ulimit -n, or lower max-sessions"
        );
    }
}
