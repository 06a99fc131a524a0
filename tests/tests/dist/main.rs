//! What is handed out: the archives and the container image.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

mod archive;
mod image;
