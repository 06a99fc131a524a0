//! Who may come in, and how many at once: decided from the address, the `Host` and `Origin` headers
//! and the token alone.

mod admission;
mod connection_limits;
mod origin_policy;
mod token_file;
mod tokens;
mod unauthenticated;
mod wrong_tokens;

pub(crate) use admission::Admission;
pub(crate) use connection_limits::{ConnectionLimits, LimitError, Permit};
pub(crate) use origin_policy::{BadOrigin, Origin, OriginPolicy};
pub(crate) use token_file::TokenFile;
pub(crate) use tokens::{Grant, TokenDigest, Tokens, make_token};
pub(crate) use wrong_tokens::{WrongTokens, network};
