//! How many clients may be here at once, by what they have shown: sessions, those that have not
//! said who they are, and those that have shown a wrong token. Each kind has a bound of its own,
//! so that none can take another's room.

use std::{net::IpAddr, sync::Arc};

use super::{
    ConnectionLimits, LimitError, Permit,
    unauthenticated::{Newcomer, Unauthenticated},
};

/// Clients that have not shown a valid token yet, in all: it counts as a session once it has, and
/// with a `hello` that comes at once that takes a moment.
const MAX_UNAUTHENTICATED: usize = 1_000;
/// The same from one address, or one /64 network of IPv6.
const MAX_UNAUTHENTICATED_PER_ADDRESS: usize = 100;

/// Clients that wait for the answer to a wrong token, in all. Who shows one beyond that is
/// answered and closed at once.
const MAX_DELAYED: usize = 500;
/// The same from one address, or one /64 network of IPv6.
const MAX_DELAYED_PER_ADDRESS: usize = 10;

/// Who may be here at once.
#[derive(Debug)]
pub(crate) struct Admission {
    sessions: Arc<ConnectionLimits>,
    unauthenticated: Arc<Unauthenticated>,
    delayed: Arc<ConnectionLimits>,
}

impl Admission {
    /// So many sessions, in all and from one address.
    pub(crate) fn new(max_sessions: usize, max_sessions_per_address: usize) -> Self {
        Self {
            sessions: ConnectionLimits::new(max_sessions, max_sessions_per_address),
            unauthenticated: Unauthenticated::new(
                MAX_UNAUTHENTICATED,
                MAX_UNAUTHENTICATED_PER_ADDRESS,
            ),
            delayed: ConnectionLimits::new(MAX_DELAYED, MAX_DELAYED_PER_ADDRESS),
        }
    }

    /// A permit for a session.
    pub(crate) fn session(&self, address: IpAddr) -> Result<Permit, LimitError> {
        self.sessions.take(Some(address))
    }

    /// A client that may still turn out to be anyone. It may have to make room for another one.
    pub(crate) fn newcomer(&self, address: IpAddr) -> Newcomer {
        self.unauthenticated.add(address)
    }

    /// A permit for a client whose wrong token is answered late, if there is one.
    pub(crate) fn delayed(&self, address: IpAddr) -> Option<Permit> {
        self.delayed.take(Some(address)).ok()
    }
}
