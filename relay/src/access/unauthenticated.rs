//! Clients that have not shown yet that they may come in: few at once, and nobody is kept out by
//! them. One more than that from an address ends the one that has said nothing for longest, and so
//! a client that says its `hello` at once always gets to say it, however many silent ones there
//! are.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;

use super::network;

/// Those that have not shown yet that they may come in.
#[derive(Debug)]
pub(crate) struct Unauthenticated {
    max: usize,
    max_per_address: usize,
    clients: Mutex<Clients>,
}

#[derive(Debug, Default)]
struct Clients {
    /// Numbers count up, so that the first is the one that waits for longest.
    next: u64,
    waiting: BTreeMap<u64, Waiting>,
    /// The numbers of each address that has any.
    by_address: HashMap<IpAddr, BTreeSet<u64>>,
}

#[derive(Debug)]
struct Waiting {
    address: IpAddr,
    displaced: CancellationToken,
}

/// One such client, until it is dropped.
#[derive(Debug)]
pub(crate) struct Newcomer {
    all: Arc<Unauthenticated>,
    number: u64,
    displaced: CancellationToken,
}

impl Unauthenticated {
    /// At most `max` at once, and `max_per_address` from one address.
    pub(crate) fn new(max: usize, max_per_address: usize) -> Arc<Self> {
        Arc::new(Self { max, max_per_address, clients: Mutex::default() })
    }

    /// Lets one more in from `address`; the networks of IPv6 count as one address each. Where that
    /// is one too many, the one that waits for longest has to go.
    pub(crate) fn add(self: &Arc<Self>, address: IpAddr) -> Newcomer {
        let address = network(address);
        let displaced = CancellationToken::new();
        let mut clients = self.lock();
        let of_address = clients.by_address.get(&address);
        let longest = if of_address.is_some_and(|numbers| numbers.len() >= self.max_per_address) {
            of_address.and_then(|numbers| numbers.first().copied())
        } else if clients.waiting.len() >= self.max {
            clients.waiting.keys().next().copied()
        } else {
            None
        };
        if let Some(client) = longest.and_then(|number| clients.remove(number)) {
            client.displaced.cancel();
        }
        let number = clients.next;
        clients.next += 1;
        clients.by_address.entry(address).or_default().insert(number);
        clients.waiting.insert(number, Waiting { address, displaced: displaced.clone() });
        Newcomer { all: Arc::clone(self), number, displaced }
    }

    /// Held for a moment only, never across an await.
    fn lock(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clients {
    fn remove(&mut self, number: u64) -> Option<Waiting> {
        let client = self.waiting.remove(&number)?;
        if let Some(numbers) = self.by_address.get_mut(&client.address) {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.by_address.remove(&client.address);
            }
        }
        Some(client)
    }
}

impl Newcomer {
    /// Waits until it has to make room for another one.
    pub(crate) async fn displaced(&self) {
        self.displaced.cancelled().await;
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        self.all.lock().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn displaced(newcomers: &[&Newcomer]) -> Vec<bool> {
        newcomers.iter().map(|newcomer| newcomer.displaced.is_cancelled()).collect()
    }

    #[test]
    fn one_too_many_from_an_address_ends_the_one_of_it_that_waits_for_longest() {
        let all = Unauthenticated::new(10, 2);
        let other = all.add(address("10.0.0.2"));
        let [first, second] = [1, 2].map(|_| all.add(address("10.0.0.1")));
        assert_eq!(displaced(&[&other, &first, &second]), [false, false, false]);
        let third = all.add(address("10.0.0.1"));
        assert_eq!(displaced(&[&other, &first, &second, &third]), [false, true, false, false]);
        // One that has come in or left makes room.
        drop(second);
        let fourth = all.add(address("10.0.0.1"));
        assert_eq!(displaced(&[&third, &fourth]), [false, false]);
    }

    #[test]
    fn one_too_many_in_all_ends_the_one_that_waits_for_longest() {
        let all = Unauthenticated::new(2, 2);
        let clients = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(|text| all.add(address(text)));
        assert_eq!(displaced(&clients.each_ref()), [true, false, false]);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let all = Unauthenticated::new(10, 1);
        let first = all.add(address("2001:db8::1"));
        let second = all.add(address("2001:db8::2"));
        assert_eq!(displaced(&[&first, &second]), [true, false]);
    }

    #[test]
    fn those_that_are_gone_leave_nothing_behind() {
        let all = Unauthenticated::new(3, 2);
        let clients: Vec<_> = (0..9).map(|n| all.add(IpAddr::from([10, 0, 0, n % 3]))).collect();
        assert_eq!(all.lock().waiting.len(), 3);
        drop(clients);
        let clients = all.lock();
        assert_eq!((clients.waiting.len(), clients.by_address.len()), (0, 0));
    }
}
