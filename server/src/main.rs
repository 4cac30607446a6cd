//! The `schrijftafel` command.
fn main() {}
