//! The `schrijftafel` command as a process of its own, to be killed.

use clap::Parser;
use schrijftafel_server::cli::{Cli, run};

fn main() -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(run(Cli::parse()))
}
