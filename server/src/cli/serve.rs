//! `schrijftafel serve`: listens until it is told to stop, then finishes what is under way.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use schema::text::growth::GrowthLimit;
use tokio::net::{TcpListener, TcpSocket};

use super::ServeArgs;
use crate::admin::door::Door;
use crate::core::CoreLimits;
use crate::http::app::{App, Settings};
use crate::http::{listening, router};
use crate::metrics;
use crate::node::Node;

/// Connections that wait to be let in.
const CONNECTIONS_WAITING_MAX: u32 = 1_024;

/// Runs the server until SIGINT or SIGTERM.
///
/// # Errors
/// When the data cannot be opened or the address is taken.
pub async fn run(args: ServeArgs) -> Result<()> {
    // Addresses come first: a start that is refused for one has not touched the log.
    let (address, metrics) = take_all(&args)?;
    let node = Node::open(&args.data, settings(&args)).await?;
    tell_metrics(&node, metrics)?;
    serve(node, address.listen()?).await
}

/// Begins to tell the metrics, if an address is taken for them; it ends with the runtime.
///
/// # Errors
/// When nobody can listen there.
pub fn tell_metrics(node: &Node, address: Option<Address>) -> Result<()> {
    let Some(address) = address else {
        return Ok(());
    };
    let listener = address.listen()?;
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

/// An address that is taken and not listened on yet: whoever connects is turned away until then, as before the start.
#[derive(Debug)]
pub struct Address {
    socket: TcpSocket,
    address: SocketAddr,
    /// What on the command line set it.
    option: &'static str,
}

/// Takes where to listen, and where to tell metrics if anywhere. Inside a tokio runtime.
///
/// # Errors
/// When somebody has one of them.
pub fn take_all(args: &ServeArgs) -> Result<(Address, Option<Address>)> {
    let address = take("--listen", args.listen)?;
    let metrics = args.metrics.map(|address| take("--metrics", address));
    Ok((address, metrics.transpose()?))
}

/// Takes the address that an option of the command line set. Inside a tokio runtime.
///
/// # Errors
/// When somebody has it.
pub fn take(option: &'static str, address: SocketAddr) -> Result<Address> {
    let taken = || -> std::io::Result<TcpSocket> {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }?;
        // As a listener does: what is left of connections to a server before does not stand in the way.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    };
    let socket = taken().with_context(|| not_free(option, address))?;
    Ok(Address {
        socket,
        address,
        option,
    })
}

impl Address {
    /// Lets connections in.
    ///
    /// # Errors
    /// When another took the address in the same moment.
    pub fn listen(self) -> Result<TcpListener> {
        let listening = self.socket.listen(CONNECTIONS_WAITING_MAX);
        listening.with_context(|| not_free(self.option, self.address))
    }
}

fn not_free(option: &str, address: SocketAddr) -> String {
    format!("cannot listen on {address}; is another server running there? ({option} sets another address)")
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
