//! The program that the browser runs: mounts the page.

fn main() {
    warren_frontend::mount();
}
