//! A client that says what it likes: frames over a real socket, without the protocol machine that keeps the others honest.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use automerge::AutoCommit;
use automerge::transaction::{CommitOptions, Transactable};
use futures_util::{SinkExt, StreamExt};
use schema::ids::{
    BoundActor, ChapterId, DeviceId, Generation, IncarnationId, PageSessionId, PlanId, Revision,
};
use schema::text::genesis;
use schema::wire::{self, ClientFrame, Have, Item, ServerFrame, Start, VERSIONS};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

/// How long a test waits for a frame before it fails; longer than a silent server may take to say goodbye.
const PATIENCE: Duration = Duration::from_secs(60);

/// See the module's text.
pub struct RawClient {
    /// The socket itself, for bytes that are no message.
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Every frame that was said, encoded.
    pub said: Vec<Vec<u8>>,
    requests: u32,
}

/// How a chapter was opened.
#[derive(Debug)]
pub struct OpenedAt {
    /// The server's number for it.
    pub channel: u32,
    /// The generation that runs.
    pub generation: Generation,
    /// The first revision that nobody has.
    pub head: Revision,
    /// A tail or a snapshot.
    pub start: Start,
}

impl RawClient {
    /// Connects without a word.
    ///
    /// # Errors
    /// When the server refuses the socket.
    pub async fn connect(url: &str, cookie: &str) -> Result<Self> {
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("cookie", cookie.parse()?);
        let (socket, _) = connect_async(request)
            .await
            .context("the server refuses the socket")?;
        Ok(Self::of(socket))
    }

    fn of(socket: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        Self {
            socket,
            said: Vec::new(),
            requests: 0,
        }
    }

    /// Connects and greets.
    ///
    /// # Errors
    /// When it is not welcome.
    pub async fn greeted(url: &str, cookie: &str) -> Result<Self> {
        Self::connect(url, cookie).await?.greets().await
    }

    /// The same, on a line whose end here holds next to nothing: what is not read soon waits at the server.
    ///
    /// # Errors
    /// When it is not welcome.
    pub async fn greeted_on_a_narrow_line(url: &str, cookie: &str) -> Result<Self> {
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("cookie", cookie.parse()?);
        let line = TcpSocket::new_v4()?;
        line.set_recv_buffer_size(4 << 10)?;
        let address = url
            .trim_start_matches("ws://")
            .split('/')
            .next()
            .unwrap_or_default();
        let stream = line.connect(address.parse()?).await?;
        let (socket, _) = client_async(request, MaybeTlsStream::Plain(stream)).await?;
        Self::of(socket).greets().await
    }

    /// Which life of the log a server serves.
    ///
    /// # Errors
    /// When it is not welcome.
    pub async fn incarnation(url: &str, cookie: &str) -> Result<IncarnationId> {
        Ok(Self::connect(url, cookie).await?.welcomed().await?.1)
    }

    async fn greets(self) -> Result<Self> {
        Ok(self.welcomed().await?.0)
    }

    async fn welcomed(self) -> Result<(Self, IncarnationId)> {
        let mut client = self;
        let hello = ClientFrame::Hello {
            versions: VERSIONS.to_vec(),
            device: DeviceId::from_bytes([1; 16]),
            page: PageSessionId::from_bytes(schrijftafel_server::clock::random_bytes()),
        };
        client.say(&hello).await?;
        match client.hear().await? {
            Some(ServerFrame::Welcome { incarnation, .. }) => Ok((client, incarnation)),
            other => bail!("it is not welcome: {other:?}"),
        }
    }

    /// Says a frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn say(&mut self, frame: &ClientFrame) -> Result<()> {
        self.say_bytes(wire::encode(frame)).await
    }

    /// Says bytes as one message.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn say_bytes(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.said.push(bytes.clone());
        Ok(self.socket.send(Message::Binary(bytes.into())).await?)
    }

    /// The next frame; nothing once the connection has ended.
    ///
    /// # Errors
    /// When none comes in time, or what comes is no frame.
    pub async fn hear(&mut self) -> Result<Option<ServerFrame>> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            match message.context("nothing is heard")? {
                Some(Ok(Message::Binary(bytes))) => return Ok(Some(wire::decode_server(&bytes)?)),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(None),
                Some(Ok(_)) => {}
            }
        }
    }

    /// Hears frames until one is what is wanted, and gives what it says.
    ///
    /// # Errors
    /// When the connection ends before.
    pub async fn until<T>(&mut self, mut wanted: impl FnMut(ServerFrame) -> Option<T>) -> Result<T> {
        while let Some(frame) = self.hear().await? {
            if let Some(found) = wanted(frame) {
                return Ok(found);
            }
        }
        bail!("the connection ended before that")
    }

    /// The code of the goodbye with which the server ends the connection, and when to come back.
    ///
    /// # Errors
    /// When it ends without one.
    pub async fn goodbye(&mut self) -> Result<(String, Option<u32>)> {
        let bye = |frame| match frame {
            ServerFrame::Bye {
                reason,
                retry_after_ms,
            } => Some((reason.code, retry_after_ms)),
            _ => None,
        };
        self.until(bye).await
    }

    /// Asks for a chapter; answers the request's number.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn ask(&mut self, (plan, chapter): (PlanId, ChapterId), have: Option<Have>) -> Result<u32> {
        self.requests += 1;
        let request = self.requests;
        let open = ClientFrame::Open {
            request,
            plan,
            chapter,
            have,
        };
        self.say(&open).await?;
        Ok(request)
    }

    /// Opens a chapter.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn open(&mut self, key: (PlanId, ChapterId), have: Option<Have>) -> Result<OpenedAt> {
        let asked = self.ask(key, have).await?;
        let answer = self.until(|frame| match frame {
            ServerFrame::Opened {
                request,
                channel,
                generation,
                head,
                start,
                ..
            } if request == asked => Some(Ok(OpenedAt {
                channel,
                generation,
                head,
                start,
            })),
            ServerFrame::Closed { request, reason, .. } if request == Some(asked) => Some(Err(reason)),
            _ => None,
        });
        answer.await?.map_err(|reason| anyhow::anyhow!("{reason:?}"))
    }

    /// Has an actor bound.
    ///
    /// # Errors
    /// When the connection ends before.
    pub async fn bind(&mut self, channel: u32, actor: BoundActor) -> Result<()> {
        let bind = ClientFrame::Bind {
            channel,
            generation: Generation(1),
            actors: vec![actor],
        };
        self.say(&bind).await?;
        let bound = |frame| matches!(frame, ServerFrame::Bound { .. }).then_some(());
        self.until(bound).await
    }

    /// Pushes changes of the first generation in one frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn push(&mut self, channel: u32, changes: &[&[u8]]) -> Result<()> {
        let push = ClientFrame::Push {
            channel,
            generation: Generation(1),
            changes: changes.iter().map(|raw| raw.to_vec().into()).collect(),
        };
        self.say(&push).await
    }

    /// What becomes of so many pushed changes, in the order of the answers: `yours`, `known`, or the code of a refusal.
    ///
    /// # Errors
    /// When the connection ends before.
    pub async fn answers(&mut self, count: usize) -> Result<Vec<String>> {
        let mut answers = Vec::new();
        while answers.len() < count {
            match self
                .hear()
                .await?
                .context("the connection ended before every answer")?
            {
                ServerFrame::Changes { items, .. } => {
                    let own = items.iter().filter(|item| matches!(item, Item::Yours { .. }));
                    answers.extend(own.map(|_| "yours".to_owned()));
                }
                ServerFrame::Known { .. } => answers.push("known".to_owned()),
                ServerFrame::Refused { reason, .. } => answers.push(reason.code),
                ServerFrame::Bye { reason, .. } => bail!("goodbye: {reason:?}"),
                _ => {}
            }
        }
        Ok(answers)
    }

    /// Whether the server still answers on this connection.
    ///
    /// # Errors
    /// When it does not.
    pub async fn is_heard(&mut self) -> Result<()> {
        self.say(&ClientFrame::Ping { token: 77 }).await?;
        self.until(|frame| matches!(frame, ServerFrame::Pong { token: 77 }).then_some(()))
            .await
    }
}

/// A document that somebody writes in, change by change.
pub struct Author {
    doc: AutoCommit,
    /// Under which actor.
    pub actor: BoundActor,
}

impl Author {
    /// Somebody who has nothing yet but what every document begins with.
    #[must_use]
    pub fn new(actor: BoundActor) -> Self {
        Self {
            doc: genesis::new_doc(actor),
            actor,
        }
    }

    /// Somebody with a fresh actor.
    #[must_use]
    pub fn fresh() -> Self {
        Self::new(BoundActor::from_bytes(schrijftafel_server::clock::random_bytes()))
    }

    /// Types at the beginning; the change.
    ///
    /// # Panics
    /// When automerge refuses what it never refuses.
    pub fn types(&mut self, text: &str) -> Vec<u8> {
        self.doc
            .splice_text(genesis::text_id(), 0, 0, text)
            .expect("letters at the beginning");
        self.last()
    }

    /// Types at the beginning, and says something that stands in no text; the change.
    ///
    /// # Panics
    /// When automerge refuses what it never refuses.
    pub fn types_saying(&mut self, text: &str, message: String) -> Vec<u8> {
        self.doc
            .splice_text(genesis::text_id(), 0, 0, text)
            .expect("letters at the beginning");
        self.doc
            .commit_with(CommitOptions::default().with_message(message));
        self.last()
    }

    fn last(&mut self) -> Vec<u8> {
        self.doc
            .get_last_local_change()
            .expect("a change was just made")
            .raw_bytes()
            .to_vec()
    }
}
