//! How long an address that shows wrong tokens has to wait for each answer.
//!
//! The answer to a right token never waits, so that nobody can lock others out from behind the
//! same address. How many may wait at once is bounded in `admission.rs`.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The wait for the answer to the first wrong token; it doubles with each further one, up to
/// `LAST_WAIT`.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LAST_WAIT: Duration = Duration::from_secs(30);

/// An address is forgotten this long after its last wrong token.
const FORGET: Duration = Duration::from_secs(600);

/// Addresses that are remembered; beyond them the one that is quiet for longest is forgotten.
const MAX_ADDRESSES: usize = 4_096;

/// The addresses that have shown wrong tokens.
#[derive(Debug, Default)]
pub(crate) struct WrongTokens(Mutex<HashMap<IpAddr, Wrong>>);

#[derive(Debug, Clone, Copy)]
struct Wrong {
    times: u32,
    last: Instant,
}

impl WrongTokens {
    /// Takes note of a wrong token. Returns how many have come from this address, and how long
    /// its answer has to wait.
    pub(crate) fn note(&self, address: IpAddr, now: Instant) -> (u32, Duration) {
        let mut addresses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let address = network(address);
        if addresses.len() >= MAX_ADDRESSES && !addresses.contains_key(&address) {
            let quietest = addresses.iter().min_by_key(|(_, wrong)| wrong.last);
            if let Some(quietest) = quietest.map(|(address, _)| *address) {
                addresses.remove(&quietest);
            }
        }
        let wrong = addresses.entry(address).or_insert(Wrong { times: 0, last: now });
        if now.saturating_duration_since(wrong.last) >= FORGET {
            wrong.times = 0;
        }
        wrong.times = wrong.times.saturating_add(1);
        wrong.last = now;
        let doubled = 1_u32.checked_shl(wrong.times - 1).unwrap_or(u32::MAX);
        (wrong.times, FIRST_WAIT.saturating_mul(doubled).min(LAST_WAIT))
    }
}

/// Of an IPv6 address the first 64 bits: the rest is its owner's choice (RFC 4291, section 2.5.4).
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn waits_double_up_to_the_longest_for_each_address() {
        let (wrong, now) = (WrongTokens::default(), Instant::now());
        let waits: Vec<f64> =
            (0..8).map(|_| wrong.note(address("10.0.0.1"), now).1.as_secs_f64()).collect();
        assert_eq!(waits, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        for _ in 0..100 {
            assert_eq!(wrong.note(address("10.0.0.1"), now).1, LAST_WAIT);
        }
        assert_eq!(wrong.note(address("10.0.0.2"), now), (1, FIRST_WAIT));
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address_and_a_mapped_address_as_its_own() {
        let (wrong, now) = (WrongTokens::default(), Instant::now());
        assert_eq!(wrong.note(address("2001:db8::1"), now).0, 1);
        assert_eq!(wrong.note(address("2001:db8::ffff:2"), now).0, 2);
        assert_eq!(wrong.note(address("2001:db8:0:1::1"), now).0, 1);
        assert_eq!(wrong.note(address("10.0.0.1"), now).0, 1);
        assert_eq!(wrong.note(address("::ffff:10.0.0.1"), now).0, 2);
        assert_eq!(wrong.note(address("::ffff:10.0.0.2"), now).0, 1);
    }

    #[test]
    fn an_address_that_keeps_quiet_is_forgotten() {
        let (wrong, now) = (WrongTokens::default(), Instant::now());
        wrong.note(address("10.0.0.1"), now);
        let just_before = now + FORGET - Duration::from_millis(1);
        assert_eq!(wrong.note(address("10.0.0.1"), just_before).0, 2);
        assert_eq!(wrong.note(address("10.0.0.1"), just_before + FORGET).0, 1);
    }

    #[test]
    fn the_quietest_makes_room_for_one_address_too_many() {
        let (wrong, now) = (WrongTokens::default(), Instant::now());
        let max = u32::try_from(MAX_ADDRESSES).unwrap();
        let nth = |n: u32| IpAddr::from(n.to_be_bytes());
        for n in 0..=max {
            wrong.note(nth(n), now + Duration::from_millis(n.into()));
        }
        let now = now + Duration::from_secs(60);
        assert_eq!(wrong.note(nth(1), now).0, 2);
        assert_eq!(wrong.note(nth(0), now).0, 1);
        assert_eq!(wrong.0.lock().unwrap().len(), MAX_ADDRESSES);
    }
}
