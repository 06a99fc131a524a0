//! Builds again when the page has changed that is embedded.

fn main() {
    println!("cargo:rerun-if-changed=../dist");
}
