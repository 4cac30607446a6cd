//! One chapter that an automerge-repo client has open: automerge's sync protocol, with the log in the middle.
//!
//! # Invariants
//!
//! - Messages of a document are taken one after the other. The next has its turn when the changes of the one before
//!   are durable and in the copy, so that automerge's own book-keeping always speaks of what the log holds.
//! - A client that may not write is told so by automerge's read-only flag, and what it sends is passed over. When it
//!   may write again the connection ends: a client that has seen flags would send whole documents from then on.
//! - A document that did not grow out of the current generation is told nothing of it: both texts would stand in it. What
//!   it has that its own generation never got is carried over ([`super::former`]), and the connection ends.

use std::collections::VecDeque;
use std::sync::Arc;

use automerge::ChangeHash;
use automerge::sync::{Message, State, SyncDoc};
use schema::ids::{ChapterId, Generation, PlanId};
use schema::limits::{REPO_WAITING_BYTES_MAX, REPO_WAITING_MESSAGES_MAX};
use schema::repo::Said;
use schema::repo::sync::{self, Matter, SyncError, Taken, first_own, written};
use schema::text::change::Inspected;
use schema::text::follow::Copy;
use schema::wire::{ChannelId, ClientFrame};

use super::changes::{Changes, TooMany};
use super::former::{Former, Formers, Found, Next, Question, Standing, Told};
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
    /// The same, for a client that may have something unsent.
    #[error(
        "this chapter goes on in a new document: connect again, and the words you have not sent go along"
    )]
    Moved,
    /// What it had not sent is in the other document.
    #[error(
        "this chapter goes on in a new document, and the words you had not sent are in it: remove your copy and open it again"
    )]
    CarriedOver,
    /// What it had not sent cannot be.
    #[error(
        "this chapter goes on in a new document, and the words you have not sent cannot go along ({0}): keep them"
    )]
    NotCarried(String),
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
    formers: Arc<Formers>,
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
    /// What is done about a document of a generation that has ended.
    ended: Option<Ended>,
    /// The heads that such a document was said to have.
    said_heads: Vec<ChangeHash>,
}

/// How far the conversation about an ended generation is.
enum Ended {
    /// It is looked for; this is what the client said first.
    Sought(Box<Message>, Vec<Inspected>),
    /// It is spoken about.
    Spoken(Box<Former>),
    /// These changes bring its words over, and are on their way to the log.
    Pushed(Changes),
}

struct Current {
    message: Message,
    had_changes: bool,
}

impl Document {
    pub(super) fn new(plan: PlanId, chapter: ChapterId, formers: Arc<Formers>) -> Self {
        Self {
            plan,
            chapter,
            inbox: VecDeque::new(),
            open: None,
            formers,
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
            ended: None,
            said_heads: Vec::new(),
        });
        vec![self.want_copy()]
    }

    /// Changes are durable: some of them, perhaps, by this client.
    pub(super) fn grown(&mut self, own: &[ChangeHash]) -> Result<Vec<Out>, Fault> {
        let mut outs = Vec::new();
        if let Some(open) = &mut self.open {
            for hash in own {
                open.underway().answered(hash);
            }
            if matches!(&open.ended, Some(Ended::Pushed(carried)) if carried.are_answered()) {
                self.formers
                    .remember(open.told(self.chapter), Standing::CarriedOver);
                return Err(Fault::CarriedOver);
            }
            outs.extend(pushes(open));
        }
        outs.push(self.want_copy());
        Ok(outs)
    }

    /// A change was refused; whether it was one that carries words over.
    pub(super) fn is_carried(&self, hash: ChangeHash) -> bool {
        let ended = self.open.as_ref().and_then(|open| open.ended.as_ref());
        matches!(ended, Some(Ended::Pushed(carried)) if carried.awaits(&hash))
    }

    /// The ended generation that was looked for.
    pub(super) fn former(&mut self, found: Found) -> Result<Vec<Out>, Fault> {
        let chapter = self.chapter;
        let Some(open) = &mut self.open else {
            return Ok(Vec::new());
        };
        let Some(Ended::Sought(message, changes)) = open.ended.take() else {
            return Ok(Vec::new());
        };
        let text = match found {
            Found::Text(text) => text,
            Found::Nothing => {
                self.formers.remember(open.told(chapter), Standing::Unknown);
                return Err(Fault::Stale);
            }
            Found::Unclear => return Err(Fault::Moved),
        };
        open.ended = Some(Ended::Spoken(Box::new(Former::new(chapter, *text))));
        let mut outs = self.about_the_ended(*message, changes)?;
        outs.extend(self.go_on()?);
        Ok(outs)
    }

    /// Takes a message about an ended generation.
    fn about_the_ended(&mut self, mut message: Message, changes: Vec<Inspected>) -> Result<Vec<Out>, Fault> {
        let Some(open) = &mut self.open else {
            return Ok(Vec::new());
        };
        let Some(Ended::Spoken(former)) = &mut open.ended else {
            return Ok(Vec::new());
        };
        message.heads.sort_unstable();
        open.said_heads.clone_from(&message.heads);
        match former.hear(message, changes)? {
            Next::Say(message) => Ok(vec![to_client(message)]),
            Next::Push(changes) => {
                open.ended = Some(Ended::Pushed(Changes::to_push(changes)));
                Ok(pushes(open))
            }
            Next::Never(why) => {
                let standing = Standing::NotCarried(why.clone());
                self.formers.remember(open.told(self.chapter), standing);
                Err(Fault::NotCarried(why))
            }
            Next::Nothing => {
                self.formers
                    .remember(open.told(self.chapter), Standing::CarriedOver);
                Err(Fault::CarriedOver)
            }
        }
    }

    /// A document of another generation: that is looked for, unless it is known to have nothing more to give.
    fn seek(&mut self, message: Message, changes: Vec<Inspected>) -> Result<Vec<Out>, Fault> {
        let (plan, chapter) = (self.plan, self.chapter);
        let Some(open) = self.open.as_mut().filter(|open| open.may_write) else {
            return Err(Fault::Stale);
        };
        open.said_heads.clone_from(&message.heads);
        open.said_heads.sort_unstable();
        match self.formers.standing(&open.told(chapter)) {
            None => {}
            Some(Standing::CarriedOver) => return Err(Fault::CarriedOver),
            Some(Standing::NotCarried(why)) => return Err(Fault::NotCarried(why)),
            Some(Standing::Unknown) => return Err(Fault::Stale),
        }
        let question = Question {
            plan,
            chapter,
            current: open.generation,
            message: message.clone(),
        };
        open.ended = Some(Ended::Sought(Box::new(message), changes));
        Ok(vec![Out::Former(Box::new(question))])
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
            return Err(Fault::Moved);
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
        loop {
            let Some(open) = &mut self.open else {
                return Ok(outs);
            };
            let Some(copy) = open.copy.clone() else {
                return Ok(outs);
            };
            if let Some(current) = open.current.take_if(|_| open.changes.are_in(copy.doc())) {
                open.changes.forget_pushed();
                open.receive(&copy, current)?;
                outs.extend(open.tell());
            }
            let waits = matches!(open.ended, Some(Ended::Sought(..) | Ended::Pushed(_)));
            if open.current.is_some() || waits {
                return Ok(outs);
            }
            let Some(data) = self.inbox.pop_front() else {
                return Ok(outs);
            };
            let taken = sync::read(&data, open.matter())?;
            outs.extend(match open.stands(&copy, &taken.message) {
                Stands::Current => open.take(&copy, taken)?,
                Stands::Ended => self.about_the_ended(taken.message, taken.changes)?,
                Stands::Elsewhere => self.seek(taken.message, taken.changes)?,
            });
        }
    }
}

/// Which generation a message is about.
enum Stands {
    /// The one that runs.
    Current,
    /// One that has ended, and is spoken about.
    Ended,
    /// Another one.
    Elsewhere,
}

impl Open {
    /// Whether a client's changes are to be looked at.
    fn matter(&self) -> Matter {
        if self.may_write {
            Matter::Written
        } else {
            Matter::Not
        }
    }

    /// Which generation the client speaks about.
    fn stands(&mut self, copy: &Copy, message: &Message) -> Stands {
        if self.ended.is_some() {
            return Stands::Ended;
        }
        if !self.fits {
            let own = first_own(copy.doc(), self.generation);
            let knows = |hash: &ChangeHash| copy.doc().get_change_meta_by_hash(hash).is_some();
            self.fits = sync::fits(message, &own, knows);
        }
        if self.fits {
            Stands::Current
        } else {
            Stands::Elsewhere
        }
    }

    /// The changes that go to the log: the client's own, or those that carry its words over.
    fn underway(&mut self) -> &mut Changes {
        match &mut self.ended {
            Some(Ended::Pushed(carried)) => carried,
            _ => &mut self.changes,
        }
    }

    /// A document that was carried over, as it is remembered.
    fn told(&self, chapter: ChapterId) -> Told {
        (chapter, self.generation, self.said_heads.clone())
    }

    /// The changes of a message are on their way.
    fn take(&mut self, copy: &Copy, taken: Taken) -> Result<Vec<Out>, Fault> {
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
        vec![to_client(message)]
    }

    fn push(&self, raw: Vec<u8>) -> Out {
        Out::Core(ClientFrame::Push {
            channel: self.channel,
            generation: self.generation,
            changes: vec![raw.into()],
        })
    }
}

/// A sync message; who it is from and for is added where that is known.
fn to_client(message: Message) -> Out {
    Out::Client(Said::Sync {
        sender: String::new(),
        target: String::new(),
        document: String::new(),
        asks: false,
        data: written(message),
    })
}

/// Pushes as many of the waiting changes as may be unanswered.
fn pushes(open: &mut Open) -> Vec<Out> {
    let next = open.underway().take_next();
    next.into_iter().map(|raw| open.push(raw)).collect()
}
