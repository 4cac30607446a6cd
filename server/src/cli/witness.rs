//! `schrijftafel witness`: a witness that a party runs beside its other servers, to watch this and other logs.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::plain::say;
use super::serve;
use crate::witness::{Witness, config, http};

/// Where, under which name, and for which logs.
#[derive(Debug, Clone, Args)]
pub struct WitnessArgs {
    /// The witness's own data directory. Never put back from an old copy: what it promised would be forgotten.
    #[arg(long, env = "WITNESS_DATA", default_value = "witness")]
    pub data: PathBuf,
    /// Address and port to listen on.
    #[arg(long, env = "WITNESS_LISTEN", default_value = "127.0.0.1:7380")]
    pub listen: SocketAddr,
    /// Its name, a URL without scheme; needed the first time, and for ever the same.
    #[arg(long)]
    pub name: Option<String>,
    /// A log to watch, by its verifier key; the key's name is the log's origin. May be given more than once.
    #[arg(long, value_name = "VKEY")]
    pub log: Vec<String>,
    /// Every log whose origin begins with PREFIX, under one server's key. May be given more than once.
    #[arg(long, value_name = "PREFIX=VKEY")]
    pub prefix: Vec<String>,
}

/// Runs the witness until SIGINT or SIGTERM.
///
/// # Errors
/// When its data cannot be used or the address is taken.
pub async fn run(args: WitnessArgs) -> Result<()> {
    let rules = config::rules(&args.data, &args.log, &args.prefix)?;
    let witness = Witness::open(&args.data, args.name.as_deref(), rules)?;
    let listener = serve::take("--listen", args.listen)?.listen()?;
    say!("{}", witness.vkey());
    tracing::info!(address = %listener.local_addr()?, "witness listening");
    tokio::select! {
        served = axum::serve(listener, http::router(witness)) => served?,
        () = serve::told_to_stop() => tracing::info!("stopping"),
    }
    Ok(())
}
