//! Who is at an automerge-repo socket: what they say becomes frames of the native protocol, and the other way round.
//!
//! Pure but for the plans it finds: one thing heard, and what is to be done about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use schema::ids::{ChapterId, DeviceId, PageSessionId, PlanId};
use schema::limits::CHANNELS_PER_CONNECTION_MAX;
use schema::repo::document_id::{chapter_of, document_id};
use schema::repo::presence::{is_ours, payload_of, told, told_gone};
use schema::repo::{self, Ephemeral, SERVER_PEER, Said, VERSION};
use schema::sync::PeerPresence;
use schema::wire::{self, ChannelId, ClientFrame, Item, Reason, ServerFrame, VERSIONS};
use sha2::{Digest, Sha256};

use super::document::{Document, Fault};
use super::former::{Formers, Found, Question};
use super::{FindPlan, Guest};
use crate::core::{Frame, SessionId};
use crate::shell::runtime::CopyResult;

/// What can be heard.
pub(super) enum Heard {
    /// A message of the client.
    Client(Vec<u8>),
    /// Something of the client that is no message.
    Unreadable,
    /// The client lives.
    SignOfLife,
    /// A frame of the core.
    Core(Frame),
    /// The copy that was asked for.
    Copy(ChapterId, CopyResult),
    /// The ended generation that was looked for, if there is one.
    Former(ChapterId, Found),
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Out {
    /// Say to the core.
    Core(ClientFrame),
    /// Say to the client.
    Client(Said),
    /// Ask for the copy of a chapter.
    Copy(PlanId, ChapterId),
    /// Look for the ended generation that a document grew out of.
    Former(Box<Question>),
    /// End the conversation.
    End,
}

/// See the module's text.
pub(super) struct Peer {
    session: SessionId,
    device: DeviceId,
    page: PageSessionId,
    plan_of: FindPlan,
    formers: Arc<Formers>,
    /// What the client calls itself, once it has greeted.
    name: Option<String>,
    documents: BTreeMap<ChapterId, Document>,
    channels: BTreeMap<ChannelId, ChapterId>,
    requests: BTreeMap<u32, ChapterId>,
    next_request: u32,
    /// How often the client was told where somebody is.
    told: u64,
}

type Outs = Vec<Out>;

impl Peer {
    pub(super) fn new(session: SessionId, guest: Guest) -> Self {
        Self {
            session,
            device: guest.device,
            page: guest.page,
            plan_of: guest.plan_of,
            formers: guest.formers,
            name: None,
            documents: BTreeMap::new(),
            channels: BTreeMap::new(),
            requests: BTreeMap::new(),
            next_request: 1,
            told: 0,
        }
    }

    /// Takes one thing in.
    pub(super) fn hear(&mut self, heard: Heard) -> Outs {
        match heard {
            Heard::Client(bytes) => match repo::decode(&bytes) {
                Ok(said) => self.said(said),
                Err(error) => self.end(&error.to_string()),
            },
            Heard::Unreadable => self.end("messages are binary"),
            // Before the greeting nothing may be said to the core, and whoever does not greet is not waited for.
            Heard::SignOfLife if self.name.is_none() => Outs::new(),
            Heard::SignOfLife => vec![Out::Core(ClientFrame::Ping { token: 0 })],
            Heard::Core(frame) => match wire::decode_server(&frame) {
                Ok(frame) => self.frame(frame),
                Err(error) => self.end(&error.to_string()),
            },
            Heard::Former(chapter, found) => self.with(chapter, |it| it.former(found)),
            Heard::Copy(chapter, result) => {
                // A chapter that is not there any more was closed meanwhile.
                let Some(document) = self.documents.get_mut(&chapter) else {
                    return Outs::new();
                };
                match result {
                    Ok((generation, copy)) => {
                        let done = document.copied(generation, copy);
                        self.done(chapter, done)
                    }
                    Err(refusal) => self.end(&refusal.to_string()),
                }
            }
        }
    }

    fn said(&mut self, said: Said) -> Outs {
        match (&self.name, said) {
            (None, Said::Join { sender, versions }) => self.join(sender, &versions),
            (None, _) => self.end("a join comes first"),
            (Some(_), Said::Join { .. }) => self.end("one join is enough"),
            (Some(name), Said::Sync { sender, .. }) if sender != *name => {
                self.end("the sender is not who joined")
            }
            (Some(_), Said::Sync { document, data, .. }) => self.sync(&document, data),
            (Some(name), Said::Ephemeral(said)) if said.sender == *name => self.passes(said),
            // What others say through this client has a client of its own, or none here.
            (Some(_), Said::Ephemeral(_)) => Outs::new(),
            (Some(_), Said::Leave { .. }) => vec![Out::End],
            (Some(_), Said::Unavailable { .. } | Said::Peer { .. } | Said::Error { .. } | Said::Other) => {
                Outs::new()
            }
        }
    }

    fn join(&mut self, name: String, versions: &[String]) -> Outs {
        if !versions.iter().any(|version| version == VERSION) {
            return self.end("no version in common");
        }
        if is_ours(&name) {
            return self.end("that name is the server's");
        }
        let page = page_of(self.page, &name);
        let hello = ClientFrame::Hello {
            versions: VERSIONS.to_vec(),
            device: self.device,
            page,
        };
        let target = name.clone();
        self.name = Some(name);
        vec![Out::Core(hello), Out::Client(Said::Peer { target })]
    }

    fn sync(&mut self, id: &str, data: Vec<u8>) -> Outs {
        let Ok(chapter) = chapter_of(id) else {
            return vec![self.unavailable(id.to_owned())];
        };
        if let Some(document) = self.documents.get_mut(&chapter) {
            let done = document.said(data);
            return self.done(chapter, done);
        }
        let place = self.documents.len() < CHANNELS_PER_CONNECTION_MAX;
        let Some(plan) = (self.plan_of)(chapter).filter(|_| place) else {
            return vec![self.unavailable(id.to_owned())];
        };
        let request = self.next_request;
        self.next_request = request.wrapping_add(1);
        self.requests.insert(request, chapter);
        let mut document = Document::new(plan, chapter, Arc::clone(&self.formers));
        let done = document.said(data);
        self.documents.insert(chapter, document);
        let mut outs = self.done(chapter, done);
        outs.push(Out::Core(ClientFrame::Open {
            request,
            plan,
            chapter,
            have: None,
        }));
        outs
    }

    fn passes(&self, said: Ephemeral) -> Outs {
        let chapter = chapter_of(&said.document).ok();
        let document = chapter.and_then(|chapter| self.documents.get(&chapter));
        let presence = document.and_then(|document| {
            let (channel, generation) = document.place()?;
            let payload = payload_of(said, generation)?.into();
            Some(ClientFrame::Presence { channel, payload })
        });
        presence.map(Out::Core).into_iter().collect()
    }

    fn frame(&mut self, frame: ServerFrame) -> Outs {
        match frame {
            ServerFrame::Opened {
                request,
                channel,
                generation,
                read_only,
                ..
            } => {
                let chapter = self.requests.remove(&request);
                let Some(chapter) = chapter else {
                    return Outs::new();
                };
                self.channels.insert(channel, chapter);
                self.with(chapter, |it| {
                    Ok(it.opened(channel, generation, read_only.is_none()))
                })
            }
            ServerFrame::Changes { channel, items, .. } => self.with_channel(channel, |it| {
                let own = items.iter().filter_map(|item| match item {
                    Item::Yours { hash, .. } => Some(automerge::ChangeHash(**hash)),
                    Item::Change { .. } | Item::Void => None,
                });
                it.grown(&own.collect::<Vec<_>>())
            }),
            ServerFrame::Known { channel, hash, .. } => {
                self.with_channel(channel, |it| it.grown(&[automerge::ChangeHash(*hash)]))
            }
            ServerFrame::Refused {
                channel,
                hash,
                reason,
            } => self.refused((channel, automerge::ChangeHash(*hash)), &reason),
            ServerFrame::Access { channel, read_only } => {
                self.with_channel(channel, |it| it.access(read_only.is_none()))
            }
            ServerFrame::Closed { request, channel, .. } => self.closed(request, channel),
            ServerFrame::Moved { .. } => self.end(&Fault::Moved.to_string()),
            ServerFrame::Presence { channel, .. } => match PeerPresence::of(frame) {
                Some(about) => self.tell(channel, |life| told(&about, life)),
                None => Outs::new(),
            },
            ServerFrame::Left { channel, peer } => self.tell(channel, |life| told_gone(peer, life)),
            ServerFrame::Bye { reason, .. } => self.end(&format!("{}: {}", reason.code, reason.detail)),
            // Answers to what this connection never says: it stores nothing and carries nothing over.
            ServerFrame::Traced { .. } | ServerFrame::Wipe { .. } | ServerFrame::Restored { .. } => {
                Outs::new()
            }
            ServerFrame::Welcome { .. } | ServerFrame::Bound { .. } | ServerFrame::Pong { .. } => Outs::new(),
        }
    }

    fn refused(&mut self, (channel, hash): (ChannelId, automerge::ChangeHash), reason: &Reason) -> Outs {
        if reason.code == wire::GENERATION_ENDED {
            return self.end(&Fault::Moved.to_string());
        }
        let chapter = self.channels.get(&channel);
        let document = chapter.and_then(|chapter| self.documents.get(chapter));
        if document.is_some_and(|document| document.is_carried(hash)) {
            return self.end(&Fault::NotCarried(reason.code.clone()).to_string());
        }
        self.end(&format!(
            "a change was refused ({}): {}",
            reason.code, reason.detail
        ))
    }

    fn closed(&mut self, request: Option<u32>, channel: Option<ChannelId>) -> Outs {
        let asked = request.and_then(|request| self.requests.remove(&request));
        let open = channel.and_then(|channel| self.channels.remove(&channel));
        let Some(chapter) = asked.or(open) else {
            return Outs::new();
        };
        self.documents.remove(&chapter);
        vec![self.unavailable(document_id(chapter))]
    }

    fn tell(&mut self, channel: ChannelId, about: impl Fn((&str, u64)) -> Ephemeral) -> Outs {
        let Some(chapter) = self.channels.get(&channel).copied() else {
            return Outs::new();
        };
        self.told += 1;
        let life = format!("{SERVER_PEER}-{}", self.session);
        let mut said = about((&life, self.told));
        said.target = self.name.clone().unwrap_or_default();
        said.document = document_id(chapter);
        vec![Out::Client(Said::Ephemeral(said))]
    }

    fn with_channel(
        &mut self,
        channel: ChannelId,
        doing: impl FnOnce(&mut Document) -> Result<Outs, Fault>,
    ) -> Outs {
        match self.channels.get(&channel).copied() {
            Some(chapter) => self.with(chapter, doing),
            None => Outs::new(),
        }
    }

    fn with(&mut self, chapter: ChapterId, doing: impl FnOnce(&mut Document) -> Result<Outs, Fault>) -> Outs {
        let Some(document) = self.documents.get_mut(&chapter) else {
            return Outs::new();
        };
        let done = doing(document);
        self.done(chapter, done)
    }

    /// A document does not know who it is for; here its sync messages are addressed.
    fn done(&self, chapter: ChapterId, done: Result<Outs, Fault>) -> Outs {
        let target = self.name.clone().unwrap_or_default();
        let addressed = |out| match out {
            Out::Client(Said::Sync { data, asks, .. }) => Out::Client(Said::Sync {
                sender: SERVER_PEER.to_owned(),
                target: target.clone(),
                document: document_id(chapter),
                asks,
                data,
            }),
            other => other,
        };
        match done {
            Ok(outs) => outs.into_iter().map(addressed).collect(),
            Err(fault) => self.end(&fault.to_string()),
        }
    }

    fn unavailable(&self, document: String) -> Out {
        Out::Client(Said::Unavailable {
            sender: SERVER_PEER.to_owned(),
            target: self.name.clone().unwrap_or_default(),
            document,
        })
    }

    fn end(&self, message: &str) -> Outs {
        tracing::info!(
            session = self.session,
            "automerge-repo connection ended: {message}"
        );
        let said = Said::Error {
            sender: SERVER_PEER.to_owned(),
            target: self.name.clone().unwrap_or_default(),
            message: message.to_owned(),
        };
        vec![Out::Client(said), Out::End]
    }
}

/// A page of a session: what a client calls itself keeps one run of a program apart from the next.
fn page_of(session: PageSessionId, name: &str) -> PageSessionId {
    let mut hasher = Sha256::new();
    hasher.update(b"schrijftafel/repo-page/1");
    hasher.update(session.as_bytes());
    hasher.update(name);
    let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = <[u8; 32]>::from(hasher.finalize());
    PageSessionId::from_bytes(id)
}
