//! `schrijftafel serve`: listens until it is told to stop, then finishes what is under way.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use schema::text::growth::GrowthLimit;
use tokio::net::TcpListener;

use super::ServeArgs;
use crate::admin::door::Door;
use crate::core::CoreLimits;
use crate::http::app::{App, Settings};
use crate::http::{listening, router};
use crate::metrics;
use crate::node::Node;

/// Runs the server until SIGINT or SIGTERM.
///
/// # Errors
/// When the data cannot be opened or the address is taken.
pub async fn run(args: ServeArgs) -> Result<()> {
    let node = Node::open(&args.data, settings(&args)).await?;
    let listener = listen("--listen", args.listen).await?;
    tell_metrics(&node, args.metrics).await?;
    serve(node, listener).await
}

/// Begins to tell the metrics, if an address is given; it ends with the runtime.
///
/// # Errors
/// When the address is taken.
pub async fn tell_metrics(node: &Node, address: Option<SocketAddr>) -> Result<()> {
    let Some(address) = address else {
        return Ok(());
    };
    let listener = listen("--metrics", address).await?;
    tracing::info!(address = %listener.local_addr()?, "telling metrics");
    let telling = axum::serve(listener, metrics::router(node.app.clone()));
    tokio::spawn(async move { telling.await });
    Ok(())
}

/// Settings from the command line.
#[must_use]
pub fn settings(args: &ServeArgs) -> Settings {
    Settings {
        public_origin: args.public_origin.clone(),
        disk_reserve_bytes: args.disk_reserve,
        engine: args.engine,
        limits: CoreLimits {
            growth: GrowthLimit {
                spare_ops: args.generation_spare_ops,
                ..GrowthLimit::default()
            },
            chapters_bytes_max: args.chapters_memory,
        },
        checkpoint_interval_ms: args.checkpoint_seconds.saturating_mul(1_000),
        ..Settings::default()
    }
}

/// Takes the address that an option of the command line set.
///
/// # Errors
/// When it is taken.
pub async fn listen(option: &str, address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "cannot listen on {address}; is another server running there? ({option} sets another address)"
        )
    })
}

/// Serves until told to stop.
///
/// # Errors
/// When the listener fails.
pub async fn serve(node: Node, listener: TcpListener) -> Result<()> {
    node.start_audit()?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let app = node.app.clone();
    tokio::select! {
        never = listening::serve(listener, router(app.clone())) => match never {},
        served = at_the_door(&node, app) => served?,
        () = told_to_stop() => tracing::info!("stopping"),
    }
    // Nobody is let in any more; who is here hears when to come back.
    node.app.core.stop().await;
    node.close();
    Ok(())
}

/// Answers the operator's commands. Without a door the server serves all the same: commands then need it stopped.
async fn at_the_door(node: &Node, app: App) -> std::io::Result<()> {
    match Door::open(node.data()) {
        Ok(door) => door.serve(app).await,
        Err(error) => {
            tracing::warn!("no admin door in {}: {error}", node.data().display());
            std::future::pending().await
        }
    }
}

/// Returns when the operating system or somebody at the keyboard says so.
pub async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}
