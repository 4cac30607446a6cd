//! `/sync/automerge-repo`: one WebSocket of an automerge-repo client carries one connection of the core.
//!
//! # Why it exists
//!
//! To the core such a client is one more client of the native protocol, for which [`peer`] speaks: it opens chapters,
//! pushes changes and hears what is durable. So rights, limits, batches and presence are the same for everybody, and
//! are decided in one place. What is different (automerge's sync protocol, which needs a document) happens here.
//!
//! # Invariants
//!
//! - What a client is told comes from the server's copy, which holds only what is durable. While such a client is
//!   there the copy is asked for at most every `REPO_FOLLOW_MS` and follows then.
//! - Nothing that a client says reaches automerge's document: its changes go to the core as pushes.
//! - automerge runs on a thread of its own; a panic ends this connection and nothing else.
//! - The library's clients send no sign of life. They are asked for one, and the core hears of it.
//!
//! Reading order: this file (the socket), [`peer`] (who is at it), [`document`] (one chapter of theirs), [`changes`]
//! (what they sent and is not durable yet), [`former`] (documents of generations that have ended).

mod changes;
mod document;
mod former;
mod peer;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use schema::ids::{ChapterId, DeviceId, PageSessionId, PlanId};
use schema::limits::{REPO_FOLLOW_MS, REPO_MESSAGE_BYTES_MAX, REPO_PING_MS};
use schema::repo::{self, Said};
use schema::wire;
use tokio::sync::mpsc;

pub use self::former::Formers;
use self::former::{Found, Question};
use self::peer::{Heard, Out, Peer};
use super::CoreHandle;
use super::connection::Connection;
use super::runtime::CopyResult;
use super::socket::{self, in_time};
use crate::clock;
use crate::core::Visitor;

/// Things that may have been fetched and not been looked at: one per chapter that a connection has open.
const FETCHED_MAX: usize = schema::limits::CHANNELS_PER_CONNECTION_MAX;

/// Finds the plan that a chapter is in.
pub type FindPlan = Arc<dyn Fn(ChapterId) -> Option<PlanId> + Send + Sync>;

/// Who is about to connect.
pub struct Guest {
    /// As the core knows them.
    pub visitor: Visitor,
    /// The installation that their changes come from.
    pub device: DeviceId,
    /// Their session; each name that a client gives itself is a page of its own in it.
    pub page: PageSessionId,
    /// Where chapters are.
    pub plan_of: FindPlan,
    /// What is known of generations that have ended.
    pub formers: Arc<Formers>,
}

/// Answers the upgrade; the caller has checked origin and session. `still` asks the session once more when the core
/// has the connection.
pub fn upgrade(
    upgrade: WebSocketUpgrade,
    core: CoreHandle,
    guest: Guest,
    still: impl Fn() -> bool + Send + 'static,
) -> Response {
    upgrade
        .max_message_size(REPO_MESSAGE_BYTES_MAX)
        .max_frame_size(REPO_MESSAGE_BYTES_MAX)
        .read_buffer_size(socket::READ_BUFFER_BYTES)
        .on_upgrade(move |socket| async move {
            let connection = core.connect(guest.visitor.clone()).await;
            let session = connection.session;
            if still() {
                let formers = Arc::clone(&guest.formers);
                let peer = Peer::new(session, guest);
                let (to, incoming) = socket.split();
                let (fetched, coming) = mpsc::channel(FETCHED_MAX);
                let talk = Talk {
                    core,
                    connection,
                    to,
                    asked: BTreeMap::new(),
                    formers,
                    fetched,
                };
                talk.go_on(peer, incoming, coming).await;
            } else {
                connection.closed().await;
            }
        })
}

/// What is slow and was asked for.
enum Fetched {
    Copy((PlanId, ChapterId), CopyResult),
    Former(ChapterId, Found),
}

/// One conversation, without what was said in it.
struct Talk {
    core: CoreHandle,
    connection: Connection,
    to: SplitSink<WebSocket, Message>,
    asked: BTreeMap<ChapterId, Asked>,
    formers: Arc<Formers>,
    fetched: mpsc::Sender<Fetched>,
}

/// When a copy was last asked for.
#[derive(Default)]
struct Asked {
    /// Milliseconds of [`clock::passed_ms`].
    at_ms: u64,
    is_under_way: bool,
    /// Something came after it was asked for.
    again: bool,
}

/// The conversation is over.
struct Over;

impl Talk {
    async fn go_on(
        mut self,
        mut peer: Peer,
        mut incoming: SplitStream<WebSocket>,
        mut coming: mpsc::Receiver<Fetched>,
    ) {
        let mut pings = tokio::time::interval(Duration::from_millis(REPO_PING_MS));
        loop {
            let heard = tokio::select! {
                frame = self.connection.frames.recv() => {
                    let Some(frame) = frame else { break };
                    self.connection.sent(frame.len());
                    Heard::Core(frame)
                }
                message = incoming.next() => match message {
                    Some(Ok(Message::Binary(bytes))) => Heard::Client(bytes.to_vec()),
                    Some(Ok(Message::Text(_))) => Heard::Unreadable,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => Heard::SignOfLife,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                },
                fetched = coming.recv() => match fetched {
                    Some(Fetched::Copy((plan, chapter), result)) => {
                        self.was_asked(plan, chapter);
                        Heard::Copy(chapter, result)
                    }
                    Some(Fetched::Former(chapter, found)) => Heard::Former(chapter, found),
                    None => break,
                },
                _ = pings.tick() => {
                    let ping = Message::Ping(Vec::new().into());
                    if in_time(0, self.to.send(ping)).await.is_err() { break }
                    continue;
                }
            };
            let Some((heard_by, outs)) = thought(peer, heard).await else {
                tracing::error!(
                    session = self.connection.session,
                    "an automerge-repo connection failed (see above)"
                );
                break;
            };
            peer = heard_by;
            if self.carry_out(outs).await.is_err() {
                break;
            }
        }
        self.connection.closed().await;
        socket::close(&mut self.to, &mut incoming).await;
    }

    async fn carry_out(&mut self, outs: Vec<Out>) -> Result<(), Over> {
        for out in outs {
            match out {
                Out::Core(frame) => self.connection.received(wire::encode(&frame)).await,
                Out::Client(said) => self.say(&said).await?,
                Out::Copy(plan, chapter) => self.ask(plan, chapter),
                Out::Former(question) => self.seek(*question),
                Out::End => return Err(Over),
            }
        }
        Ok(())
    }

    async fn say(&mut self, said: &Said) -> Result<(), Over> {
        let bytes = repo::encode(said);
        let length = bytes.len();
        let sent = in_time(length, self.to.send(Message::Binary(bytes.into()))).await;
        sent.map_err(|_| Over)
    }

    /// Asks for the copy of a chapter, unless that was done a moment ago: then a moment later, when all other connections
    /// do so too and share what is made.
    fn ask(&mut self, plan: PlanId, chapter: ChapterId) {
        let now_ms = clock::passed_ms();
        let asked = self.asked.entry(chapter).or_default();
        if asked.is_under_way {
            asked.again = true;
            return;
        }
        let due_ms = asked.at_ms + REPO_FOLLOW_MS;
        asked.at_ms = if now_ms < due_ms {
            due_ms.next_multiple_of(REPO_FOLLOW_MS)
        } else {
            now_ms
        };
        let wait = Duration::from_millis(asked.at_ms - now_ms);
        asked.is_under_way = true;
        let (core, fetched) = (self.core.clone(), self.fetched.clone());
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let result = core.copy(plan, chapter).await;
            // Nobody listens any more when the conversation is over.
            let _ = fetched.send(Fetched::Copy((plan, chapter), result)).await;
        });
    }

    /// Looks for an ended generation; many who do so wait for each other.
    fn seek(&self, question: Question) {
        let (formers, fetched) = (Arc::clone(&self.formers), self.fetched.clone());
        tokio::spawn(async move {
            let chapter = question.chapter;
            let found = formers.find(question).await;
            let _ = fetched.send(Fetched::Former(chapter, found)).await;
        });
    }

    fn was_asked(&mut self, plan: PlanId, chapter: ChapterId) {
        if let Some(asked) = self.asked.get_mut(&chapter) {
            asked.is_under_way = false;
            if std::mem::take(&mut asked.again) {
                self.ask(plan, chapter);
            }
        }
    }
}

/// What comes of something heard; nothing when automerge panicked over it.
async fn thought(mut peer: Peer, heard: Heard) -> Option<(Peer, Vec<Out>)> {
    let thinking = tokio::task::spawn_blocking(move || {
        let outs = peer.hear(heard);
        (peer, outs)
    });
    thinking.await.ok()
}

#[cfg(test)]
mod tests;
