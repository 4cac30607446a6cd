//! Says when the server must be built anew because of its pages.
//!
//! Why it exists: the pages are embedded, and cargo does not see by itself that they appeared or changed. Their
//! directory is in the repository, empty, so that it can be watched before the first time they are built.

fn main() {
    println!("cargo::rerun-if-changed=../client-wasm/web/dist");
}
