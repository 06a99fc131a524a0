//! `warren-pack FOLDER TARGET=RELAY…`, for `cargo xtask dist`: packs relays, and prints the files.

use std::{env, path::Path};

use anyhow::{Context as _, Result};

fn main() -> Result<()> {
    let mut args = env::args().skip(1);
    let into = args.next().context("name a folder")?;
    let relays = args.map(|arg| {
        let (target, relay) = arg.split_once('=').context("write TARGET=RELAY")?;
        Ok((target.to_owned(), relay.into()))
    });
    let relays = relays.collect::<Result<Vec<_>>>()?;
    for file in warren_pack::pack(&relays, Path::new(&into))? {
        println!("{}", file.display());
    }
    Ok(())
}
