//! One chapter that an automerge-repo client has open: automerge's sync protocol, with the log in the middle.
//!
//! # Invariants
//!
//! - Messages of a document are taken one after the other. The next has its turn when the changes of the one before
//!   are durable and in the copy, so that automerge's own book-keeping always speaks of what the log holds.
//! - A client that may not write is told so by automerge's read-only flag, and what it sends is passed over. When it
//!   may write again the connection ends: a client that has seen flags would send whole documents from then on.
//! - A document that did not grow out of the current generation is told nothing: both texts would stand in it.

use std::collections::VecDeque;
use std::sync::Arc;

use automerge::ChangeHash;
use automerge::sync::{Message, State, SyncDoc};
use schema::ids::{ChapterId, Generation, PlanId};
use schema::limits::{REPO_WAITING_BYTES_MAX, REPO_WAITING_MESSAGES_MAX};
use schema::repo::Said;
use schema::repo::sync::{self, Matter, SyncError, first_own, written};
use schema::text::follow::Copy;
use schema::wire::{ChannelId, ClientFrame};

use super::changes::{Changes, TooMany};
use super::peer::Out;

/// Why a conversation ends over a document.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// Something that cannot be taken.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// More than may wait.
    #[error("too much waits for the log: come back when less does")]
    TooMuch,
    /// The chapter goes on in another document.
    #[error(
        "this chapter goes on in a new document: keep the words you have not sent, remove your copy and open it again"
    )]
    Stale,
    /// automerge did not take what is known to be good.
    #[error("the document cannot be synchronised: {0}")]
    Automerge(#[from] automerge::AutomergeError),
    /// The right to write came back.
    #[error("you may write here now: connect again")]
    MayWrite,
}

impl From<TooMany> for Fault {
    fn from(_: TooMany) -> Self {
        Self::TooMuch
    }
}

/// See the module's text.
pub(super) struct Document {
    plan: PlanId,
    chapter: ChapterId,
    /// Sync messages that wait for their turn.
    inbox: VecDeque<Vec<u8>>,
    open: Option<Open>,
}

/// A chapter that the core has opened for this client.
struct Open {
    channel: ChannelId,
    generation: Generation,
    may_write: bool,
    state: State,
    copy: Option<Arc<Copy>>,
    /// Whether the client's document is known to have grown out of this generation.
    fits: bool,
    /// The message whose changes are on their way.
    current: Option<Current>,
    changes: Changes,
}

struct Current {
    message: Message,
    had_changes: bool,
}

impl Document {
    pub(super) fn new(plan: PlanId, chapter: ChapterId) -> Self {
        Self {
            plan,
            chapter,
            inbox: VecDeque::new(),
            open: None,
        }
    }

    /// Where presences go.
    pub(super) fn place(&self) -> Option<(ChannelId, Generation)> {
        self.open.as_ref().map(|open| (open.channel, open.generation))
    }

    /// The client sent a sync message.
    pub(super) fn said(&mut self, data: Vec<u8>) -> Result<Vec<Out>, Fault> {
        let bytes: usize = self.inbox.iter().map(Vec::len).sum();
        if self.inbox.len() >= REPO_WAITING_MESSAGES_MAX || bytes + data.len() > REPO_WAITING_BYTES_MAX {
            return Err(Fault::TooMuch);
        }
        self.inbox.push_back(data);
        self.go_on()
    }

    /// The core opened the chapter.
    pub(super) fn opened(&mut self, channel: ChannelId, generation: Generation, may_write: bool) -> Vec<Out> {
        let state = if may_write {
            State::new()
        } else {
            State::new_read_only()
        };
        self.open = Some(Open {
            channel,
            generation,
            may_write,
            state,
            copy: None,
            fits: false,
            current: None,
            changes: Changes::default(),
        });
        vec![self.want_copy()]
    }

    /// Changes are durable: some of them, perhaps, by this client.
    pub(super) fn grown(&mut self, own: Vec<ChangeHash>) -> Vec<Out> {
        let mut outs = Vec::new();
        if let Some(open) = &mut self.open {
            for hash in own {
                open.changes.answered(&hash);
            }
            outs.extend(pushes(open));
        }
        outs.push(self.want_copy());
        outs
    }

    /// The right to write changed.
    pub(super) fn access(&mut self, may_write: bool) -> Result<Vec<Out>, Fault> {
        let Some(open) = &mut self.open else {
            return Ok(Vec::new());
        };
        if may_write && !open.may_write {
            return Err(Fault::MayWrite);
        }
        open.may_write = may_write;
        open.state.set_read_only(!may_write);
        Ok(open.tell())
    }

    /// The copy that was asked for.
    pub(super) fn copied(&mut self, generation: Generation, copy: Arc<Copy>) -> Result<Vec<Out>, Fault> {
        let Some(open) = &mut self.open else {
            return Ok(Vec::new());
        };
        if open.generation != generation {
            return Err(Fault::Stale);
        }
        open.copy = Some(copy);
        let mut outs = self.go_on()?;
        if let Some(open) = self
            .open
            .as_mut()
            .filter(|open| open.current.is_none() && open.fits)
        {
            outs.extend(open.tell());
        }
        Ok(outs)
    }

    fn want_copy(&self) -> Out {
        Out::Copy(self.plan, self.chapter)
    }

    /// Takes messages for as long as nothing waits for the log.
    fn go_on(&mut self) -> Result<Vec<Out>, Fault> {
        let mut outs = Vec::new();
        let Some(open) = &mut self.open else {
            return Ok(outs);
        };
        let Some(copy) = open.copy.clone() else {
            return Ok(outs);
        };
        loop {
            if let Some(current) = open.current.take_if(|_| open.changes.are_in(copy.doc())) {
                open.changes.forget_pushed();
                open.receive(&copy, current)?;
                outs.extend(open.tell());
            }
            if open.current.is_some() {
                return Ok(outs);
            }
            let Some(data) = self.inbox.pop_front() else {
                return Ok(outs);
            };
            outs.extend(open.take(&copy, &data)?);
        }
    }
}

impl Open {
    /// Takes a message apart; its changes are on their way.
    fn take(&mut self, copy: &Copy, data: &[u8]) -> Result<Vec<Out>, Fault> {
        let matter = if self.may_write {
            Matter::Written
        } else {
            Matter::Not
        };
        let taken = sync::read(data, matter)?;
        let knows = |hash: &ChangeHash| copy.doc().get_change_meta_by_hash(hash).is_some();
        if !self.fits {
            let own = first_own(copy.doc(), self.generation);
            if !sync::fits(&taken.message, &own, knows) {
                return Err(Fault::Stale);
            }
            self.fits = true;
        }
        let had_changes = !taken.changes.is_empty();
        self.changes.add(taken.changes, copy.doc())?;
        self.current = Some(Current {
            message: taken.message,
            had_changes,
        });
        Ok(pushes(self))
    }

    /// Lets automerge know what the client said beside its changes, which the copy holds by now.
    fn receive(&mut self, copy: &Copy, current: Current) -> Result<(), Fault> {
        // A message without changes changes no document; this clone is only what automerge asks for.
        let mut doc = copy.doc().clone();
        let sent_last = self.state.last_sent_heads.clone();
        doc.receive_sync_message(&mut self.state, current.message)?;
        if current.had_changes {
            // For one without changes automerge concludes that the client knows our heads. It does not: it waits to
            // hear that we have its own.
            self.state.last_sent_heads = sent_last;
        }
        Ok(())
    }

    /// What the client has to hear, if anything.
    fn tell(&mut self) -> Vec<Out> {
        let Some(copy) = &self.copy else { return Vec::new() };
        let Some(mut message) = copy.doc().generate_sync_message(&mut self.state) else {
            return Vec::new();
        };
        let lacking = self.changes.lacking();
        if self.may_write && !lacking.is_empty() {
            // What waits for its parents is not in automerge's queue, so only we know what is lacking. A client that is
            // told what is lacking and not what we have sends exactly that.
            message.need = lacking;
            message.have = Vec::new();
        }
        vec![Out::Client(Said::Sync {
            sender: String::new(),
            target: String::new(),
            document: String::new(),
            asks: false,
            data: written(message),
        })]
    }
}

/// Pushes as many of the waiting changes as may be unanswered.
fn pushes(open: &mut Open) -> Vec<Out> {
    let (channel, generation) = (open.channel, open.generation);
    let push = |raw: Vec<u8>| {
        Out::Core(ClientFrame::Push {
            channel,
            generation,
            changes: vec![raw.into()],
        })
    };
    open.changes.take_next().into_iter().map(push).collect()
}
