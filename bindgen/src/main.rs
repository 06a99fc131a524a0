//! The program `wasm-bindgen` for Trunk: what it asks for when it builds the page, and no more.
//!
//! `cargo xtask` gives it that name, which rustc keeps for a library. It is of the version that the
//! page is compiled with, since one `Cargo.lock` names both.

use std::{path::PathBuf, sync::LazyLock};

use anyhow::Result;
use clap::Parser;
use wasm_bindgen_cli_support::Bindgen;

/// The library's, which Trunk compares with the page's.
static VERSION: LazyLock<String> = LazyLock::new(wasm_bindgen_shared::version);

/// Makes a page's JavaScript and WebAssembly of what rustc has made.
#[derive(Parser)]
#[command(name = "wasm-bindgen", version = VERSION.as_str())]
struct Args {
    /// What rustc has made
    input: PathBuf,
    /// Where the module will run
    #[arg(long, value_parser = ["web"])]
    target: String,
    /// The folder for what is made
    #[arg(long)]
    out_dir: PathBuf,
    /// The name of what is made, without an extension
    #[arg(long)]
    out_name: String,
    /// No types for TypeScript are made in any case
    #[arg(long)]
    no_typescript: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    Bindgen::new()
        .input_path(args.input)
        .web(true)?
        .out_name(&args.out_name)
        .typescript(false)
        .generate(args.out_dir)
}
