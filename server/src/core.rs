//! The pure core: sessions, live chapters, policy, batching and subscriptions of readers, as one function
//! `handle(now, input) -> effects`.
//!
//! # Why it exists
//!
//! Everything that decides what becomes an event and who may see it is here, without a socket, a thread, a
//! clock or randomness, so that a whole system can be simulated from one seed. The shell (`crate::shell`) turns
//! sockets, the log and the API into inputs and carries the effects out.
//!
//! # Invariants
//!
//! - *Durable, then visible*: nothing is acknowledged or shown to others before [`Input::Appended`] says so.
//! - Rights are judged at every change, against the state at the moment its batch is formed; the batch is
//!   guarded by the streams that judgement rests on.
//! - One append per plan is under way at a time; what arrives meanwhile shares the next batch (group commit).
//! - A failed append never leaves a trace: the plan is loaded again from the log before anything else is appended.
//!
//! # Reading order
//!
//! [`Input`] and [`Effect`] are the whole border. [`session`] is one connection, [`plan_room`] one plan with its
//! queue, [`batch`] how waiting work becomes an append and what follows from it, [`stopped`] what is done while the log
//! does not write, [`chapter`] one live text.

pub mod answers;
pub mod batch;
pub mod bounds;
pub mod brought;
pub mod chapter;
pub mod devices;
pub mod erasing;
pub mod frames;
pub mod growth;
pub mod lifecycle;
pub mod memory;
pub mod offenders;
pub mod offer;
pub mod open;
pub mod plan_room;
pub mod presence;
pub mod publish;
pub mod push;
pub mod quarantine;
pub mod readers;
pub mod refusals;
pub mod session;
pub mod stopped;
pub mod trace;
pub mod turns;

use std::collections::BTreeMap;
use std::sync::Arc;

use schema::domain::policy::Scope;
use schema::domain::{Caller, Command};
use schema::ids::{
    BoundActor, ChapterId, CommandId, DeviceId, ErasureId, Generation, IncarnationId, PageSessionId,
    PersonId, PlanId, Revision, TimestampMs,
};
use schema::log::Via;
use schema::log::event::ContentDigest;
use schema::steady::SteadyTime;
use schema::text::follow::{Copy, FollowFailure};

use crate::log::{AppendError, AppendRequest, Appended, Health};
pub use answers::{CommandAnswer, CoreRefusal};
pub use bounds::CoreLimits;
use chapter::LoadedChapter;
use devices::DeviceNews;
use offenders::Offenders;
use plan_room::{LoadedPlan, PlanRoom};
use refusals::Lines;
use session::Session;
use turns::Turns;

/// The shell's number of a connection.
pub type SessionId = u64;

/// The shell's number of something it waits for.
pub type Ticket = u64;

/// An encoded frame, shared by all its readers.
pub type Frame = Arc<[u8]>;

/// Who is on a connection, as the shell's identity layer vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Absent: nobody has signed in.
    pub caller: Option<Caller>,
    /// Display name of the person.
    pub name: String,
    /// Display name of the party.
    pub party_name: String,
    /// By which session of signing in; absent when nobody has.
    pub sign_in: Option<SignIn>,
    /// By what they know the program that is connected for them; none: they are there themselves.
    pub program: Option<String>,
    /// Whose actors the changes on this connection are.
    pub speaks: Speaks,
}

/// How the other end of a connection came to its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// The native protocol: actors are bound before they write.
    Native,
    /// automerge-repo: changes come out of a document that a program holds, under actors that it chose.
    AutomergeRepo,
}

/// A session of signing in: when it ends, its connections end too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignIn {
    /// Which; says nothing about its token.
    pub id: [u8; 16],
    /// When it ends by itself.
    pub ends_at: TimestampMs,
    /// How far it goes when a program holds it; none for the person themselves.
    pub within: Option<Scope>,
}

/// Where a command comes from: becomes part of the actor it is recorded under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The installation.
    pub device: DeviceId,
    /// The page.
    pub page: PageSessionId,
    /// By which way.
    pub via: Via,
}

/// A command with everything that is decided outside the core.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandRequest {
    /// Who asks.
    pub caller: Caller,
    /// From where.
    pub origin: Origin,
    /// The plan.
    pub plan: PlanId,
    /// The key its caller chose: a known one of theirs returns its first answer.
    pub id: CommandId,
    /// What was asked under the key, as the caller said it; the command may have been made of it and of the plan.
    pub content: ContentDigest,
    /// What is asked.
    pub command: Command,
    /// The revision of the command's stream that the caller has seen, if they care.
    pub expected: Option<Expected>,
}

/// Which command's first answer somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecallRequest {
    /// Who asked it.
    pub caller: Caller,
    /// The plan.
    pub plan: PlanId,
    /// The key they chose.
    pub id: CommandId,
    /// What was asked under it.
    pub content: ContentDigest,
}

/// What a caller expects of a stream (`If-Match`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It stands at this revision.
    At(Revision),
    /// It has a state that this server never gave a name.
    Foreign,
}

/// Text written by the server for a person (a restore, an import), with the event that explains it.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteRequest {
    /// For whom.
    pub caller: Caller,
    /// From where; `via` says why.
    pub origin: Origin,
    /// The plan.
    pub plan: PlanId,
    /// The chapter.
    pub chapter: ChapterId,
    /// The key its caller chose: a known one of theirs returns its first answer.
    pub id: CommandId,
    /// What was asked under the key.
    pub content: ContentDigest,
    /// A fresh actor that made `changes`; bound for the caller before they are appended.
    pub actor: BoundActor,
    /// The generation that `changes` belong to.
    pub generation: Generation,
    /// Raw changes in causal order.
    pub changes: Vec<Arc<[u8]>>,
    /// What must be allowed.
    pub purpose: Purpose,
}

/// Why the server writes text for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Ordinary writing: the right to write text. People write over `/sync`; this is how tests do.
    #[cfg(test)]
    Write,
    /// The first text of a chapter that has none (an import): the right to structure the plan.
    Fill,
    /// A restore: the right to restore.
    Restore {
        /// Payload of `text.restored/1`, appended with the changes.
        payload: Arc<[u8]>,
        /// The last revision of the chapter's stream before the text was read that the restore was planned on. Two
        /// restores at once would mix; the later one is planned again.
        seen: Option<Revision>,
    },
}

/// Whose connections end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedOut {
    /// Those of one sign-in, by [`SignIn::id`].
    SignIn([u8; 16]),
    /// All of a person who was forgotten.
    Person(PersonId),
}

/// What can happen to the core.
#[derive(Debug)]
pub enum Input {
    /// A socket was opened.
    Connected {
        /// The shell's number.
        session: SessionId,
        /// Who.
        visitor: Visitor,
    },
    /// A socket brought a message.
    Received {
        /// From whom.
        session: SessionId,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A socket brought something that is no message, or one that is too long; nothing more is read from it.
    Unreadable {
        /// From whom.
        session: SessionId,
    },
    /// Somebody is signed in no longer.
    SignedOut(SignedOut),
    /// A reader's queue had no place for an [`Effect::Pass`].
    Missed {
        /// Whose.
        session: SessionId,
        /// Where.
        channel: u32,
        /// About whom.
        peer: SessionId,
    },
    /// A socket is gone.
    Disconnected {
        /// Whose.
        session: SessionId,
    },
    /// A command of the API.
    Command {
        /// Where to answer.
        ticket: Ticket,
        /// The command.
        request: Box<CommandRequest>,
    },
    /// Text to write for a person.
    Write {
        /// Where to answer.
        ticket: Ticket,
        /// The text.
        request: Box<WriteRequest>,
    },
    /// Somebody wants the first answer of a command before they prepare it once more.
    Recall {
        /// Where to answer.
        ticket: Ticket,
        /// Which.
        request: Box<RecallRequest>,
    },
    /// Somebody wants the server's copy of a chapter at its head.
    ReadCopy {
        /// Where to answer.
        ticket: Ticket,
        /// The plan.
        plan: PlanId,
        /// The chapter.
        chapter: ChapterId,
    },
    /// Answers [`Effect::Append`].
    Appended {
        /// The plan.
        plan: PlanId,
        /// What the log said.
        result: Result<Appended, AppendError>,
    },
    /// Answers [`Effect::Rest`].
    Rested {
        /// The plan.
        plan: PlanId,
    },
    /// Answers [`Effect::LoadPlan`].
    PlanLoaded {
        /// The plan.
        plan: PlanId,
        /// What is known of it outside its texts, or why it cannot be read.
        result: Result<Box<LoadedPlan>, String>,
    },
    /// Answers [`Effect::LoadChapter`].
    ChapterLoaded {
        /// The plan.
        plan: PlanId,
        /// The chapter.
        chapter: ChapterId,
        /// Its current generation, or why it cannot be read.
        result: Result<Box<LoadedChapter>, String>,
    },
    /// Answers [`Effect::Follow`].
    Followed {
        /// The plan.
        plan: PlanId,
        /// The chapter.
        chapter: ChapterId,
        /// The generation it was about.
        generation: Generation,
        /// The copy, further on.
        result: Result<Box<Copy>, FollowFailure>,
    },
    /// Answers [`Effect::Switch`]: the events that start the next generation.
    Switched {
        /// The plan.
        plan: PlanId,
        /// The chapter.
        chapter: ChapterId,
        /// Why the one before ended.
        cause: chapter::Cause,
        /// What to append, or why no generation could be made.
        result: Result<Box<chapter::Successor>, String>,
    },
    /// Answers [`Effect::Trace`].
    Traced {
        /// What was asked, and by whom.
        question: turns::Question,
        /// What the log says, or why it says nothing.
        result: Result<Box<trace::Trace>, String>,
    },
    /// The earlier text that a request names is to be closed: its chapter goes on in a fresh generation.
    CloseText {
        /// The plan.
        plan: PlanId,
        /// The request.
        erasure: ErasureId,
    },
    /// What a request to erase names is gone from the log and from everything made of it.
    CarriedOut {
        /// The plan.
        plan: PlanId,
        /// The request.
        erasure: ErasureId,
    },
    /// Whether the log takes appends; told before every tick and command. Who never tells has a log that does.
    LogHealth(Health),
    /// The server stops: everybody is told when to come back.
    Stopping,
    /// Time passes; at least every second.
    Tick,
}

/// What the shell must do.
#[derive(Debug)]
pub enum Effect {
    /// Send to a connection; when its queue is full the shell ends it, and it comes back by revision.
    Send {
        /// To whom.
        session: SessionId,
        /// The encoded frame.
        frame: Frame,
    },
    /// Send if the connection's queue has ample place, otherwise answer with [`Input::Missed`]: what passes never
    /// ends a connection.
    Pass {
        /// To whom.
        session: SessionId,
        /// Where.
        channel: u32,
        /// About whom.
        peer: SessionId,
        /// The encoded frame.
        frame: Frame,
    },
    /// End a connection after what was sent.
    Disconnect {
        /// Whose.
        session: SessionId,
    },
    /// Append; answer with [`Input::Appended`].
    Append {
        /// The batch.
        request: AppendRequest,
    },
    /// Let a moment pass, [`TEXT_REST_MS`](schema::limits::TEXT_REST_MS); answer with [`Input::Rested`].
    Rest {
        /// The plan that rests.
        plan: PlanId,
    },
    /// Find what is known of a plan outside its texts; answer with [`Input::PlanLoaded`].
    LoadPlan {
        /// The plan.
        plan: PlanId,
    },
    /// Read a chapter's current generation; answer with [`Input::ChapterLoaded`].
    LoadChapter {
        /// The plan.
        plan: PlanId,
        /// The chapter.
        chapter: ChapterId,
    },
    /// Bring the server's copy up to date on a thread of its own; answer with [`Input::Followed`].
    Follow {
        /// The plan.
        plan: PlanId,
        /// The chapter.
        chapter: ChapterId,
        /// The generation.
        generation: Generation,
        /// Where the copy is.
        copy: Arc<Copy>,
        /// What comes after it.
        changes: Vec<Arc<[u8]>>,
    },
    /// Make the generation that follows one that ended; answer with [`Input::Switched`].
    Switch {
        /// The plan.
        plan: PlanId,
        /// The chapter.
        chapter: ChapterId,
        /// What is known of the ended generation.
        ended: Box<chapter::Ended>,
    },
    /// Read what became of the text of an ended generation; answer with [`Input::Traced`].
    Trace(turns::Question),
    /// A command has its answer.
    CommandAnswer {
        /// Whose.
        ticket: Ticket,
        /// The answer.
        result: Result<CommandAnswer, CoreRefusal>,
    },
    /// A recall has its answer: nothing when the command was not done.
    RecallAnswer {
        /// Whose.
        ticket: Ticket,
        /// The first answer.
        result: Result<Option<CommandAnswer>, CoreRefusal>,
    },
    /// Keep what is now known of a device.
    Device(DeviceNews),
    /// A reader of a copy has its answer.
    CopyAnswer {
        /// Whose.
        ticket: Ticket,
        /// The copy at the head, with its generation.
        result: Result<(Generation, Arc<Copy>), CoreRefusal>,
    },
}

/// The state of all plans and connections of this server. See the module's text.
#[derive(Debug)]
pub struct Core {
    incarnation: IncarnationId,
    /// What the clock said last: a moment.
    clock: TimestampMs,
    /// The time that has passed, however the clock was set: what lasts.
    now: TimestampMs,
    passing: SteadyTime,
    sessions: BTreeMap<SessionId, Session>,
    plans: BTreeMap<PlanId, PlanRoom>,
    channels: BTreeMap<u32, (PlanId, ChapterId)>,
    next_channel: u32,
    /// Why the log takes no appends, if so.
    log_stopped: Option<Arc<str>>,
    limits: CoreLimits,
    /// Who reads ended generations, and who waits for it.
    turns: Turns,
    /// How many lines may still be written of what each person is refused; of all who are not signed in together.
    lines: Lines,
    /// Which sign-ins sent changes that no honest client makes (rule P9).
    offenders: Offenders,
    /// Who left a chapter while something was done in its plan: that is told when it is done.
    departed: Vec<(SessionId, PlanId, ChapterId)>,
    effects: Vec<Effect>,
}

impl Core {
    /// A core over a log of this life; plans are loaded when somebody asks for them.
    #[must_use]
    pub fn new(incarnation: IncarnationId) -> Self {
        Self {
            incarnation,
            clock: TimestampMs::default(),
            now: TimestampMs::default(),
            passing: SteadyTime::default(),
            sessions: BTreeMap::new(),
            plans: BTreeMap::new(),
            channels: BTreeMap::new(),
            next_channel: 1,
            log_stopped: None,
            limits: CoreLimits::default(),
            turns: Turns::default(),
            lines: Lines::default(),
            offenders: Offenders::default(),
            departed: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// The same within other limits.
    #[must_use]
    pub fn within(self, limits: CoreLimits) -> Self {
        Self { limits, ..self }
    }

    /// Takes one input; the effects are to be carried out in their order. `now` is what the clock says: it may have been
    /// set back.
    pub fn handle(&mut self, now: TimestampMs, input: Input) -> Vec<Effect> {
        self.clock = now;
        self.now = TimestampMs(self.passing.at(now.0));
        let now = self.now;
        match input {
            Input::Connected { session, visitor } => {
                self.sessions.insert(session, Session::new(visitor, now));
            }
            Input::Received { session, bytes } => self.received(session, &bytes),
            Input::Unreadable { session } => self.unreadable(session),
            Input::SignedOut(who) => self.signed_out(who),
            Input::Missed {
                session,
                channel,
                peer,
            } => self.missed(session, channel, peer),
            Input::Disconnected { session } => self.forget(session),
            Input::Command { ticket, request } => self.command(ticket, *request),
            Input::Write { ticket, request } => self.write(ticket, *request),
            Input::Recall { ticket, request } => self.recall(ticket, *request),
            Input::ReadCopy {
                ticket,
                plan,
                chapter,
            } => self.read_copy(ticket, plan, chapter),
            Input::Appended { plan, result } => self.appended(plan, result),
            Input::Rested { plan } => self.rested(plan),
            Input::PlanLoaded { plan, result } => self.plan_loaded(plan, result),
            Input::ChapterLoaded {
                plan,
                chapter,
                result,
            } => self.chapter_loaded(plan, chapter, result),
            Input::Followed {
                plan,
                chapter,
                generation,
                result,
            } => {
                self.followed(plan, chapter, generation, result);
            }
            Input::Switched {
                plan,
                chapter,
                cause,
                result,
            } => self.switched(plan, chapter, (cause, result)),
            Input::Traced { question, result } => self.traced(&question, result),
            Input::CloseText { plan, erasure } => self.close_text(plan, erasure),
            Input::CarriedOut { plan, erasure } => self.carried_out(plan, erasure),
            Input::LogHealth(health) => self.log_health(health),
            Input::Stopping => self.stopping(),
            Input::Tick => self.tick(),
        }
        self.tell_departed();
        std::mem::take(&mut self.effects)
    }
}

#[cfg(test)]
mod tests;
