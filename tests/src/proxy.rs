//! A line that goes dead: what passes through it, until it is cut without a word to either end.
//!
//! Why it exists: a phone that loses its network says nothing, and neither does the network. On one machine the kernel would
//! always say something, so here a proxy stands between that goes on holding both sockets and passes nothing any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// See the module's text.
pub struct DeadLine {
    url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    is_dead: AtomicBool,
    server_closed: Notify,
}

impl DeadLine {
    /// A line to a server's socket (`ws://host:port/path`). It ends with the runtime.
    ///
    /// # Errors
    /// When there is no port for it.
    pub async fn to(url: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let target = url
            .trim_start_matches("ws://")
            .split('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let here = listener.local_addr()?.to_string();
        let state = Arc::new(State::default());
        let kept = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&target).await else {
                    continue;
                };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(pass(from_client, to_server, Arc::clone(&kept), false));
                tokio::spawn(pass(from_server, to_client, Arc::clone(&kept), true));
            }
        });
        Ok(Self {
            url: url.replace(
                url.trim_start_matches("ws://")
                    .split('/')
                    .next()
                    .unwrap_or_default(),
                &here,
            ),
            state,
        })
    }

    /// The same path of the same server, by this line.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From here on nothing passes, and nobody is told.
    pub fn dies(&self) {
        self.state.is_dead.store(true, Ordering::SeqCst);
    }

    /// Resolves once the server has closed its end.
    pub async fn server_closed(&self) {
        self.state.server_closed.notified().await;
    }
}

/// Passes one direction on; dead, it reads and drops, and keeps both ends open.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: Arc<State>, is_from_server: bool) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            if is_from_server {
                state.server_closed.notify_one();
            }
            // Whoever waits at the other end of a dead line hears nothing of this either.
            if state.is_dead.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            return;
        }
        if !state.is_dead.load(Ordering::SeqCst) && to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
