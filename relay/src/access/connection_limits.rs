//! How many may be here at once: in all, and from one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::network;

/// Hands out permits: so many in all, and so many for each address.
#[derive(Debug)]
pub(crate) struct ConnectionLimits {
    max: usize,
    max_each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Only addresses with a permit.
    each: HashMap<IpAddr, usize>,
}

/// Counts one client, until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    limits: Arc<ConnectionLimits>,
    address: Option<IpAddr>,
}

/// Why there is no permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitError {
    InAll,
    ForThisAddress,
}

impl ConnectionLimits {
    pub(crate) fn new(max: usize, max_each: usize) -> Arc<Self> {
        Arc::new(Self { max, max_each, taken: Mutex::default() })
    }

    /// Takes a permit for `address`; the networks of IPv6 count as one address each. Without one
    /// only the bound in all counts.
    pub(crate) fn take(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Permit, LimitError> {
        let address = address.map(network);
        let mut taken = self.lock();
        let taken = &mut *taken;
        if taken.all >= self.max {
            return Err(LimitError::InAll);
        }
        if let Some(address) = address {
            let each = taken.each.entry(address).or_default();
            if *each >= self.max_each {
                return Err(LimitError::ForThisAddress);
            }
            *each += 1;
        }
        taken.all += 1;
        Ok(Permit { limits: Arc::clone(self), address })
    }

    /// Held for a moment only, never across an await.
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = self.limits.lock();
        taken.all -= 1;
        if let Some(address) = &self.address
            && let Some(each) = taken.each.get_mut(address)
        {
            *each -= 1;
            if *each == 0 {
                taken.each.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_are_bounded_in_all_and_for_each_address_and_given_back() {
        let limits = ConnectionLimits::new(3, 2);
        let [one, two] = ["10.0.0.1", "10.0.0.2"].map(|text| text.parse().ok());
        let first = limits.take(one).unwrap();
        let second = limits.take(one).unwrap();
        assert_eq!(limits.take(one).unwrap_err(), LimitError::ForThisAddress);
        let third = limits.take(two).unwrap();
        assert_eq!(limits.take(two).unwrap_err(), LimitError::InAll);
        drop(first);
        let fourth = limits.take(one).unwrap();
        drop(second);
        let fifth = limits.take(None).unwrap();
        assert_eq!(limits.take(None).unwrap_err(), LimitError::InAll);
        drop((third, fourth, fifth));
        let taken = limits.lock();
        assert_eq!((taken.all, taken.each.len()), (0, 0));
    }
}
