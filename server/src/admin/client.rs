//! The command's half of the admin door.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::runtime::Handle;

use super::door::{ErasedAnswer, LinkRequest, LogAnswer, VerifyAnswer};
use super::{records, socket_of};
use crate::backup::BackupError;
use crate::backup::source::{End, Source};
use crate::causes;
use crate::log::Extent;

/// A running server.
#[derive(Debug, Clone)]
pub struct Client {
    socket: PathBuf,
}

impl Client {
    /// The server that runs on a data directory; none when nobody answers there.
    ///
    /// # Errors
    /// When there is a door that this user may not knock at.
    pub async fn find(data: &Path) -> Result<Option<Self>> {
        let socket = socket_of(data);
        match UnixStream::connect(&socket).await {
            Ok(_) => Ok(Some(Self { socket })),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Err(error).with_context(|| format!("{} belongs to another user", socket.display()))
            }
            // Not there, or left by a server that is gone.
            Err(_) => Ok(None),
        }
    }

    /// A one-time sign-in link.
    ///
    /// # Errors
    /// What the server says.
    pub async fn sign_in_link(&self, request: &LinkRequest) -> Result<String> {
        self.json(Method::POST, "/sign-in-links", request).await
    }

    /// Lets the server read and prove every record.
    ///
    /// # Errors
    /// The first fault.
    pub async fn verify(&self) -> Result<VerifyAnswer> {
        self.json(Method::POST, "/log/verify", &()).await
    }

    /// The server's log and accounts, for a backup made on a thread that may block.
    ///
    /// # Errors
    /// What the server says.
    pub async fn source(self) -> Result<Remote> {
        let log: LogAnswer = self.json(Method::GET, "/log", &()).await?;
        Ok(Remote {
            client: self,
            incarnation: log.incarnation,
            runtime: Handle::current(),
        })
    }

    async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        let body = serde_json::to_vec(body)?;
        let answer = self.send(method, path, body.into()).await?;
        Ok(serde_json::from_slice(&answer)?)
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes> {
        let stream = UnixStream::connect(&self.socket)
            .await
            .context("the server has stopped")?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let running = tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Full::new(body))?;
        let answer = sender
            .send_request(request)
            .await
            .context("the server has stopped")?;
        let status = answer.status();
        let bytes = answer
            .into_body()
            .collect()
            .await
            .context("the server has stopped")?
            .to_bytes();
        running.abort();
        if !status.is_success() {
            bail!("{}", String::from_utf8_lossy(&bytes));
        }
        Ok(bytes)
    }
}

/// The log and accounts of a running server.
pub struct Remote {
    client: Client,
    incarnation: IncarnationId,
    runtime: Handle,
}

impl Remote {
    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, BackupError> {
        let bytes = self.bytes(path)?;
        serde_json::from_slice(&bytes).map_err(said)
    }

    fn bytes(&self, path: &str) -> Result<Bytes, BackupError> {
        let asking = self.client.send(Method::GET, path, Bytes::new());
        self.runtime.block_on(asking).map_err(said)
    }
}

fn said(error: impl Into<anyhow::Error>) -> BackupError {
    BackupError::Source(causes::told(&error.into()))
}

impl Source for Remote {
    fn incarnation(&self) -> IncarnationId {
        self.incarnation
    }

    fn ends(&self) -> Result<Vec<End>, BackupError> {
        let log: LogAnswer = self.get("/log")?;
        Ok(log.plans)
    }

    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, BackupError> {
        let erased: Vec<ErasedAnswer> = self.get(&format!("/plans/{plan}/erased"))?;
        let extent = |salt_too| match salt_too {
            true => Extent::PayloadAndEnvelopeSalt,
            false => Extent::Payload,
        };
        Ok(erased
            .into_iter()
            .map(|(position, salt_too)| (position, extent(salt_too)))
            .collect())
    }

    fn page(&self, plan: PlanId, from: Position, limit: usize) -> Result<Vec<Record>, BackupError> {
        let page = self.bytes(&format!("/plans/{plan}/records?from={from}&limit={limit}"))?;
        records::decode(&page).map_err(BackupError::Source)
    }

    fn accounts(&self) -> Result<Vec<u8>, BackupError> {
        Ok(self.bytes("/accounts")?.to_vec())
    }

    fn data(&self) -> Option<&Path> {
        self.client.socket.parent()
    }
}
