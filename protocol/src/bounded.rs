//! A list with a bound that is checked while it is read: a frame of a few MiB may name millions
//! of items, each of which takes many times its JSON once it is read.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

/// At most `MOST` items.
pub(crate) struct Bounded<T, const MOST: usize>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Bounded<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const MOST: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {MOST} items")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
                let mut read = Vec::new();
                while let Some(item) = items.next_element()? {
                    if read.len() == MOST {
                        return Err(A::Error::invalid_length(MOST + 1, &self));
                    }
                    read.push(item);
                }
                Ok(read)
            }
        }

        deserializer.deserialize_seq(Items::<T, MOST>(PhantomData)).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_more_than_the_bound_is_an_error_that_names_it() {
        let read = |json: &str| serde_json::from_str::<Bounded<u8, 3>>(json).map(|list| list.0);
        assert_eq!(read("[1,2]").unwrap(), [1, 2]);
        assert_eq!(read("[1,2,3]").unwrap(), [1, 2, 3]);
        let error = read("[1,2,3,4]").unwrap_err().to_string();
        assert!(error.contains("at most 3 items"), "{error}");
    }
}
