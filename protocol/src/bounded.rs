//! A list with a bound that is checked while it is read: a message of a few MiB may name millions
//! of items, each of which takes many times its JSON once it is read.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

/// Reads at most `MAX` items; for serde's `deserialize_with`.
pub(crate) fn list<'de, D, T, const MAX: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_seq(Items::<T, MAX>(PhantomData))
}

struct Items<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Items<T, MAX> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MAX} items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element()? {
            if read.len() == MAX {
                return Err(A::Error::invalid_length(MAX + 1, &self));
            }
            read.push(item);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_more_than_the_bound_is_an_error_that_names_it() {
        let read = |json| list::<_, u8, 3>(&mut serde_json::Deserializer::from_str(json));
        assert_eq!(read("[1,2]").unwrap(), [1, 2]);
        assert_eq!(read("[1,2,3]").unwrap(), [1, 2, 3]);
        let error = read("[1,2,3,4]").unwrap_err().to_string();
        assert!(error.contains("at most 3 items"), "{error}");
    }
}
