//! A stranger's client in this process: the Rust implementation of automerge-repo, `samod`, on a socket of ours.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, StreamExt};
use samod::{BackoffConfig, DialError, Dialer, Repo, Transport};
use schema::repo::SERVER_PEER;
use sha2::{Digest, Sha256};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::served::{AccessToken, Served};

/// A repository that is connected, and comes back by itself when the connection breaks.
///
/// # Errors
/// When it cannot begin to.
pub async fn connected(server: &Served, token: &AccessToken) -> Result<Repo> {
    let program = Program {
        socket: format!("{}/automerge-repo", server.socket()),
        token: token.secret.clone(),
    };
    let repo = Repo::build_tokio().load().await;
    repo.dial(BackoffConfig::default(), Arc::new(program))?;
    repo.when_connected(SERVER_PEER.into()).await?;
    Ok(repo)
}

/// Connects to our socket as a program does that sets headers.
struct Program {
    socket: String,
    token: String,
}

impl Dialer for Program {
    type Error = std::convert::Infallible;

    fn url(&self) -> url::Url {
        self.socket.parse().expect("an address")
    }

    fn connect(&self) -> BoxFuture<'static, Result<Transport, DialError<Self::Error>>> {
        let mut request = self.socket.as_str().into_client_request().expect("an address");
        let bearer = format!("Bearer {}", self.token).parse().expect("a header");
        request.headers_mut().insert("authorization", bearer);
        async move {
            let (socket, _) = connect_async(request).await.map_err(DialError::transient)?;
            let (to, from) = socket.split();
            // Pings and pongs are the socket's own business.
            let from = from.filter_map(|message| async move {
                match message {
                    Ok(Message::Binary(bytes)) => Some(Ok::<_, Error>(bytes.to_vec())),
                    Ok(_) => None,
                    Err(error) => Some(Err(error)),
                }
            });
            let to = to.with(|bytes: Vec<u8>| async move {
                keep(&bytes);
                Ok::<_, Error>(Message::Binary(bytes.into()))
            });
            Ok(Transport::new(Box::pin(from), Box::pin(to)))
        }
        .boxed()
    }
}

/// Keeps a message for the fuzzer to begin with, where that is asked for.
fn keep(bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("REPO_FRAMES") {
        std::fs::create_dir_all(&folder).expect("a folder for the fuzzer");
        let name: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        std::fs::write(Path::new(&folder).join(name), bytes).expect("a file for the fuzzer");
    }
}
